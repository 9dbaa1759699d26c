//! Stories of customers who are made up.

use super::*;

#[tokio::test]
async fn nobody_logs_in_as_a_stand_in_and_nobody_stands_in_for_one_with_a_password() {
    let (accounts, _database) = accounts().await;
    let made = accounts
        .create_stand_in("Mira@people.example", " Mira Castell ")
        .await
        .unwrap();
    assert_eq!((made.name.as_str(), made.role), ("Mira Castell", Role::Customer));
    assert!(matches!(
        accounts.create_stand_in("mira@people.example", "Another").await,
        Err(ShopError::EmailTaken)
    ));
    let viewer = accounts.stand_in("mira@people.example").await.unwrap();
    assert_eq!(viewer.user().unwrap().id, made.id);
    assert!(matches!(viewer.customer(), Ok(customer) if customer.user().id == made.id));
    for password in ["!", "", "correct horse battery"] {
        assert!(
            !accounts
                .opens_with("mira@people.example", &password.into())
                .await
                .unwrap()
        );
    }

    accounts.register(account("ada@example.com")).await.unwrap();
    for email in ["ada@example.com", "nobody@people.example"] {
        assert!(
            matches!(accounts.stand_in(email).await, Err(ShopError::NotFound)),
            "{email}"
        );
    }
    AdminUsers::new(&accounts).set_enabled(made.id, false).await.unwrap();
    assert!(matches!(
        accounts.stand_in("mira@people.example").await,
        Err(ShopError::NotFound)
    ));
}

#[tokio::test]
async fn standing_in_is_no_session_and_opens_nothing_of_staff() {
    let (accounts, _database) = accounts().await;
    accounts.create_stand_in("mira@people.example", "Mira").await.unwrap();
    let viewer = accounts.stand_in("mira@people.example").await.unwrap();
    assert!(matches!(
        accounts.current_role(viewer.user().unwrap()).await,
        Err(ShopError::Unauthenticated)
    ));
    assert!(matches!(accounts.renew(&viewer).await, Err(ShopError::Unauthenticated)));
}
