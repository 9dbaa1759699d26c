//! Who may resolve a field. The guard answers early and the schema's descriptions show
//! it; the permission itself is the capability that a resolver must then obtain.

use crate::{context::ContextExt, error::ApiError};
use async_graphql::{Context, Guard};
use shop::{Role, Viewer};

/// Only viewers with at least this role pass.
pub(crate) struct Requires(pub(crate) Role);

impl Guard for Requires {
    async fn check(&self, ctx: &Context<'_>) -> Result<(), async_graphql::Error> {
        Ok(permit(role_of(ctx.viewer()?), self.0)?)
    }
}

/// The role a request came with; writing asks the user's row again.
pub(crate) fn role_of(viewer: &Viewer) -> Option<Role> {
    match viewer {
        Viewer::Guest => None,
        Viewer::Customer(_) => Some(Role::Customer),
        Viewer::Staff(_) => Some(Role::Staff),
        Viewer::Admin(_) => Some(Role::Admin),
    }
}

fn permit(actual: Option<Role>, required: Role) -> Result<(), ApiError> {
    match actual {
        None => Err(ApiError::unauthenticated()),
        Some(role) if role >= required => Ok(()),
        Some(_) => Err(ApiError::forbidden()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;

    #[test]
    fn each_role_may_what_lower_roles_may_and_no_more() {
        let refusal = |actual, required| permit(actual, required).err().map(|error| error.code());
        assert_eq!(refusal(None, Role::Customer), Some(Code::Unauthenticated));
        assert_eq!(refusal(Some(Role::Customer), Role::Customer), None);
        assert_eq!(refusal(Some(Role::Customer), Role::Staff), Some(Code::Forbidden));
        assert_eq!(refusal(Some(Role::Staff), Role::Staff), None);
        assert_eq!(refusal(Some(Role::Staff), Role::Admin), Some(Code::Forbidden));
        assert_eq!(refusal(Some(Role::Admin), Role::Staff), None);
    }
}
