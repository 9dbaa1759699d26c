//! Who may administer a shop that is not a demo: made sure of before it opens.

use crate::{config::Config, demo};
use anyhow::{Context, bail};
use shop::{
    Role, Shop, ShopError,
    accounts::{NewAccount, Password},
};

/// Outside demo mode, refuses a database whose demo users still open with their published
/// passwords, and makes the first administrator if the settings name one and there is none.
///
/// # Errors
/// The refusal, an administrator who cannot be made, a database that fails.
pub async fn prepare(config: &Config, shop: &Shop) -> anyhow::Result<()> {
    if config.shop.demo {
        return Ok(());
    }
    let accounts = shop.accounts();
    for user in demo::users() {
        if accounts.opens_with(user.email, &Password::from(user.password)).await? {
            bail!(
                "this database was filled by a demo shop: {} can log in with a published password; \
                 begin with an empty database (DATABASE_URL or MYSHOP_DATA_DIR), or set MYSHOP_SHOP__DEMO=true",
                user.email
            );
        }
    }
    if accounts.has_admin().await? {
        return Ok(());
    }
    let Some(first) = &config.auth.first_admin else {
        tracing::warn!(
            "nobody can administer this shop: set MYSHOP_AUTH__FIRST_ADMIN__EMAIL and \
             MYSHOP_AUTH__FIRST_ADMIN__PASSWORD for one start"
        );
        return Ok(());
    };
    if demo::users().iter().any(|user| user.password == first.password) {
        bail!("setting `auth.first_admin.password`: this password is published; choose another");
    }
    let account = NewAccount {
        email: first.email.clone(),
        password: Password::from(first.password.as_str()),
        name: "Administrator".to_owned(),
    };
    match accounts.create_user_with_role(account, Role::Admin).await {
        Ok(_) => tracing::info!("the first administrator was made"),
        // Another node was faster.
        Err(ShopError::EmailTaken) if accounts.has_admin().await? => {}
        Err(ShopError::EmailTaken) => bail!(
            "setting `auth.first_admin.email`: {} is an account without administration already; name another",
            first.email
        ),
        Err(error) => return Err(error).context("setting `auth.first_admin`: the first administrator cannot be made"),
    }
    Ok(())
}
