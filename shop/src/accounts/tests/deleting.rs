//! Stories of deleted users: what is personal is gone, the row stays, somebody can still run
//! the shop.

use super::*;
use entities::{one_time_token, refresh_token};
use sea_orm::PaginatorTrait;

#[tokio::test]
async fn nothing_personal_stays_of_a_deleted_user_and_nothing_opens() {
    for (accounts, _, _database) in each().await {
        accounts.register(account("eve@example.com")).await.unwrap();
        let eves = mail::Entity::find().count(&accounts.db).await.unwrap();
        let ada = accounts.register(account("ada@example.com")).await.unwrap();
        let token = mailed_token(&accounts, "ada@example.com").await;
        let (open, customer) = logged_in(&accounts, "ada@example.com").await;
        accounts
            .delete_account(&customer, &PASSWORD.into(), None)
            .await
            .unwrap();

        assert!(matches!(
            refusal(&accounts, &open.access.token).await,
            ShopError::Unauthenticated
        ));
        assert!(accounts.refresh(&open.refresh.token, None).await.is_err());
        assert!(accounts.verify_email(&token, None).await.is_err());
        let row = user_account::Entity::find_by_id(ada.id)
            .one(&accounts.db)
            .await
            .unwrap()
            .unwrap();
        assert_eq!((row.name.as_str(), row.password_hash.0.as_str()), ("Deleted user", "!"));
        assert!(row.email.ends_with("@deleted.invalid") && row.disabled_at.is_some());
        for (email, password) in [("ada@example.com", PASSWORD), (row.email.as_str(), "!")] {
            assert!(matches!(
                accounts.log_in(attempt(email, password)).await,
                Err(ShopError::WrongCredentials)
            ));
        }
        assert_eq!(refresh_token::Entity::find().count(&accounts.db).await.unwrap(), 0);
        let theirs = one_time_token::Entity::find().filter(one_time_token::Column::UserId.eq(ada.id));
        assert_eq!(theirs.count(&accounts.db).await.unwrap(), 0);
        assert_eq!(mail::Entity::find().count(&accounts.db).await.unwrap(), eves);
        // The address is free again.
        accounts.register(account("ada@example.com")).await.unwrap();
    }
}

#[tokio::test]
async fn a_deleted_user_is_in_no_list_and_stays_as_they_are() {
    let (accounts, _database) = accounts().await;
    let users = AdminUsers::new(&accounts);
    let ada = accounts.register(account("ada@example.com")).await.unwrap();
    let deleted = users.delete(ada.id).await.unwrap();
    assert!(deleted.deleted_at.is_some() && !deleted.is_enabled);
    assert_eq!(users.count(&UserFilter::default()).await.unwrap(), 0);
    assert_eq!(users.user(ada.id).await.unwrap(), users.delete(ada.id).await.unwrap());
    assert!(matches!(
        users.set_enabled(ada.id, true).await,
        Err(ShopError::NotFound)
    ));
    assert!(matches!(
        users.set_role(ada.id, Role::Admin).await,
        Err(ShopError::NotFound)
    ));
    assert!(matches!(
        users.delete(UserId::generate()).await,
        Err(ShopError::NotFound)
    ));
}

#[tokio::test]
async fn the_last_administrator_is_not_deleted_by_anybody() {
    for (accounts, _, _database) in each().await {
        let users = AdminUsers::new(&accounts);
        let made = async |email: &str| accounts.create_user_with_role(account(email), Role::Admin).await;
        let boss = made("boss@example.com").await.unwrap();
        let (_, own) = logged_in(&accounts, "boss@example.com").await;
        let by_hand = accounts.delete_account(&own, &PASSWORD.into(), None).await;
        assert!(matches!(by_hand, Err(ShopError::LastAdmin)), "{by_hand:?}");
        assert!(matches!(users.delete(boss.id).await, Err(ShopError::LastAdmin)));

        let second = made("second@example.com").await.unwrap();
        let outcomes = tokio::join!(users.delete(boss.id), users.delete(second.id));
        let is_one_refused = matches!(
            outcomes,
            (Ok(_), Err(ShopError::LastAdmin)) | (Err(ShopError::LastAdmin), Ok(_))
        );
        assert!(is_one_refused, "{outcomes:?}");
        assert!(accounts.has_admin().await.unwrap());
    }
}
