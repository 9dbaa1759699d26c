//! Addresses: what makes one, and those that users keep.

use crate::{
    Shop,
    db::begin_write,
    error::{ProblemCode, ShopError},
    text::Checks,
    viewer::CustomerCap,
};
use entities::{
    address::{self, Address},
    id::{AddressId, UserId},
};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{Set, Unchanged},
    ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    sea_query::Expr,
};

/// An address that a user keeps.
pub type SavedAddress = address::Model;

/// Addresses of one user.
const MOST: u64 = 50;

/// The address without needless spaces; every problem goes to the checks, below `path`.
pub(crate) fn check(checks: &mut Checks, path: &str, given: &Address) -> Address {
    let at = |part: &str| format!("{path}.{part}");
    let country = checks.country(&at("country"), &given.country);
    let mut optional = |part: &str, text: &str, longest| {
        if text.trim().is_empty() {
            String::new()
        } else {
            checks.line(&at(part), text, longest)
        }
    };
    let (company, line2) = (
        optional("company", &given.company, 100),
        optional("line2", &given.line2, 200),
    );
    let (region, phone) = (
        optional("region", &given.region, 100),
        optional("phone", &given.phone, 40),
    );
    let postal_code = optional("postalCode", &given.postal_code, 20);
    Address {
        name: checks.line(&at("name"), &given.name, 100),
        company,
        line1: checks.line(&at("line1"), &given.line1, 200),
        line2,
        city: checks.line(&at("city"), &given.city, 100),
        region,
        postal_code,
        country,
        phone,
    }
}

/// The addresses of the user who asks.
#[derive(Debug)]
pub struct Addresses<'a> {
    shop: &'a Shop,
    user: UserId,
}

impl<'a> Addresses<'a> {
    pub(crate) fn new(shop: &'a Shop, customer: &CustomerCap) -> Self {
        Self {
            shop,
            user: customer.user().id,
        }
    }

    /// All of them, the default one first.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn list(&self) -> Result<Vec<SavedAddress>, ShopError> {
        Ok(self
            .all()
            .order_by_desc(address::Column::IsDefault)
            .order_by_asc(address::Column::Id)
            .all(self.shop.db())
            .await?)
    }

    fn all(&self) -> sea_orm::Select<address::Entity> {
        address::Entity::find().filter(address::Column::UserId.eq(self.user))
    }

    /// Keeps an address; the first one is the default.
    ///
    /// # Errors
    /// `Invalid` with every problem, also for one too many.
    pub async fn create(&self, given: &Address, is_default: bool) -> Result<SavedAddress, ShopError> {
        let mut checks = Checks::default();
        let value = check(&mut checks, "address", given);
        checks.done()?;
        let now = self.shop.now();
        let tx = begin_write(self.shop.db()).await?;
        let held = self.all().count(&tx).await?;
        if held >= MOST {
            let message = format!("at most {MOST} addresses are kept");
            return Err(ShopError::problem("address", ProblemCode::TooLong, message));
        }
        let is_default = is_default || held == 0;
        if is_default {
            self.no_default(&tx).await?;
        }
        let row = address::ActiveModel {
            id: Set(AddressId::generate()),
            user_id: Set(self.user),
            address: Set(value),
            is_default: Set(is_default),
            created_at: Set(now),
            updated_at: Set(now),
        };
        let row = row.insert(&tx).await?;
        tx.commit().await?;
        Ok(row)
    }

    /// Replaces an address, or makes it the default, or both.
    ///
    /// # Errors
    /// `NotFound` for somebody else's, `Invalid` with every problem.
    pub async fn update(
        &self,
        id: AddressId,
        given: Option<&Address>,
        make_default: bool,
    ) -> Result<SavedAddress, ShopError> {
        let mut checks = Checks::default();
        let value = given.map(|given| check(&mut checks, "address", given));
        checks.done()?;
        let tx = begin_write(self.shop.db()).await?;
        self.all()
            .filter(address::Column::Id.eq(id))
            .one(&tx)
            .await?
            .ok_or(ShopError::NotFound)?;
        if make_default {
            self.no_default(&tx).await?;
        }
        let mut row = address::ActiveModel {
            id: Unchanged(id),
            updated_at: Set(self.shop.now()),
            ..Default::default()
        };
        if let Some(value) = value {
            row.address = Set(value);
        }
        if make_default {
            row.is_default = Set(true);
        }
        let row = row.update(&tx).await?;
        tx.commit().await?;
        Ok(row)
    }

    /// Forgets an address. Orders keep their own copy.
    ///
    /// # Errors
    /// `NotFound` for somebody else's.
    pub async fn delete(&self, id: AddressId) -> Result<(), ShopError> {
        let gone = address::Entity::delete_many()
            .filter(address::Column::Id.eq(id))
            .filter(address::Column::UserId.eq(self.user))
            .exec(self.shop.db())
            .await?;
        if gone.rows_affected == 0 {
            Err(ShopError::NotFound)
        } else {
            Ok(())
        }
    }

    async fn no_default(&self, tx: &impl sea_orm::ConnectionTrait) -> Result<(), ShopError> {
        address::Entity::update_many()
            .col_expr(address::Column::IsDefault, Expr::value(false))
            .filter(address::Column::UserId.eq(self.user))
            .exec(tx)
            .await?;
        Ok(())
    }
}

/// An e-mail address that news of an order goes to.
pub(crate) fn check_email(checks: &mut Checks, path: &str, text: &str) -> Option<String> {
    let email: Result<crate::accounts::Email, _> = text.parse();
    let email = email.map_err(|problem| checks.fail(path, ProblemCode::Invalid, problem));
    Some(email.ok()?.as_str().to_owned())
}
