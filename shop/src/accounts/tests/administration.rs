//! Stories of roles, switched-off users and the last administrator.

use super::*;

#[tokio::test]
async fn another_nodes_change_of_role_is_seen_at_once_where_it_matters() {
    let (here, _database) = accounts().await;
    let there = Accounts {
        sessions: SessionCache::new(),
        ..here.clone()
    };
    let boss = here
        .create_user_with_role(account("boss@example.com"), Role::Admin)
        .await
        .unwrap();
    here.create_user_with_role(account("other@example.com"), Role::Admin)
        .await
        .unwrap();
    let token = log_in(&here, "boss@example.com").await;
    let viewer = here.authenticate(Some(&token)).await.unwrap();
    assert!(matches!(viewer, Viewer::Admin(_)));
    AdminUsers::new(&there).set_role(boss.id, Role::Customer).await.unwrap();
    assert_eq!(here.current_role(viewer.user().unwrap()).await.unwrap(), Role::Customer);
    assert!(matches!(
        there.authenticate(Some(&token)).await,
        Ok(Viewer::Customer(_))
    ));
    AdminUsers::new(&here).set_role(boss.id, Role::Staff).await.unwrap();
    assert!(matches!(here.authenticate(Some(&token)).await, Ok(Viewer::Staff(_))));
}

#[tokio::test]
async fn a_disabled_user_is_out_at_once_and_old_tokens_stay_dead() {
    let (accounts, _database) = accounts().await;
    let ada = accounts.register(account("ada@example.com")).await.unwrap();
    let token = log_in(&accounts, "ada@example.com").await;
    accounts.authenticate(Some(&token)).await.unwrap();
    for is_enabled in [false, true] {
        let changed = AdminUsers::new(&accounts)
            .set_enabled(ada.id, is_enabled)
            .await
            .unwrap();
        assert_eq!(changed.is_enabled, is_enabled);
        assert!(matches!(refusal(&accounts, &token).await, ShopError::Unauthenticated));
    }
    log_in(&accounts, "ada@example.com").await;
}

#[tokio::test]
async fn the_last_administrator_stays() {
    let (accounts, _database) = accounts().await;
    let users = AdminUsers::new(&accounts);
    let boss = accounts
        .create_user_with_role(account("boss@example.com"), Role::Admin)
        .await
        .unwrap();
    assert!(matches!(
        users.set_role(boss.id, Role::Staff).await,
        Err(ShopError::LastAdmin)
    ));
    assert!(matches!(
        users.set_enabled(boss.id, false).await,
        Err(ShopError::LastAdmin)
    ));
    let second = accounts
        .create_user_with_role(account("second@example.com"), Role::Admin)
        .await
        .unwrap();
    users.set_enabled(second.id, false).await.unwrap();
    assert!(matches!(
        users.set_role(boss.id, Role::Staff).await,
        Err(ShopError::LastAdmin)
    ));
    users.set_enabled(second.id, true).await.unwrap();
    assert_eq!(users.set_role(boss.id, Role::Staff).await.unwrap().role, Role::Staff);
}

#[tokio::test]
async fn two_administrators_who_demote_each_other_do_not_both_succeed() {
    for database in TestDatabase::each().await {
        let accounts = over(&database, TimeDelta::minutes(15));
        let users = AdminUsers::new(&accounts);
        let one = accounts
            .create_user_with_role(account("one@example.com"), Role::Admin)
            .await
            .unwrap()
            .id;
        let two = accounts
            .create_user_with_role(account("two@example.com"), Role::Admin)
            .await
            .unwrap()
            .id;
        for _ in 0..10 {
            let outcomes = tokio::join!(users.set_role(one, Role::Staff), users.set_enabled(two, false));
            let is_one_refused = matches!(
                outcomes,
                (Ok(_), Err(ShopError::LastAdmin)) | (Err(ShopError::LastAdmin), Ok(_))
            );
            assert!(is_one_refused, "{outcomes:?}");
            users.set_enabled(two, true).await.unwrap();
            users.set_role(one, Role::Admin).await.unwrap();
        }
    }
}
