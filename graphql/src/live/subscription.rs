//! The subscriptions. Each begins with the present state, so that nothing is missed between
//! reading a page and listening.

use super::{
    ChangeStream, News, personal,
    stock::{ProductStock, StockBoard},
};
use crate::{
    behaviour::{Listed, Personal, RecommendationExcludeInput, Variety},
    catalog::ProductWhere,
    context::ContextExt,
    cost,
    error::{ApiError, Code},
    guard::Requires,
    ids::Id,
    orders::Order,
    page::within,
    recommendations::{
        RecommendationList,
        admin::{RecommenderStatus, watch},
    },
};
use async_graphql::{Context, Subscription};
use futures::{Stream, StreamExt, stream};
use shop::{
    Role, Shop, Viewer,
    error::ShopError,
    id::{OrderId, ProductId},
    orders::{OrderKey, OrderView},
    outbox::Change,
};
use std::time::Duration;
use tokio::time::Instant;

/// How long a subscription that needed somebody lasts: as long as an access token, so that a
/// stolen one gains nothing by listening. The client subscribes again with a fresh one.
const LONGEST: Duration = Duration::from_secs(15 * 60);
/// Every subscription.
#[derive(Default)]
pub struct Subscription;

#[Subscription]
impl Subscription {
    /// An order, now and whenever it changes: its owner's, whoever holds its token, any for an
    /// administrator. Ends when the viewer may not see it any more, and after 15 minutes.
    async fn order_updated(
        &self,
        ctx: &Context<'_>,
        id: Id<OrderId>,
        #[graphql(desc = "Opens a guest's order.", secret)] token: Option<String>,
    ) -> Result<impl Stream<Item = Result<Order, ApiError>> + 'static, ApiError> {
        let (shop, viewer) = (ctx.services()?.shop.clone(), *ctx.viewer()?);
        let key = OrderKey::Id(id.0);
        // First the ear, then the eye: nothing falls between them.
        let news = ctx.services()?.changes.subscribe();
        let first = shop.orders().find(&viewer, &key, token.as_deref()).await?;
        let about =
            move |news: &News| matches!(news, News::Missed | News::Changed(Change::Order(_))) && concerns(news, id.0);
        let look = move |_: News| {
            let (shop, key, token) = (shop.clone(), key.clone(), token.clone());
            async move {
                let viewer = shop.accounts().renew(&viewer).await?;
                shop.orders().find(&viewer, &key, token.as_deref()).await.map(Some)
            }
        };
        Ok(live(Some(first), news, about, look).map(|view| view.map(Order::from)))
    }

    /// What the viewer may like, now and whenever what they do or what becomes of its products makes it
    /// another list. Ends after 15 minutes.
    #[graphql(complexity = "cost::list(cost::RECOMMENDATION, Some(first), 12, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "GraphQL arguments, each optional by itself")]
    async fn recommendations_for_viewer_updated(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at most, 1 to 50.", default = 12)] first: i32,
        #[graphql(name = "where", desc = "Only products like this.")] filter: Option<ProductWhere>,
        #[graphql(desc = "What to leave out; what was bought, seen or is in the cart unless given.")] exclude: Option<
            RecommendationExcludeInput,
        >,
        #[graphql(desc = "0 for the best, up to 1 for the most varied.", default = 0.0)] diversity: f64,
        #[graphql(
            desc = "Of one narrowest category at most, 1 to 50, as long as there are others; no limit unless given."
        )]
        max_per_category: Option<i32>,
        #[graphql(desc = "Let products through that cannot be bought now.", default = false)]
        include_out_of_stock: bool,
        #[graphql(desc = "Tell of each all that speaks for it: `causes`.", default = false)] explain: bool,
    ) -> Result<impl Stream<Item = Result<RecommendationList, ApiError>> + 'static, ApiError> {
        let listed = Listed {
            first,
            filter,
            include_out_of_stock,
            explain,
        };
        let variety = Variety {
            diversity,
            max_per_category,
        };
        let list = Personal::for_viewer(ctx, exclude, listed, variety)?;
        let news = ctx.services()?.changes.subscribe();
        Ok(personal::watch(list, news, Instant::now() + LONGEST))
    }

    /// The pieces of a product that can be bought, now and whenever they change.
    async fn product_stock_changed(
        &self,
        ctx: &Context<'_>,
        product_id: Id<ProductId>,
    ) -> Result<impl Stream<Item = Result<ProductStock, ApiError>> + 'static, ApiError> {
        let services = ctx.services()?;
        let board = ctx.data_unchecked::<StockBoard>();
        Ok(board.watch(&services.shop, services.changes.as_ref(), product_id.0))
    }

    /// Every order that is placed or changes. Ends after 15 minutes, or when too much
    /// happened to be told one by one: read the list anew and subscribe again.
    ///
    /// @requires(ADMIN)
    #[graphql(guard = "Requires(Role::Admin)")]
    async fn admin_order_updated(
        &self,
        ctx: &Context<'_>,
    ) -> Result<impl Stream<Item = Result<Order, ApiError>> + 'static, ApiError> {
        let (shop, viewer) = (ctx.services()?.shop.clone(), *ctx.viewer()?);
        viewer.admin(&shop).await?;
        let news = ctx.services()?.changes.subscribe();
        let about = |news: &News| matches!(news, News::Missed | News::Changed(Change::Order(_)));
        let look = move |news: News| {
            let shop = shop.clone();
            async move { any_order(&shop, &viewer, news).await }
        };
        Ok(live(None::<OrderView>, news, about, look).map(|view| view.map(Order::from)))
    }

    /// How the recommender is doing, now and every few seconds. Ends after 15 minutes.
    ///
    /// @requires(STAFF)
    #[graphql(guard = "Requires(Role::Staff)", complexity = "cost::LISTING + child_complexity")]
    async fn recommender_updated(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Seconds between two states, 1 to 60.", default = 2)] every: i32,
    ) -> Result<impl Stream<Item = Result<RecommenderStatus, ApiError>> + 'static, ApiError> {
        let (services, viewer) = (ctx.services()?.clone(), *ctx.viewer()?);
        viewer.staff(&services.shop).await?;
        let every = Duration::from_secs(within("every", every, 1, 60)? as u64);
        Ok(watch(services, viewer, every, Instant::now() + LONGEST))
    }
}

fn concerns(news: &News, order: OrderId) -> bool {
    !matches!(news, News::Changed(Change::Order(id)) if *id != order)
}

async fn any_order(shop: &Shop, viewer: &Viewer, news: News) -> Result<Option<OrderView>, ShopError> {
    let admin = viewer.admin(shop).await?;
    let News::Changed(Change::Order(id)) = news else {
        return Err(ShopError::Busy);
    };
    match admin.orders().find(&OrderKey::Id(id)).await {
        Ok(view) => Ok(Some(view)),
        Err(ShopError::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The present state, then what `look` finds for each piece of news that is `about` it. The
/// first failure is told and ends the stream, and so does the end of its time.
fn live<T, F>(
    first: Option<T>,
    news: ChangeStream,
    about: impl Fn(&News) -> bool + Send + 'static,
    look: impl Fn(News) -> F + Send + 'static,
) -> impl Stream<Item = Result<T, ApiError>> + 'static
where
    T: Send + 'static,
    F: Future<Output = Result<Option<T>, ShopError>> + Send + 'static,
{
    let end = Instant::now() + LONGEST;
    let rest = stream::unfold(Some((news, about, look)), move |state| async move {
        let (mut news, about, look) = state?;
        loop {
            let next = match tokio::time::timeout_at(end, news.next()).await {
                Ok(next) => next?,
                Err(_) => {
                    let over = ApiError::new(Code::Unauthenticated, "subscribe again with a fresh token");
                    return Some((Err(over), None));
                }
            };
            if !about(&next) {
                continue;
            }
            match look(next).await {
                Ok(Some(found)) => return Some((Ok(found), Some((news, about, look)))),
                Ok(None) => {}
                Err(error) => return Some((Err(error.into()), None)),
            }
        }
    });
    stream::iter(first.map(Ok)).chain(rest)
}
