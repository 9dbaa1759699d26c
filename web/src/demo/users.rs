//! Users of the demo shop. Their passwords are public, so nobody but demo mode may make them.

use shop::{
    Role, Shop, ShopError,
    accounts::{NewAccount, Password},
};

/// Somebody to try the shop as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DemoUser {
    /// What to log in with.
    pub email: &'static str,
    /// Its password, known to everybody.
    pub password: &'static str,
    /// What they are called.
    pub name: &'static str,
    /// What they may do.
    pub role: Role,
}

const USERS: [DemoUser; 3] = [
    DemoUser {
        email: "admin@example.com",
        password: "runs-the-demo",
        name: "Grace Admin",
        role: Role::Admin,
    },
    DemoUser {
        email: "staff@example.com",
        password: "stocks-the-demo",
        name: "Sam Staff",
        role: Role::Staff,
    },
    DemoUser {
        email: "ada@example.com",
        password: "shops-the-demo",
        name: "Ada Customer",
        role: Role::Customer,
    },
];

/// Everybody, mightiest first.
#[must_use]
pub fn users() -> &'static [DemoUser] {
    &USERS
}

/// Makes those who are not there; leaves the others, changed passwords and all.
pub(super) async fn ensure_users(shop: &Shop) -> Result<(), ShopError> {
    let made = USERS.map(|user| {
        let account = NewAccount {
            email: user.email.to_owned(),
            password: Password::from(user.password),
            name: user.name.to_owned(),
        };
        shop.accounts().ensure_demo_user(account, user.role)
    });
    futures::future::try_join_all(made).await?;
    Ok(())
}
