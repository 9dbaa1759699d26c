//! Carts: kept by the server, priced by the server, of users and of guests.
//!
//! A guest's cart is opened by a sealed id ([`crate::seal`]); a user has one cart, found by
//! who they are. Lines hold no price that counts: each look at a cart reads prices and
//! stock anew and says what changed since its owner saw it last.

mod change;
mod merge;
#[cfg(test)]
mod tests;
mod view;

pub use change::{CartDetails, LineQuantity};
pub use view::{CartCoupon, CartLine, CartView, LineProblem};
pub(crate) use view::{lines, load, view as look};

use crate::{Shop, Viewer, db::begin_write, error::ShopError, seal::Purpose};
use entities::{
    cart, cart_line,
    id::{CartId, ProductId, UserId},
    variant,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, ExprTrait, QueryFilter, QuerySelect, QueryTrait,
    sea_query::{Expr, OnConflict},
};

/// Lines of one cart.
pub const MOST_LINES: usize = 100;
/// Pieces of one line.
pub const MOST_PIECES: i32 = 999;

/// Which cart is meant: the user's own, else that of the token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CartKey {
    user: Option<UserId>,
    guest: Option<CartId>,
}

impl CartKey {
    /// Whose cart it is; of a guest's cart none.
    #[must_use]
    pub fn user(&self) -> Option<UserId> {
        self.user
    }

    /// The guest's cart that a token opened.
    pub(crate) fn guest(&self) -> Option<CartId> {
        self.guest
    }
}

/// The carts of a shop.
#[derive(Clone, Copy, Debug)]
pub struct Carts<'a> {
    shop: &'a Shop,
}

impl<'a> Carts<'a> {
    pub(crate) fn new(shop: &'a Shop) -> Self {
        Self { shop }
    }

    /// Which cart a request means. A token that is none of ours is no token: the guest then
    /// gets a new cart with the next change.
    #[must_use]
    pub fn key(&self, viewer: &Viewer, token: Option<&str>) -> CartKey {
        let guest = token.and_then(|token| self.shop.sealer().open(Purpose::Cart, token));
        CartKey {
            user: viewer.user().map(|user| user.id),
            guest: guest.map(CartId),
        }
    }

    /// The token that opens a guest's cart.
    #[must_use]
    pub fn token(&self, cart: CartId) -> String {
        self.shop.sealer().seal(Purpose::Cart, cart.0)
    }

    /// A cart as it is now; none before anything was put into it.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn find(&self, key: CartKey) -> Result<Option<CartView>, ShopError> {
        let Some(which) = which(key) else { return Ok(None) };
        let found = which.one(self.shop.db()).await?;
        match found {
            Some(row) => Ok(Some(load(self.shop.db(), self.shop, row).await?)),
            None => Ok(None),
        }
    }

    /// Products in a cart, each once.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn products(&self, key: CartKey) -> Result<Vec<ProductId>, ShopError> {
        let Some(which) = which(key) else { return Ok(Vec::new()) };
        let cart: sea_orm::sea_query::SelectStatement = which.select_only().column(cart::Column::Id).into_query();
        let lines = cart_line::Entity::find()
            .select_only()
            .column(cart_line::Column::VariantId)
            .filter(cart_line::Column::CartId.in_subquery(cart))
            .into_query();
        let products = variant::Entity::find()
            .select_only()
            .column(variant::Column::ProductId)
            .distinct()
            .filter(variant::Column::Id.in_subquery(lines));
        Ok(products.into_tuple().all(self.shop.db()).await?)
    }

    /// Begins a change: finds or makes the cart and locks it.
    async fn begin(&self, key: CartKey) -> Result<(DatabaseTransaction, CartId), ShopError> {
        let tx = begin_write(self.shop.db()).await?;
        if let Some(row) = self.locked(&tx, key).await? {
            return Ok((tx, row));
        }
        let now = self.shop.now();
        let id = CartId::generate();
        let row = cart::ActiveModel {
            id: Set(id),
            user_id: Set(key.user),
            email: Set(None),
            shipping_address: Set(None),
            billing_address: Set(None),
            shipping_rate_id: Set(None),
            coupon_code: Set(None),
            version: Set(1),
            created_at: Set(now),
            updated_at: Set(now),
        };
        // Of two first changes of one user, the slower one finds the cart of the faster.
        let others = OnConflict::column(cart::Column::UserId).do_nothing().to_owned();
        cart::Entity::insert(row)
            .on_conflict(others)
            .exec_without_returning(&tx)
            .await?;
        let key = CartKey { guest: Some(id), ..key };
        let id = self.locked(&tx, key).await?;
        Ok((tx, id.ok_or_else(|| ShopError::internal("a cart was made"))?))
    }

    /// Raises the cart's version, which locks its row.
    async fn locked(&self, tx: &impl ConnectionTrait, key: CartKey) -> Result<Option<CartId>, ShopError> {
        let Some(which) = which(key) else { return Ok(None) };
        let found: Option<CartId> = which
            .select_only()
            .column(cart::Column::Id)
            .into_tuple()
            .one(tx)
            .await?;
        let Some(id) = found else { return Ok(None) };
        let raised = cart::Entity::update_many()
            .col_expr(cart::Column::Version, Expr::col(cart::Column::Version).add(1))
            .col_expr(cart::Column::UpdatedAt, Expr::value(self.shop.now()))
            .filter(cart::Column::Id.eq(id))
            .exec(tx)
            .await?;
        Ok((raised.rows_affected > 0).then_some(id))
    }

    /// Commits, and gives the cart as it is since.
    async fn finish(&self, tx: DatabaseTransaction, id: CartId) -> Result<CartView, ShopError> {
        let row = cart::Entity::find_by_id(id).one(&tx).await?;
        let row = row.ok_or_else(|| ShopError::internal("a locked cart is there"))?;
        let view = load(&tx, self.shop, row).await?;
        tx.commit().await?;
        Ok(view)
    }

    /// Forgets carts of guests that nobody touched for so long. Tells how many.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn prune(&self, untouched_for: chrono::TimeDelta) -> Result<u64, ShopError> {
        let gone = cart::Entity::delete_many()
            .filter(cart::Column::UserId.is_null())
            .filter(cart::Column::UpdatedAt.lt(self.shop.now() - untouched_for))
            .exec(self.shop.db())
            .await?;
        Ok(gone.rows_affected)
    }
}

pub(crate) fn which(key: CartKey) -> Option<sea_orm::Select<cart::Entity>> {
    let found = cart::Entity::find();
    match key {
        CartKey { user: Some(user), .. } => Some(found.filter(cart::Column::UserId.eq(user))),
        CartKey { guest: Some(id), .. } => Some(
            found
                .filter(cart::Column::Id.eq(id))
                .filter(cart::Column::UserId.is_null()),
        ),
        CartKey { .. } => None,
    }
}
