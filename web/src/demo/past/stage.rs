//! Doing the deeds, each through the domain as its customer or staff would. A deed that was
//! done already changes nothing, and one that has become impossible is left out: its product
//! was deleted, its coupon's code is taken.

mod orders;

use super::{
    commerce::{Hands, as_it_was},
    script::{Account, Person, Script},
    timeline::{Deed, Event},
};
use crate::demo::{catalogue::Catalogue, ledger::Ledger, users};
use chrono::{DateTime, TimeDelta, Utc};
use shop::{
    Shop, ShopError, Viewer,
    accounts::LogIn,
    checkout::NewCoupon,
    id::{OrderId, ProductId, VariantId},
    orders::AdminOrders,
    reviews::{Moderation, NewReview},
    viewer::{Admin, Staff},
};
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

/// Where the past takes place.
pub(super) struct Stage<'a> {
    script: &'a Script,
    start: DateTime<Utc>,
    clock: Arc<Hands>,
    shop: Shop,
    /// The same, where reviews wait for staff.
    strict: Shop,
    viewers: HashMap<String, Viewer>,
    products: HashMap<String, ProductId>,
    variants: HashMap<String, VariantId>,
}

/// What a deed left behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Done {
    Coupon,
    Review,
    Order(OrderId),
    Other,
}

impl<'a> Stage<'a> {
    /// Opens the shop as it was before `start`.
    pub(super) async fn open(
        shop: &Shop,
        (script, catalogue): (&'a Script, &Catalogue),
        ledger: &Ledger,
        start: DateTime<Utc>,
    ) -> Result<Self, ShopError> {
        let clock = Hands::at(start);
        let mut stage = Self {
            script,
            start,
            shop: as_it_was(shop, &clock, Moderation::After),
            strict: as_it_was(shop, &clock, Moderation::Before),
            clock,
            viewers: HashMap::new(),
            products: HashMap::new(),
            variants: HashMap::new(),
        };
        stage.find_goods(catalogue, ledger).await?;
        for (key, person) in &script.people {
            if let Some(viewer) = enter(shop, key, person).await? {
                stage.viewers.insert(key.clone(), viewer);
            }
        }
        Ok(stage)
    }

    /// Products that are still there, and of each the variant that the catalogue stocks best.
    async fn find_goods(&mut self, catalogue: &Catalogue, ledger: &Ledger) -> Result<(), ShopError> {
        let ids: Vec<ProductId> = ledger.products.values().map(|sown| sown.id).collect();
        let views = self.shop.catalog().load_fresh(&ids).await?;
        let views: HashMap<ProductId, _> = views.into_iter().map(|view| (view.id(), view)).collect();
        for product in &catalogue.products {
            let sown = ledger.products.get(&product.sku);
            let Some(view) = sown.and_then(|sown| views.get(&sown.id)) else {
                continue;
            };
            self.products.insert(product.sku.clone(), view.id());
            let best = product.bulk.variants.iter().max_by_key(|variant| variant.stock);
            let found = view
                .variants
                .iter()
                .find(|row| best.is_some_and(|best| best.sku == row.sku));
            if let Some(variant) = found {
                self.variants.insert(product.sku.clone(), variant.id);
            }
        }
        Ok(())
    }

    /// Who was let in goes: only the demo's own customer has a session.
    pub(super) async fn leave(&self, shop: &Shop) -> Result<(), ShopError> {
        for (key, person) in &self.script.people {
            if let (Account::Demo, Some(viewer)) = (person.account, self.viewers.get(key)) {
                shop.accounts().log_out(&viewer.customer()?).await?;
            }
        }
        Ok(())
    }

    /// Does a deed at its time; `None` when it has become impossible.
    pub(super) async fn act(
        &mut self,
        event: &Event,
        orders: &BTreeMap<usize, OrderId>,
    ) -> Result<Option<Done>, ShopError> {
        self.clock.set(event.at);
        match self.attempt(event, orders).await {
            Ok(done) => Ok(Some(done)),
            Err(
                error @ (ShopError::Invalid(_)
                | ShopError::NotFound
                | ShopError::EmailTaken
                | ShopError::Unauthenticated
                | ShopError::Conflict(_)),
            ) => {
                tracing::debug!(%error, deed = ?event.deed, "left out of the demo's past");
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    async fn attempt(&mut self, event: &Event, orders: &BTreeMap<usize, OrderId>) -> Result<Done, ShopError> {
        let known = |place: &usize| orders.get(place).copied().ok_or(ShopError::NotFound);
        match &event.deed {
            Deed::Join(key) => self.join(key).await?,
            Deed::Issue(place) => return self.issue(*place).await,
            Deed::Place(place) => return self.place(*place, event.at).await.map(Done::Order),
            Deed::Pay(place) => self.pay(*place, known(place)?).await?,
            Deed::Promise(place) => drop(self.begin_payment(*place, known(place)?, self.by_hand()?).await?),
            Deed::Receive(place) => drop(self.admin().mark_paid(known(place)?, "transfer").await?),
            Deed::Lapse(place) => drop(self.shop.payments().expire(known(place)?).await?),
            Deed::Cancel(place) => drop(
                self.admin()
                    .cancel(known(place)?, "the customer changed their mind")
                    .await?,
            ),
            Deed::Send(place) => {
                let tracking = format!("DEMO-{:04}", 7_003 + 37 * place);
                self.admin().fulfil(known(place)?, &tracking).await?;
            }
            Deed::Deliver(place) => drop(self.admin().deliver(known(place)?).await?),
            Deed::GiveBack(place) => self.give_back(*place, known(place)?).await?,
            Deed::Review(place) => return self.review(*place).await,
            Deed::Refuse(place) => self.refuse(*place).await?,
            Deed::Vote(place, voter) => self.vote(*place, voter).await?,
        }
        Ok(Done::Other)
    }

    fn admin(&self) -> AdminOrders<'_> {
        Admin::operator(&self.shop).orders()
    }

    fn viewer(&self, key: &str) -> Result<Viewer, ShopError> {
        self.viewers.get(key).copied().ok_or(ShopError::NotFound)
    }

    async fn join(&mut self, key: &str) -> Result<(), ShopError> {
        let person = self.script.people.get(key).ok_or(ShopError::NotFound)?;
        let email = person.email(key);
        self.shop.accounts().create_stand_in(&email, &person.name).await?;
        let viewer = self.shop.accounts().stand_in(&email).await?;
        self.viewers.insert(key.to_owned(), viewer);
        Ok(())
    }

    async fn issue(&self, place: usize) -> Result<Done, ShopError> {
        let coupon = &self.script.coupons[place];
        let amount = |text: &Option<String>| {
            let text = text.as_deref();
            let money = text.map(|text| shop::money::Money::parse(text, self.shop.currency()));
            money.map(|money| money.ok().map(|money| money.amount).into())
        };
        let new = NewCoupon {
            code: coupon.code.clone(),
            kind: coupon.kind.into(),
            percent: coupon.percent.map(|percent| Some(percent).into()),
            amount: amount(&coupon.amount),
            minimum: amount(&coupon.minimum),
            starts_at: None,
            ends_at: coupon.ended.map(|ended| self.start - TimeDelta::days(ended.into())),
            usage_limit: None,
            customer_limit: None,
            is_active: true,
        };
        Admin::operator(&self.shop).coupons().create(new).await?;
        Ok(Done::Coupon)
    }

    async fn review(&self, place: usize) -> Result<Done, ShopError> {
        let (sku, planned) = &self.script.reviews[place];
        let product = *self.products.get(sku).ok_or(ShopError::NotFound)?;
        let review = NewReview {
            product,
            rating: planned.stars,
            title: planned.title.clone(),
            body: planned.text.clone(),
        };
        let shop = if planned.held { &self.strict } else { &self.shop };
        let author = self.viewer(&planned.by)?.customer()?;
        shop.reviews().write(&author, review).await?;
        Ok(Done::Review)
    }

    /// What somebody wrote of a product.
    async fn written(&self, place: usize) -> Result<shop::reviews::Review, ShopError> {
        let (sku, planned) = &self.script.reviews[place];
        let product = *self.products.get(sku).ok_or(ShopError::NotFound)?;
        let author = self.viewer(&planned.by)?.customer()?.user().id;
        let found = self.shop.reviews().by_user(author, &[product]).await?;
        found.into_iter().next().ok_or(ShopError::NotFound)
    }

    async fn refuse(&self, place: usize) -> Result<(), ShopError> {
        let review = self.written(place).await?;
        let note = self.script.reviews[place].1.refused.as_deref().unwrap_or_default();
        Staff::operator(&self.shop).reviews().reject(review.id, note).await?;
        Ok(())
    }

    async fn vote(&self, place: usize, voter: &str) -> Result<(), ShopError> {
        let review = self.written(place).await?;
        let voter = self.viewer(voter)?.customer()?;
        self.shop.reviews().vote(&voter, review.id, Some(true)).await?;
        Ok(())
    }
}

/// Somebody as the shop knows them; nobody while they have not joined, or when they keep the
/// demo out.
async fn enter(shop: &Shop, key: &str, person: &Person) -> Result<Option<Viewer>, ShopError> {
    let email = person.email(key);
    let accounts = shop.accounts();
    let found = match person.account {
        Account::Guest => return Ok(Some(Viewer::Guest)),
        Account::StandIn => accounts.stand_in(&email).await,
        Account::Demo => {
            let Some(user) = users().iter().find(|user| user.email == email) else {
                return Ok(None);
            };
            let log_in = LogIn {
                email,
                password: user.password.into(),
                address: None,
                user_agent: None,
            };
            match accounts.log_in(log_in).await {
                Ok(opened) => accounts.authenticate(Some(&opened.access.token)).await,
                Err(error) => Err(error),
            }
        }
    };
    match found {
        Ok(viewer) => Ok(Some(viewer)),
        Err(ShopError::NotFound | ShopError::WrongCredentials | ShopError::RateLimited { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
