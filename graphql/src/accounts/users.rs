//! Users as administrators see and change them.

use super::{User, UserIdInput, UserPayload, UserRoleSetInput, UserWhere};
use crate::{
    context::ContextExt,
    cost,
    cursor::{CursorCodec, CursorScope},
    error::ApiError,
    guard::Requires,
    ids::Id,
    page::{PageArgs, PageInfo},
    user_error::settle,
};
use async_graphql::{Context, Object, SimpleObject};
use reco_actors::{
    ItemId,
    catalog::{Keyset, Window},
};
use shop::{
    Role,
    accounts::{UserPage, UserWindow},
    error::ShopError,
    id::UserId,
};

/// Longest search text.
const LONGEST_TEXT: usize = 200;

/// A user and their place in the listing.
#[derive(Clone, Debug, SimpleObject)]
pub struct UserEdge {
    /// Opaque position, for `after`.
    pub cursor: String,
    /// The user.
    pub node: User,
}

/// A page of users, oldest first.
#[derive(Clone, Debug)]
pub struct UserConnection {
    edges: Vec<UserEdge>,
    page_info: PageInfo,
    total: u64,
}

#[Object]
impl UserConnection {
    /// Users with their cursors.
    async fn edges(&self) -> &[UserEdge] {
        &self.edges
    }

    /// The users alone.
    async fn nodes(&self) -> Vec<&User> {
        self.edges.iter().map(|edge| &edge.node).collect()
    }

    /// Where this page stands.
    #[graphql(complexity = 1)]
    async fn page_info(&self) -> &PageInfo {
        &self.page_info
    }

    /// How many users match.
    #[graphql(complexity = 1)]
    async fn total_count(&self) -> u64 {
        self.total
    }
}

/// Users as administrators see them.
#[derive(Default)]
pub struct UserQuery;

#[Object(guard = "Requires(Role::Admin)")]
impl UserQuery {
    /// Users, oldest first, without those who were deleted.
    ///
    /// @requires(ADMIN)
    #[graphql(complexity = "cost::page(first, None, child_complexity)")]
    async fn users(
        &self,
        ctx: &Context<'_>,
        #[graphql(name = "where", desc = "Conditions.")] filter: Option<UserWhere>,
        #[graphql(desc = "How many at most, 1 to 100; 20 unless given.")] first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(desc = "Skip so many, at most 10,000; not with after.")] offset: Option<i32>,
    ) -> Result<UserConnection, ApiError> {
        let services = ctx.services()?;
        let admin = ctx.viewer()?.admin(&services.shop).await?;
        let args = PageArgs {
            first,
            after,
            offset,
            ..PageArgs::default()
        };
        let filter = filter.unwrap_or_default();
        if filter
            .text
            .as_ref()
            .is_some_and(|text| text.chars().count() > LONGEST_TEXT)
        {
            return Err(ApiError::bad_input(format!(
                "text takes at most {LONGEST_TEXT} characters"
            )));
        }
        let (filter, window) = (filter.into(), window(&args, &services.cursors)?);
        let page = admin.users().list(&filter, window).await?;
        let wants_total = ctx.look_ahead().field("totalCount").exists();
        let total = if wants_total {
            admin.users().count(&filter).await?
        } else {
            0
        };
        Ok(connection(page, window, total, &services.cursors))
    }

    /// A user, even one who was deleted; null when there is none.
    ///
    /// @requires(ADMIN)
    async fn user(&self, ctx: &Context<'_>, id: Id<UserId>) -> Result<Option<User>, ApiError> {
        let admin = ctx.viewer()?.admin(&ctx.services()?.shop).await?;
        match admin.users().user(id.0).await {
            Ok(profile) => Ok(Some(profile.into())),
            Err(ShopError::NotFound) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

fn scope() -> CursorScope {
    CursorScope::named("users")
}

fn window(args: &PageArgs, cursors: &CursorCodec) -> Result<UserWindow, ApiError> {
    let window = match args.window(cursors, &scope())? {
        Window::Offset { offset, limit } => UserWindow {
            first: limit as u64,
            after: None,
            offset: offset as u64,
        },
        Window::After { keyset, limit } | Window::Before { keyset, limit } => UserWindow {
            first: limit as u64,
            after: keyset.map(|keyset| UserId(keyset.id.0)),
            offset: 0,
        },
    };
    Ok(window)
}

fn connection(page: UserPage, window: UserWindow, total: u64, cursors: &CursorCodec) -> UserConnection {
    let edge = |user: User| {
        let keyset = Keyset {
            values: Vec::new(),
            id: ItemId(user.id.0.0),
        };
        UserEdge {
            cursor: cursors.encode(&scope(), &keyset),
            node: user,
        }
    };
    let edges: Vec<UserEdge> = page.users.into_iter().map(User::from).map(edge).collect();
    let page_info = PageInfo {
        has_next_page: page.has_more,
        has_previous_page: window.after.is_some() || window.offset > 0,
        start_cursor: edges.first().map(|edge| edge.cursor.clone()),
        end_cursor: edges.last().map(|edge| edge.cursor.clone()),
    };
    UserConnection {
        edges,
        page_info,
        total,
    }
}

/// Users as administrators change them. The last one who could run the shop stays.
#[derive(Default)]
pub struct UserMutation;

#[Object(guard = "Requires(Role::Admin)")]
impl UserMutation {
    /// Gives a user another role, effective with their next request.
    ///
    /// @requires(ADMIN)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn user_role_set(&self, ctx: &Context<'_>, input: UserRoleSetInput) -> Result<UserPayload, ApiError> {
        let admin = ctx.viewer()?.admin(&ctx.services()?.shop).await?;
        Ok(settle(admin.users().set_role(input.id.0, input.role.into()).await)?.into())
    }

    /// Shuts a user out, with every session and token they have.
    ///
    /// @requires(ADMIN)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn user_disable(&self, ctx: &Context<'_>, input: UserIdInput) -> Result<UserPayload, ApiError> {
        let admin = ctx.viewer()?.admin(&ctx.services()?.shop).await?;
        Ok(settle(admin.users().set_enabled(input.id.0, false).await)?.into())
    }

    /// Lets a user in again; they have to log in.
    ///
    /// @requires(ADMIN)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn user_enable(&self, ctx: &Context<'_>, input: UserIdInput) -> Result<UserPayload, ApiError> {
        let admin = ctx.viewer()?.admin(&ctx.services()?.shop).await?;
        Ok(settle(admin.users().set_enabled(input.id.0, true).await)?.into())
    }

    /// Deletes a user: everything personal is removed for good, what they ordered stays.
    ///
    /// @requires(ADMIN)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn user_delete(&self, ctx: &Context<'_>, input: UserIdInput) -> Result<UserPayload, ApiError> {
        let admin = ctx.viewer()?.admin(&ctx.services()?.shop).await?;
        Ok(settle(admin.users().delete(input.id.0).await)?.into())
    }
}
