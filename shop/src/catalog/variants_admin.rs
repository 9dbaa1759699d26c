//! Variants and stock, as staff change them.

use super::{
    admin::{AdminCatalog, new_variant, set},
    input::{MOST_VARIANTS, NewVariant, VariantPatch},
    stock_admin,
    view::ProductView,
};
use crate::{
    error::{OnConstraint, ProblemCode, ShopError},
    outbox::Aspect,
    stock,
    text::Checks,
};
use entities::{
    id::{ProductId, VariantId},
    variant::{self, VariantOptions},
};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{Set, Unchanged},
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter,
};

fn sku_taken() -> ShopError {
    ShopError::problem("sku", ProblemCode::Taken, "another variant has it")
}

impl AdminCatalog<'_> {
    /// Adds a variant to a product.
    ///
    /// # Errors
    /// `NotFound` for the product, `Invalid` with every problem of the input.
    pub async fn variant_create(&self, product: ProductId, input: NewVariant) -> Result<ProductView, ShopError> {
        let mut checks = Checks::default();
        let checked = checks.variants("", std::slice::from_ref(&input)).pop();
        checks.done()?;
        let new = checked.ok_or_else(|| ShopError::internal("one variant was checked"))?;
        let (tx, now) = self.begin(product).await?;
        let siblings = variant::Entity::find()
            .filter(variant::Column::ProductId.eq(product))
            .count(&tx)
            .await?;
        if siblings >= MOST_VARIANTS as u64 {
            let message = format!("a product has at most {MOST_VARIANTS} variants");
            return Err(ShopError::problem("productId", ProblemCode::TooLong, message));
        }
        let position = i32::try_from(siblings).map_err(ShopError::internal)?;
        let row = new_variant(new, product, position, self.shop.currency().code(), now);
        let row = row.insert(&tx).await.on_constraint("variant_sku_key", sku_taken)?;
        self.record_opening(&tx, &[row]).await?;
        self.finish(tx, product, Aspect::Variants, now).await
    }

    /// Changes what the patch names.
    ///
    /// # Errors
    /// `NotFound`, or `Invalid` with every problem of the input.
    pub async fn variant_update(&self, id: VariantId, patch: VariantPatch) -> Result<ProductView, ShopError> {
        let mut checks = Checks::default();
        let sku = patch.sku.as_deref().map(|sku| checks.sku("sku", sku));
        let title = patch.title.as_deref().map(|title| checks.text("title", title, 200));
        let options = patch
            .options
            .as_deref()
            .map(|options| checks.options("options", options));
        let (price, compare_at) = (patch.price.change(), patch.compare_at.change());
        checks.price("price", price.flatten());
        checks.price("compareAtPrice", compare_at.flatten());
        checks.done()?;

        let is_price_alone = sku.is_none() && title.is_none() && options.is_none();
        let aspect = if is_price_alone {
            Aspect::Price
        } else {
            Aspect::Variants
        };
        let product = self.product_of(id).await?;
        let (tx, now) = self.begin(product).await?;
        let mut row = variant::ActiveModel {
            id: Unchanged(id),
            updated_at: Set(now),
            ..Default::default()
        };
        set(&mut row.sku, sku);
        set(&mut row.title, title);
        set::<VariantOptions>(&mut row.options, options);
        set(&mut row.price_amount, price);
        set(&mut row.compare_at_amount, compare_at);
        row.update(&tx).await.on_constraint("variant_sku_key", sku_taken)?;
        self.finish(tx, product, aspect, now).await
    }

    /// Removes a variant; the last one of a product stays.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` for the last variant and for one with reserved pieces.
    pub async fn variant_delete(&self, id: VariantId) -> Result<ProductView, ShopError> {
        let product = self.product_of(id).await?;
        let (tx, now) = self.begin(product).await?;
        let siblings = variant::Entity::find()
            .filter(variant::Column::ProductId.eq(product))
            .all(&tx)
            .await?;
        let row = siblings
            .iter()
            .find(|variant| variant.id == id)
            .ok_or(ShopError::NotFound)?;
        if siblings.len() == 1 {
            return Err(ShopError::problem(
                "id",
                ProblemCode::InUse,
                "a product keeps at least one variant",
            ));
        }
        if row.stock_reserved > 0 {
            return Err(ShopError::problem(
                "id",
                ProblemCode::InUse,
                "pieces of it are promised to open orders",
            ));
        }
        variant::Entity::delete_by_id(id).exec(&tx).await?;
        self.finish(tx, product, Aspect::Variants, now).await
    }

    /// Says how many pieces are in the house. Never below what is promised to open orders.
    ///
    /// # Errors
    /// `NotFound`, or `Invalid` for a negative number or one below the reserved pieces.
    pub async fn variant_set_stock(&self, id: VariantId, on_hand: i32) -> Result<ProductView, ShopError> {
        let mut checks = Checks::default();
        checks.stock("stock", on_hand);
        checks.done()?;
        let product = self.product_of(id).await?;
        let (tx, now) = self.begin(product).await?;
        let old = stock_admin::locked(&tx, id).await?;
        let movement = self.movement(&old, on_hand - old.stock_on_hand);
        if !movement.apply(&tx, now).await? {
            return Err(ShopError::problem(
                "stock",
                ProblemCode::OutOfRange,
                "more pieces are promised to open orders",
            ));
        }
        if movement.on_hand != 0 {
            stock::record(&tx, now, &[movement]).await?;
        }
        self.finish(tx, product, Aspect::Stock, now).await
    }

    pub(super) async fn product_of(&self, id: VariantId) -> Result<ProductId, ShopError> {
        Ok(find(self.shop.db(), id).await?.product_id)
    }
}

async fn find(db: &impl ConnectionTrait, id: VariantId) -> Result<variant::Model, ShopError> {
    variant::Entity::find_by_id(id)
        .one(db)
        .await?
        .ok_or(ShopError::NotFound)
}
