//! Tax rates that differ from the shop's usual one, as administrators say.

use super::{AdminTerms, TaxRate, given::Given};
use crate::{
    error::{ProblemCode, ShopError},
    text::Checks,
};
use entities::{
    category,
    id::{CategoryId, TaxRateId},
    tax_rate,
};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{Set, Unchanged},
    ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::LockType,
};

/// Tax rates of the shop: every quote reads them.
const MOST_RATES: u64 = 1_000;

/// The rate of a country, of a category and what is below it, of both, or of everything.
#[derive(Clone, Debug)]
pub struct SetTaxRate {
    /// ISO 3166-1 alpha-2; every country when none.
    pub country: Option<String>,
    /// All goods when none.
    pub category: Option<CategoryId>,
    /// Hundredths of a percent.
    pub percent: Given,
}

impl AdminTerms<'_> {
    /// All tax rates, oldest first.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn tax_rates(&self) -> Result<Vec<TaxRate>, ShopError> {
        Ok(tax_rate::Entity::find()
            .order_by_asc(tax_rate::Column::Id)
            .all(self.shop.db())
            .await?)
    }

    /// Sets the rate of a country and category; the one they had is replaced.
    ///
    /// # Errors
    /// `Invalid` with every problem of the input, an unknown category among them.
    pub async fn tax_rate_set(&self, input: SetTaxRate) -> Result<TaxRate, ShopError> {
        let mut checks = Checks::default();
        let country = input.country.as_deref().map(|code| checks.country("country", code));
        let percent = checks.percent("percent", input.percent, 0);
        let tx = self.begin().await?;
        if let Some(id) = input.category {
            // Kept from being deleted until the rate that names it is written.
            let found = category::Entity::find_by_id(id)
                .lock(LockType::KeyShare)
                .one(&tx)
                .await?;
            if found.is_none() {
                checks.fail("categoryId", ProblemCode::NotFound, "no such category");
            }
        }
        checks.done()?;
        // No upsert: each way to leave a side open has a unique index of its own.
        let pair = tax_rate::Entity::find()
            .filter(match &country {
                Some(code) => tax_rate::Column::Country.eq(code.as_str()),
                None => tax_rate::Column::Country.is_null(),
            })
            .filter(match input.category {
                Some(id) => tax_rate::Column::CategoryId.eq(id),
                None => tax_rate::Column::CategoryId.is_null(),
            });
        let now = self.shop.now();
        let row = tax_rate::ActiveModel {
            rate_bp: Set(percent.get()),
            updated_at: Set(now),
            ..Default::default()
        };
        let row = match pair.one(&tx).await? {
            Some(there) => {
                let id = Unchanged(there.id);
                tax_rate::ActiveModel { id, ..row }.update(&tx).await?
            }
            None => {
                if tax_rate::Entity::find().count(&tx).await? >= MOST_RATES {
                    let message = format!("at most {MOST_RATES} tax rates");
                    return Err(ShopError::problem("country", ProblemCode::TooLong, message));
                }
                let new = tax_rate::ActiveModel {
                    id: Set(TaxRateId::generate()),
                    country: Set(country),
                    category_id: Set(input.category),
                    created_at: Set(now),
                    ..row
                };
                new.insert(&tx).await?
            }
        };
        tx.commit().await?;
        Ok(row)
    }

    /// Deletes a tax rate; a less specific one, or the usual one, applies instead.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn tax_rate_delete(&self, id: TaxRateId) -> Result<(), ShopError> {
        let tx = self.begin().await?;
        let gone = tax_rate::Entity::delete_by_id(id).exec(&tx).await?;
        if gone.rows_affected == 0 {
            return Err(ShopError::NotFound);
        }
        Ok(tx.commit().await?)
    }
}
