//! Lists by what people do.

use super::{ListKind, RecommendationExcludeInput, acts_of};
use crate::{
    catalog::ProductWhere,
    context::ContextExt,
    error::ApiError,
    page::within,
    recommendations::{Asker, MOST, Question, RecommendationList, serve},
    services::Services,
};
use async_graphql::Context;
use reco_actors::{
    AlsoKind, AlsoQuery, ItemId, TrendKind, TrendingQuery, ViewerQuery,
    catalog::Filter,
    models::{Behaviour, Owned, Past, PersonId},
};
use shop::{cart::CartKey, events::Person, id::ProductId};
use std::collections::HashSet;

/// Of the log for who is not remembered: as much as is remembered of others.
const LATEST: u64 = 200;

/// What a list is asked for.
pub(crate) struct Listed {
    pub(crate) first: i32,
    pub(crate) filter: Option<ProductWhere>,
    pub(crate) include_out_of_stock: bool,
    /// Tell of each all that speaks for it.
    pub(crate) explain: bool,
}

/// How different the products of a list are to be from each other.
#[derive(Clone, Copy)]
pub(crate) struct Variety {
    pub(crate) diversity: f64,
    pub(crate) max_per_category: Option<i32>,
}

/// What goes with products, by what people do.
pub(crate) async fn also(
    ctx: &Context<'_>,
    products: Vec<ProductId>,
    kind: AlsoKind,
    listed: Listed,
) -> Result<RecommendationList, ApiError> {
    let query = AlsoQuery {
        items: products.iter().map(|id| ItemId(id.0)).collect(),
        kind,
        limit: within("first", listed.first, 1, MOST)?,
        filter: listed.filter.unwrap_or_default().parse(ctx.loaders()?)?,
        include_out_of_stock: listed.include_out_of_stock,
        explain: listed.explain,
    };
    let kind = match kind {
        AlsoKind::Viewed => ListKind::AlsoViewed,
        AlsoKind::Bought => ListKind::AlsoBought,
        AlsoKind::Complements => ListKind::Complements,
    };
    serve(&Asker::of(ctx)?, kind, Question::Also(query)).await
}

/// What goes with what is in a cart: what is bought with it, or else what people go on to.
pub(crate) async fn for_cart(
    ctx: &Context<'_>,
    products: Vec<ProductId>,
    listed: Listed,
) -> Result<RecommendationList, ApiError> {
    let query = AlsoQuery {
        items: products.iter().map(|id| ItemId(id.0)).collect(),
        kind: AlsoKind::Bought,
        limit: within("first", listed.first, 1, MOST)?,
        filter: listed.filter.unwrap_or_default().parse(ctx.loaders()?)?,
        include_out_of_stock: listed.include_out_of_stock,
        explain: listed.explain,
    };
    serve(&Asker::of(ctx)?, ListKind::Cart, Question::Cart(query)).await
}

/// What is the same for everybody.
pub(super) async fn trend(ctx: &Context<'_>, kind: TrendKind, listed: Listed) -> Result<RecommendationList, ApiError> {
    let query = TrendingQuery {
        kind,
        limit: within("first", listed.first, 1, MOST)?,
        filter: listed.filter.unwrap_or_default().parse(ctx.loaders()?)?,
        include_out_of_stock: listed.include_out_of_stock,
        at_ms: ctx.services()?.shop.now().timestamp_millis(),
    };
    let kind = match kind {
        TrendKind::Lately => ListKind::Trending,
        TrendKind::Popular => ListKind::Popular,
        TrendKind::New => ListKind::NewArrivals,
    };
    serve(&Asker::of(ctx)?, kind, Question::Trending(query)).await
}

/// What somebody did lately, oldest first; nothing for who is not known or not followed.
pub(super) async fn history(asker: &Asker) -> Result<Vec<Past>, ApiError> {
    let Some(person) = asker.person else {
        return Ok(Vec::new());
    };
    match asker.services.personal.history(PersonId(person.0)) {
        Some(history) => Ok(history),
        None => {
            let behaviour = told_by_log(&asker.services, person).await?;
            Ok(behaviour.history(PersonId(person.0)).unwrap_or_default().to_vec())
        }
    }
}

/// What somebody bought.
pub(super) async fn owned(asker: &Asker) -> Result<Vec<Owned>, ApiError> {
    let Some(person) = asker.person else {
        return Ok(Vec::new());
    };
    match asker.services.personal.owned(PersonId(person.0)) {
        Some(owned) => Ok(owned),
        None => {
            let behaviour = told_by_log(&asker.services, person).await?;
            Ok(behaviour.owned(PersonId(person.0)).unwrap_or_default().to_vec())
        }
    }
}

/// As if somebody had looked at these just now, in this order.
pub(crate) fn history_of(products: &[ProductId], at_ms: i64) -> Vec<Past> {
    let looked = |id: &ProductId| Past {
        item: ItemId(id.0),
        at_ms,
        strength: 1.0,
        is_bought: false,
        is_disliked: false,
    };
    products.iter().map(looked).collect()
}

/// Of who was away so long that this process has forgotten them.
async fn told_by_log(services: &Services, person: Person) -> Result<Behaviour, ApiError> {
    let events = services.shop.events().latest(person, LATEST).await?;
    let mut behaviour = Behaviour::default();
    acts_of(&events).iter().for_each(|act| behaviour.learn(act));
    Ok(behaviour)
}

/// A list for one person.
#[derive(Clone)]
pub(crate) struct Personal {
    asker: Asker,
    kind: ListKind,
    /// What a client tells of itself; else what is known of the person.
    session: Option<Vec<ProductId>>,
    exclude: RecommendationExcludeInput,
    cart: CartKey,
    first: usize,
    filter: Filter,
    include_out_of_stock: bool,
    diversity: f32,
    max_per_category: Option<usize>,
    explain: bool,
}

impl Personal {
    /// What the viewer may like.
    pub(crate) fn for_viewer(
        ctx: &Context<'_>,
        exclude: Option<RecommendationExcludeInput>,
        listed: Listed,
        variety: Variety,
    ) -> Result<Self, ApiError> {
        if !(0.0..=1.0).contains(&variety.diversity) {
            return Err(ApiError::bad_input("diversity must be between 0 and 1"));
        }
        let exclude = exclude.unwrap_or_default();
        exclude.validate()?;
        let most = variety.max_per_category;
        let most = most.map(|most| within("maxPerCategory", most, 1, MOST));
        Ok(Self {
            asker: Asker::of(ctx)?,
            kind: ListKind::Viewer,
            session: None,
            exclude,
            cart: crate::cart::key(ctx)?,
            first: within("first", listed.first, 1, MOST)?,
            filter: listed.filter.unwrap_or_default().parse(ctx.loaders()?)?,
            include_out_of_stock: listed.include_out_of_stock,
            diversity: variety.diversity as f32,
            max_per_category: most.transpose()?,
            explain: listed.explain,
        })
    }

    /// What goes with what a client tells.
    pub(crate) fn for_session(
        ctx: &Context<'_>,
        products: Vec<ProductId>,
        listed: Listed,
        variety: Variety,
    ) -> Result<Self, ApiError> {
        let seen = RecommendationExcludeInput {
            product_ids: Vec::new(),
            purchased: false,
            in_cart: false,
            seen: true,
        };
        Ok(Self {
            kind: ListKind::Session,
            session: Some(products),
            ..Self::for_viewer(ctx, Some(seen), listed, variety)?
        })
    }

    /// Whose it is, if they are known.
    pub(crate) const fn person(&self) -> Option<Person> {
        self.asker.person
    }

    /// The same, made of what is known now; `Unauthenticated` once its viewer is logged out.
    pub(crate) async fn anew(&self) -> Result<Self, ApiError> {
        Ok(Self {
            asker: self.asker.anew().await?,
            ..self.clone()
        })
    }

    pub(crate) async fn make(&self) -> Result<RecommendationList, ApiError> {
        let at_ms = self.asker.services.shop.now().timestamp_millis();
        let history = match &self.session {
            Some(products) => history_of(products, at_ms),
            None => history(&self.asker).await?,
        };
        let query = ViewerQuery {
            exclude: self.excluded(&history).await?,
            history,
            limit: self.first,
            filter: self.filter.clone(),
            include_out_of_stock: self.include_out_of_stock,
            diversity: self.diversity,
            max_per_category: self.max_per_category,
            explain: self.explain,
            at_ms,
            ..ViewerQuery::default()
        };
        serve(&self.asker, self.kind, Question::Viewer(query)).await
    }

    /// What is not to be in the list.
    async fn excluded(&self, history: &[Past]) -> Result<HashSet<ItemId>, ApiError> {
        let exclude = &self.exclude;
        let mut items: HashSet<ItemId> = exclude.product_ids.iter().map(|id| ItemId(id.0.0)).collect();
        let of_history = history
            .iter()
            .filter(|past| exclude.seen || (exclude.purchased && past.is_bought));
        items.extend(of_history.map(|past| past.item));
        if exclude.in_cart {
            let cart = self.asker.services.shop.carts().products(self.cart).await?;
            items.extend(cart.into_iter().map(|id| ItemId(id.0)));
        }
        Ok(items)
    }
}
