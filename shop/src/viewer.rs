//! Who asks, and what that lets them do.
//!
//! Holding a capability is the permission: an operation for staff is a method of a value
//! that only [`Viewer::staff`] hands out, one for administrators of a value that only
//! [`Viewer::admin`] hands out; no other public way makes one but [`Staff::operator`] and
//! [`Admin::operator`], for whoever runs the process itself. Both look at the user's row each
//! time, so that a demoted or disabled user is refused with the very next request.
//!
//! | May | Guest | Customer | Staff | Admin |
//! |---|---|---|---|---|
//! | read the public shop | yes | yes | yes | yes |
//! | own profile, own session, own reviews and votes | | yes | yes | yes |
//! | catalogue, stock, pictures, recommender, moderation | | | yes | yes |
//! | own cart, own orders (guests: by token) | yes | yes | yes | yes |
//! | all orders, refunds, coupons, users and roles | | | | yes |

use crate::{
    Shop,
    accounts::{AdminUsers, Role},
    catalog::AdminCatalog,
    checkout::{AdminCoupons, AdminTerms},
    discovery::AdminSearch,
    error::ShopError,
    experiments::AdminExperiments,
    media::AdminMedia,
    merchandising::AdminMerchandising,
    orders::{AdminDashboard, AdminOrders},
    pipeline::AdminRecommender,
    reviews::AdminReviews,
};
use entities::id::{SessionId, UserId};

/// A logged-in user, as their token names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserRef {
    /// The user.
    pub id: UserId,
    /// The session of this request.
    pub session: SessionId,
    pub(crate) token_version: i32,
    /// When the access token ends, seconds of the Unix epoch.
    pub(crate) token_ends: i64,
}

/// Who asks. The role is a hint for reading; writing asks the row again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Viewer {
    /// Nobody in particular.
    #[default]
    Guest,
    /// Buys.
    Customer(UserRef),
    /// Runs the catalogue.
    Staff(UserRef),
    /// Runs the shop.
    Admin(UserRef),
}

impl Viewer {
    pub(crate) fn with_role(role: Role, user: UserRef) -> Self {
        match role {
            Role::Customer => Self::Customer(user),
            Role::Staff => Self::Staff(user),
            Role::Admin => Self::Admin(user),
        }
    }

    /// The user, if somebody is logged in.
    #[must_use]
    pub fn user(&self) -> Option<&UserRef> {
        match self {
            Self::Guest => None,
            Self::Customer(user) | Self::Staff(user) | Self::Admin(user) => Some(user),
        }
    }

    /// What anybody who is logged in may do.
    ///
    /// # Errors
    /// `Unauthenticated` for a guest.
    pub fn customer(&self) -> Result<CustomerCap, ShopError> {
        self.user()
            .map(|&user| CustomerCap { user })
            .ok_or(ShopError::Unauthenticated)
    }

    /// What staff and administrators may do. Reads the user's row.
    ///
    /// # Errors
    /// `Unauthenticated` for a guest or an ended session, `Forbidden` for a customer.
    pub async fn staff<'a>(&self, shop: &'a Shop) -> Result<Staff<'a>, ShopError> {
        match self.current_role(shop).await? {
            Role::Staff | Role::Admin => Ok(Staff {
                shop,
                user: self.user().map(|user| user.id),
            }),
            Role::Customer => Err(ShopError::Forbidden),
        }
    }

    /// What only administrators may do. Reads the user's row.
    ///
    /// # Errors
    /// `Unauthenticated` for a guest or an ended session, `Forbidden` for anybody else.
    pub async fn admin<'a>(&self, shop: &'a Shop) -> Result<Admin<'a>, ShopError> {
        match self.current_role(shop).await? {
            Role::Admin => Ok(Admin {
                staff: Staff {
                    shop,
                    user: self.user().map(|user| user.id),
                },
            }),
            Role::Staff | Role::Customer => Err(ShopError::Forbidden),
        }
    }

    async fn current_role(&self, shop: &Shop) -> Result<Role, ShopError> {
        let user = self.user().ok_or(ShopError::Unauthenticated)?;
        shop.accounts().current_role(user).await
    }
}

/// Proof that somebody is logged in.
#[derive(Clone, Copy, Debug)]
pub struct CustomerCap {
    user: UserRef,
}

impl CustomerCap {
    /// Who it is.
    #[must_use]
    pub fn user(&self) -> &UserRef {
        &self.user
    }
}

/// Proof of being staff: opens the catalogue and its pictures.
#[derive(Debug)]
pub struct Staff<'a> {
    shop: &'a Shop,
    /// Who it is; nobody for whoever runs the process.
    user: Option<UserId>,
}

impl<'a> Staff<'a> {
    /// The power of whoever runs the process: seeding, importing, background work. Code
    /// that answers requests must go through [`Viewer::staff`] instead.
    #[must_use]
    pub fn operator(shop: &'a Shop) -> Self {
        Self { shop, user: None }
    }

    /// Products, variants, categories, brands.
    #[must_use]
    pub fn catalog(&self) -> AdminCatalog<'a> {
        AdminCatalog::new(self.shop, self.user)
    }

    /// Pictures of products.
    #[must_use]
    pub fn media(&self) -> AdminMedia<'a> {
        AdminMedia::new(self.shop)
    }

    /// Reviews of products.
    #[must_use]
    pub fn reviews(&self) -> AdminReviews<'a> {
        AdminReviews::new(self.shop, self.user)
    }
}

/// Proof of being an administrator: everything staff may do, and users.
#[derive(Debug)]
pub struct Admin<'a> {
    staff: Staff<'a>,
}

impl<'a> Admin<'a> {
    /// The power of whoever runs the process, as [`Staff::operator`].
    #[must_use]
    pub fn operator(shop: &'a Shop) -> Self {
        Self {
            staff: Staff::operator(shop),
        }
    }

    /// What staff may do.
    #[must_use]
    pub fn staff(&self) -> &Staff<'a> {
        &self.staff
    }

    /// Orders and their money.
    #[must_use]
    pub fn orders(&self) -> AdminOrders<'a> {
        AdminOrders::new(self.staff.shop, self.staff.user)
    }

    /// The recommender.
    #[must_use]
    pub fn recommender(&self) -> AdminRecommender<'a> {
        AdminRecommender::new(self.staff.shop)
    }

    /// Search.
    #[must_use]
    pub fn search(&self) -> AdminSearch<'a> {
        AdminSearch::new(self.staff.shop)
    }

    /// Rules for lists of recommendations.
    #[must_use]
    pub fn merchandising(&self) -> AdminMerchandising<'a> {
        AdminMerchandising::new(self.staff.shop)
    }

    /// Experiments.
    #[must_use]
    pub fn experiments(&self) -> AdminExperiments<'a> {
        AdminExperiments::new(self.staff.shop)
    }

    /// Coupons.
    #[must_use]
    pub fn coupons(&self) -> AdminCoupons<'a> {
        AdminCoupons::new(self.staff.shop)
    }

    /// Shipping zones and tax rates.
    #[must_use]
    pub fn terms(&self) -> AdminTerms<'a> {
        AdminTerms::new(self.staff.shop)
    }

    /// Figures of the shop.
    #[must_use]
    pub fn dashboard(&self) -> AdminDashboard<'a> {
        AdminDashboard::new(self.staff.shop)
    }

    /// Users and their roles.
    #[must_use]
    pub fn users(&self) -> AdminUsers<'a> {
        AdminUsers::new(self.staff.shop.accounts())
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::{
        accounts::{LogIn, NewAccount},
        testing::TestShop,
    };

    async fn log_in(shop: &Shop, email: &str, role: Role) -> Viewer {
        let password = || "correct horse battery".into();
        let account = NewAccount {
            email: email.into(),
            password: password(),
            name: "Somebody".into(),
        };
        shop.accounts().create_user_with_role(account, role).await.unwrap();
        let log_in = LogIn {
            email: email.into(),
            password: password(),
            address: None,
            user_agent: None,
        };
        let token = shop.accounts().log_in(log_in).await.unwrap().access.token;
        shop.accounts().authenticate(Some(&token)).await.unwrap()
    }

    /// What opens: customer, staff, admin.
    async fn opens(viewer: Viewer, shop: &Shop) -> [bool; 3] {
        [
            viewer.customer().is_ok(),
            viewer.staff(shop).await.is_ok(),
            viewer.admin(shop).await.is_ok(),
        ]
    }

    #[tokio::test]
    async fn each_role_opens_what_the_table_says() {
        let TestShop { shop, .. } = &TestShop::open().await;
        assert_eq!(opens(Viewer::Guest, shop).await, [false, false, false]);
        let roles = [
            (Role::Customer, [true, false, false]),
            (Role::Staff, [true, true, false]),
            (Role::Admin, [true, true, true]),
        ];
        for (role, expected) in roles {
            let viewer = log_in(shop, &format!("{role:?}@example.com"), role).await;
            assert_eq!(opens(viewer, shop).await, expected, "{role:?}");
        }
    }

    #[tokio::test]
    async fn a_guest_must_log_in_and_a_customer_may_not() {
        let TestShop { shop, .. } = &TestShop::open().await;
        let customer = log_in(shop, "ada@example.com", Role::Customer).await;
        assert!(matches!(
            Viewer::Guest.staff(shop).await,
            Err(ShopError::Unauthenticated)
        ));
        assert!(matches!(
            Viewer::Guest.admin(shop).await,
            Err(ShopError::Unauthenticated)
        ));
        assert!(matches!(customer.staff(shop).await, Err(ShopError::Forbidden)));
        assert!(matches!(customer.admin(shop).await, Err(ShopError::Forbidden)));
    }

    #[tokio::test]
    async fn a_viewer_that_was_made_earlier_loses_its_power_with_its_role() {
        let TestShop { shop, .. } = &TestShop::open().await;
        log_in(shop, "first@example.com", Role::Admin).await;
        let viewer = log_in(shop, "boss@example.com", Role::Admin).await;
        let admin = viewer.admin(shop).await.unwrap();
        admin
            .users()
            .set_role(viewer.user().unwrap().id, Role::Staff)
            .await
            .unwrap();
        assert_eq!(opens(viewer, shop).await, [true, true, false]);
        shop.accounts().log_out(&viewer.customer().unwrap()).await.unwrap();
        assert!(matches!(viewer.staff(shop).await, Err(ShopError::Unauthenticated)));
    }
}
