//! What every response carries beside its data: the operation's cost, and on each error a
//! code and the request id. Operations over the limits are refused before they run. A field
//! that may be null is null when it fails, and costs its neighbours nothing (specification of
//! GraphQL, section "Handling Execution Errors"); the library gives up the object around it.

use crate::{
    context::RequestContext,
    error::{Code, stamp},
    services::Limits,
};
use async_graphql::{
    Request, Response, ServerError, ServerResult, ValidationResult, Value,
    extensions::{
        Extension, ExtensionContext, ExtensionFactory, NextPrepareRequest, NextRequest, NextResolve, NextValidation,
        ResolveInfo,
    },
    value,
};
use parking_lot::Mutex;
use std::{any::TypeId, sync::Arc};

/// Makes one [`Envelope`] a request.
pub(crate) struct EnvelopeFactory(pub(crate) Limits);

impl ExtensionFactory for EnvelopeFactory {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Envelope {
            limits: self.0,
            seen: Mutex::default(),
        })
    }
}

/// State of one request, as far as the envelope needs it.
struct Envelope {
    limits: Limits,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    request_id: Option<Arc<str>>,
    cost: Option<(usize, usize)>,
    /// Of fields that are null for it.
    failures: Vec<ServerError>,
}

#[async_trait::async_trait]
impl Extension for Envelope {
    async fn request(&self, ctx: &ExtensionContext<'_>, next: NextRequest<'_>) -> Response {
        let mut response = next.run(ctx).await;
        let seen = std::mem::take(&mut *self.seen.lock());
        let request_id = seen.request_id.as_deref().unwrap_or("");
        response.errors.extend(seen.failures);
        for error in &mut response.errors {
            stamp(error, request_id);
        }
        let Some((cost, depth)) = seen.cost else {
            return response;
        };
        let limits = self.limits;
        response.extension(
            "cost",
            value!({ "requested": cost, "limit": limits.cost, "depth": depth, "depthLimit": limits.depth }),
        )
    }

    async fn prepare_request(
        &self,
        ctx: &ExtensionContext<'_>,
        request: Request,
        next: NextPrepareRequest<'_>,
    ) -> ServerResult<Request> {
        let context = request.data.get(&TypeId::of::<RequestContext>());
        let context = context.and_then(|data| data.downcast_ref::<RequestContext>());
        self.seen.lock().request_id = context.map(|context| context.request_id.clone());
        next.run(ctx, request).await
    }

    async fn resolve(
        &self,
        ctx: &ExtensionContext<'_>,
        info: ResolveInfo<'_>,
        next: NextResolve<'_>,
    ) -> ServerResult<Option<Value>> {
        let may_be_null = !info.return_type.ends_with('!');
        match next.run(ctx, info).await {
            Err(failure) if may_be_null => {
                self.seen.lock().failures.push(failure);
                Ok(None)
            }
            outcome => outcome,
        }
    }

    async fn validation(
        &self,
        ctx: &ExtensionContext<'_>,
        next: NextValidation<'_>,
    ) -> Result<ValidationResult, Vec<ServerError>> {
        let result = next.run(ctx).await?;
        self.seen.lock().cost = Some((result.complexity, result.depth));
        let limits = self.limits;
        if result.complexity > limits.cost {
            return Err(vec![too_complex(format!(
                "the operation costs {}, at most {} is allowed",
                result.complexity, limits.cost
            ))]);
        }
        if result.depth > limits.depth {
            return Err(vec![too_complex(format!(
                "the operation is {} deep, at most {} is allowed",
                result.depth, limits.depth
            ))]);
        }
        Ok(result)
    }
}

fn too_complex(message: String) -> ServerError {
    let mut error = ServerError::new(message, None);
    error
        .extensions
        .get_or_insert_default()
        .set("code", Code::QueryTooComplex.as_str());
    error
}
