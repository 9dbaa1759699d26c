//! What belongs to one request: who asks, its id, its loaders. Attached by the transport:
//! `request.data(RequestContext::new(&services, viewer, request_id))`.

use crate::{cookies::Cookies, error::ApiError, loaders::Loaders, services::Services};
use async_graphql::Context;
use shop::Viewer;
use std::{net::IpAddr, sync::Arc};

/// One request, as the resolvers see it. Cheap to clone.
#[derive(Clone)]
pub struct RequestContext {
    pub(crate) viewer: Viewer,
    pub(crate) request_id: Arc<str>,
    pub(crate) loaders: Arc<Loaders>,
    pub(crate) client: Client,
    pub(crate) cart_token: Option<Arc<str>>,
    pub(crate) visitor_token: Option<Arc<str>>,
    pub(crate) refuses_tracking: bool,
    pub(crate) cookies: Arc<Cookies>,
}

/// Where a request came from.
#[derive(Clone, Debug, Default)]
pub struct Client {
    /// Its address, for throttling.
    pub address: Option<IpAddr>,
    /// What it calls itself.
    pub user_agent: Option<Arc<str>>,
}

impl RequestContext {
    /// A context for one request; never share it between requests, its loaders cache.
    #[must_use]
    pub fn new(services: &Services, viewer: Viewer, request_id: impl Into<Arc<str>>) -> Self {
        Self {
            viewer,
            request_id: request_id.into(),
            loaders: Arc::new(Loaders::new(services)),
            client: Client::default(),
            cart_token: None,
            visitor_token: None,
            refuses_tracking: false,
            cookies: Arc::default(),
        }
    }

    /// The same context, knowing where the request came from.
    #[must_use]
    pub fn with_client(self, client: Client) -> Self {
        Self { client, ..self }
    }

    /// The same context, with the token of a guest's cart that the client sent.
    #[must_use]
    pub fn with_cart_token(self, cart_token: Option<Arc<str>>) -> Self {
        Self { cart_token, ..self }
    }

    /// The same context, with the token of a visitor that the client sent.
    #[must_use]
    pub fn with_visitor_token(self, visitor_token: Option<Arc<str>>) -> Self {
        Self { visitor_token, ..self }
    }

    /// The same context, of somebody who does not want to be followed, or of a program.
    #[must_use]
    pub fn refusing_tracking(self, refuses_tracking: bool) -> Self {
        Self {
            refuses_tracking,
            ..self
        }
    }

    /// The same context with the request's cookies. The transport gives them only when the
    /// request cannot be a foreign page's.
    #[must_use]
    pub fn with_cookies(self, cookies: Cookies) -> Self {
        Self {
            cookies: Arc::new(cookies),
            ..self
        }
    }
}

/// Short ways from a resolver's [`Context`] to what it may use.
pub(crate) trait ContextExt {
    /// The program's services.
    fn services(&self) -> Result<&Services, ApiError>;
    /// This request.
    fn request(&self) -> Result<&RequestContext, ApiError>;

    /// Who asks.
    fn viewer(&self) -> Result<&Viewer, ApiError> {
        Ok(&self.request()?.viewer)
    }

    /// This request's loaders.
    fn loaders(&self) -> Result<&Loaders, ApiError> {
        Ok(&self.request()?.loaders)
    }
}

impl ContextExt for Context<'_> {
    fn services(&self) -> Result<&Services, ApiError> {
        self.data_opt()
            .ok_or_else(|| ApiError::internal(&"the schema was built without services"))
    }

    fn request(&self) -> Result<&RequestContext, ApiError> {
        self.data_opt()
            .ok_or_else(|| ApiError::internal(&"the transport attached no request context"))
    }
}
