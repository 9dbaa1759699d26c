//! What becomes of a guest's cart when they log in.

use super::{CartKey, CartView, Carts, MOST_LINES, MOST_PIECES, change::upsert, which};
use crate::error::ShopError;
use entities::{
    cart, cart_line,
    id::{CartId, UserId, VariantId},
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};
use std::collections::HashMap;

impl Carts<'_> {
    /// Moves what a guest put into their cart into the user's: quantities add up, as far as
    /// a line and a cart go; a coupon and addresses are taken over where the user's cart has
    /// none. The guest's cart is gone afterwards, so doing it twice changes nothing.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn merge(&self, user: UserId, token: Option<&str>) -> Result<Option<CartView>, ShopError> {
        let opened = token.and_then(|token| self.shop.sealer().open(crate::seal::Purpose::Cart, token));
        let Some(guest) = opened.map(CartId) else {
            return Ok(None);
        };
        let key = CartKey {
            user: None,
            guest: Some(guest),
        };
        // Most log-ins bring a cart that is long merged, or none: one read, no lock.
        let Some(which_guest) = which(key) else { return Ok(None) };
        if which_guest.clone().one(self.shop.db()).await?.is_none() {
            return Ok(None);
        }
        let own = CartKey {
            user: Some(user),
            guest: None,
        };
        let (tx, id) = self.begin(own).await?;
        // The guest's cart is locked after the user's, always in this order.
        if self.locked(&tx, key).await?.is_none() {
            return Ok(Some(self.finish(tx, id).await?));
        }
        let Some(theirs) = which_guest.one(&tx).await? else {
            return Ok(Some(self.finish(tx, id).await?));
        };
        let lines = cart_line::Entity::find()
            .filter(cart_line::Column::CartId.is_in([id, guest]))
            .order_by_asc(cart_line::Column::AddedAt)
            .order_by_asc(cart_line::Column::VariantId)
            .all(&tx)
            .await?;
        let (own, brought): (Vec<_>, Vec<_>) = lines.into_iter().partition(|line| line.cart_id == id);
        let held: HashMap<VariantId, &cart_line::Model> = own.iter().map(|line| (line.variant_id, line)).collect();
        let mut room = MOST_LINES.saturating_sub(held.len());
        let mut rows = Vec::new();
        for line in brought {
            let before = held.get(&line.variant_id).copied();
            if before.is_none() {
                if room == 0 {
                    continue;
                }
                room -= 1;
            }
            let quantity = (before.map_or(0, |own| own.quantity) + line.quantity).min(MOST_PIECES);
            let found_by = line.found_by.clone().or_else(|| before?.found_by.clone());
            let mut row = line.into_active_model().reset_all();
            row.cart_id = Set(id);
            row.quantity = Set(quantity);
            row.found_by = Set(found_by);
            row.updated_at = Set(self.shop.now());
            rows.push(row);
        }
        upsert(&tx, rows).await?;
        if let Some(own) = cart::Entity::find_by_id(id).one(&tx).await? {
            let mut row = own.clone().into_active_model();
            row.coupon_code = Set(own.coupon_code.or(theirs.coupon_code));
            row.shipping_address = Set(own.shipping_address.or(theirs.shipping_address));
            row.billing_address = Set(own.billing_address.or(theirs.billing_address));
            row.shipping_rate_id = Set(own.shipping_rate_id.or(theirs.shipping_rate_id));
            row.update(&tx).await?;
        }
        cart::Entity::delete_by_id(guest).exec(&tx).await?;
        Ok(Some(self.finish(tx, id).await?))
    }
}
