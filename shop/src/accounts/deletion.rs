//! Deleting a user: the row stays for what refers to it, everything personal in it goes, and
//! with it every session, token, mail, saved address and cart. There is no way back.

use super::{Accounts, Profile, Role, admin::keep_an_admin, letters, password::NO_PASSWORD, recovery::locked};
use crate::{db::begin_write, error::ShopError, events};
use entities::{address, cart, id::UserId, mail, one_time_token, session, user_account::PasswordHash};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, DatabaseTransaction, EntityTrait, IntoActiveModel,
    QueryFilter,
};

/// What a deleted user is called.
const NAME: &str = "Deleted user";

/// Deletes a user; one who is deleted already stays so.
///
/// # Errors
/// `NotFound`; `LastAdmin` when nobody else could run the shop.
pub(super) async fn delete(accounts: &Accounts, id: UserId) -> Result<Profile, ShopError> {
    let now = accounts.now();
    let tx = begin_write(&accounts.db).await?;
    // First of all: placing an order locks the cart before its user.
    let carts = cart::Entity::delete_many().filter(cart::Column::UserId.eq(id));
    carts.exec(&tx).await?;
    keep_an_admin(&tx, id).await?;
    let row = locked(&tx, id).await?;
    if row.deleted_at.is_some() {
        return Ok(row.into());
    }
    remove_what_is_theirs(&tx, id, &row.email).await?;
    events::erase(&tx, now, id).await?;
    let next_version = row.token_version + 1;
    let mut user = row.into_active_model();
    // `.invalid` is nobody's by RFC 2606, and the id makes it unique.
    user.email = Set(format!("{}@deleted.invalid", id.0.simple()));
    user.email_verified_at = Set(None);
    user.name = Set(NAME.to_owned());
    user.password_hash = Set(PasswordHash(NO_PASSWORD.to_owned()));
    user.role = Set(Role::Customer);
    user.disabled_at = Set(Some(now));
    user.deleted_at = Set(Some(now));
    user.token_version = Set(next_version);
    user.updated_at = Set(now);
    let row = user.update(&tx).await?;
    tx.commit().await?;
    accounts.sessions.forget_user(id);
    Ok(row.into())
}

async fn remove_what_is_theirs(tx: &DatabaseTransaction, id: UserId, email: &str) -> Result<(), ShopError> {
    let sessions = session::Entity::delete_many().filter(session::Column::UserId.eq(id));
    sessions.exec(tx).await?;
    // Every letter about the account; of other mail what was sent, not what still has to be.
    let letters = Condition::any()
        .add(mail::Column::Kind.is_in(letters::KINDS))
        .add(mail::Column::NextAttemptAt.is_null());
    let mails = mail::Entity::delete_many().filter(mail::Column::Recipient.eq(email));
    mails.filter(letters).exec(tx).await?;
    let tokens = one_time_token::Entity::delete_many().filter(one_time_token::Column::UserId.eq(id));
    tokens.exec(tx).await?;
    // Orders keep their own copies, as books must.
    let addresses = address::Entity::delete_many().filter(address::Column::UserId.eq(id));
    addresses.exec(tx).await?;
    Ok(())
}
