//! The `Upload` scalar of the multipart request specification. The library's own one
//! panics on a text that looks like an upload but stands for none; this one refuses it.

use crate::error::ApiError;
use async_graphql::{Context, InputValueError, InputValueResult, Scalar, ScalarType, UploadValue, Value};
use bytes::Bytes;
use std::io::Read;

/// How the transport marks the place of a file among the variables.
const MARK: &str = "#__graphql_file__:";

/// A file that came with the request, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Upload(usize);

/// A file, sent by the multipart request specification.
#[Scalar(
    name = "Upload",
    specified_by_url = "https://github.com/jaydenseric/graphql-multipart-request-spec"
)]
impl ScalarType for Upload {
    fn parse(value: Value) -> InputValueResult<Self> {
        let number = match &value {
            Value::String(text) => text.strip_prefix(MARK).and_then(|number| number.parse().ok()),
            _ => None,
        };
        number
            .map(Self)
            .ok_or_else(|| InputValueError::custom("send files by the multipart request specification"))
    }

    fn to_value(&self) -> Value {
        Value::Null
    }
}

/// An upload, read.
#[derive(Clone, Debug)]
pub struct ReadUpload {
    /// The type that came with it, if any.
    pub declared: Option<String>,
    /// The file.
    pub bytes: Bytes,
}

impl Upload {
    /// Reads the file.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` when the request carries no such file.
    pub async fn read(self, ctx: &Context<'_>) -> Result<ReadUpload, ApiError> {
        let file = ctx.query_env.uploads.get(self.0);
        let file = file.ok_or_else(|| ApiError::bad_input("the request carries no such file"))?;
        let file = file.try_clone().map_err(|error| ApiError::internal(&error))?;
        let declared = file.content_type.clone();
        Ok(ReadUpload {
            declared,
            bytes: read(file).await?,
        })
    }
}

/// The transport may have put the upload into a file: reading it blocks.
async fn read(file: UploadValue) -> Result<Bytes, ApiError> {
    let reading = tokio::task::spawn_blocking(move || {
        let mut bytes = Vec::new();
        file.into_read().read_to_end(&mut bytes).map(|_| Bytes::from(bytes))
    });
    let read = reading.await.map_err(|error| ApiError::internal(&error))?;
    read.map_err(|error| ApiError::internal(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_mark_of_the_transport_is_an_upload() {
        assert!(<Upload as ScalarType>::parse(Value::from("#__graphql_file__:0")).is_ok());
        for bad in [
            "",
            "#__graphql_file__:",
            "#__graphql_file__:x",
            "#__graphql_file__:-1",
            "photo.jpg",
        ] {
            assert!(<Upload as ScalarType>::parse(Value::from(bad)).is_err(), "{bad}");
        }
    }
}
