//! Which media type an answer gets (GraphQL over HTTP, section "Media Types").

use axum::http::{HeaderMap, header};

/// How an answer is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// `application/graphql-response+json`: the status tells what became of the request.
    Response,
    /// `application/json`: 200 for whatever could be read as a GraphQL request.
    Json,
}

impl Format {
    /// The `Content-Type` of an answer.
    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::Response => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        }
    }

    /// The format that a client likes best; `None` when it takes neither. A client that does
    /// not say, or takes anything, gets plain JSON.
    pub(super) fn wanted(headers: &HeaderMap) -> Option<Self> {
        let mut values = headers.get_all(header::ACCEPT).iter().peekable();
        if values.peek().is_none() {
            return Some(Self::Json);
        }
        let ranges = values
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','));
        let mut best: Option<(Self, f32)> = None;
        for range in ranges {
            let mut parts = range.split(';').map(str::trim);
            let format = match parts.next().unwrap_or_default().to_ascii_lowercase().as_str() {
                "application/graphql-response+json" => Self::Response,
                "application/json" | "application/*" | "*/*" => Self::Json,
                _ => continue,
            };
            let quality = parts
                .find_map(|part| part.strip_prefix("q=")?.parse().ok())
                .unwrap_or(1.0);
            if quality > 0.0 && best.is_none_or(|(_, held)| quality > held) {
                best = Some((format, quality));
            }
        }
        best.map(|(format, _)| format)
    }

    /// Whether a browser asks for a page rather than for data.
    pub(super) fn is_page(headers: &HeaderMap) -> bool {
        let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
        accept.is_some_and(|accept| accept.starts_with("text/html"))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn wanted(accept: &str) -> Option<Format> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, accept.parse().unwrap());
        Format::wanted(&headers)
    }

    #[test]
    fn the_best_liked_format_wins_and_the_first_of_equals() {
        assert_eq!(Format::wanted(&HeaderMap::new()), Some(Format::Json));
        assert_eq!(wanted("*/*"), Some(Format::Json));
        assert_eq!(
            wanted("application/graphql-response+json, application/json"),
            Some(Format::Response)
        );
        assert_eq!(
            wanted("application/json, application/graphql-response+json"),
            Some(Format::Json)
        );
        assert_eq!(
            wanted("application/json;q=0.5, application/graphql-response+json; charset=utf-8; q=0.9"),
            Some(Format::Response)
        );
        assert_eq!(wanted("text/html"), None);
        assert_eq!(wanted("application/json;q=0"), None);
    }
}
