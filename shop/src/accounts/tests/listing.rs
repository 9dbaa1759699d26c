//! Stories of lists: users as administrators find them, sessions as their owners do.

use super::*;

async fn names(users: &AdminUsers<'_>, filter: UserFilter) -> Vec<String> {
    let page = users.list(&filter, first(100)).await.unwrap();
    assert_eq!(users.count(&filter).await.unwrap(), page.users.len() as u64);
    page.users.into_iter().map(|user| user.name).collect()
}

#[tokio::test]
async fn users_are_listed_in_pages() {
    let (accounts, _database) = accounts().await;
    for number in 0..5 {
        accounts
            .register(account(&format!("user{number}@example.com")))
            .await
            .unwrap();
    }
    let (users, all) = (AdminUsers::new(&accounts), UserFilter::default());
    let page = users.list(&all, first(3)).await.unwrap();
    let after = page.users.last().map(|user| user.id);
    let rest = users.list(&all, UserWindow { after, ..first(3) }).await.unwrap();
    assert_eq!(
        (page.users.len(), page.has_more, rest.users.len(), rest.has_more),
        (3, true, 2, false)
    );
    let skipped = users.list(&all, UserWindow { offset: 3, ..first(3) }).await.unwrap();
    assert_eq!(skipped.users, rest.users);
    assert_eq!(users.list(&all, first(0)).await.unwrap().users.len(), 1);
    assert_eq!(users.count(&all).await.unwrap(), 5);
}

#[tokio::test]
async fn users_are_found_by_name_address_role_and_whether_they_may_enter() {
    for (accounts, _, _database) in each().await {
        for (email, name, role) in [
            ("ada@example.com", "Ada Lovelace", Role::Admin),
            ("grace@navy.example", "Grace_Hopper", Role::Staff),
            ("linus@example.com", "100% Linus", Role::Customer),
        ] {
            let account = NewAccount {
                name: name.into(),
                ..account(email)
            };
            accounts.create_user_with_role(account, role).await.unwrap();
        }
        let users = AdminUsers::new(&accounts);
        let text = |text: &str| UserFilter {
            text: Some(text.into()),
            ..UserFilter::default()
        };
        assert_eq!(names(&users, text(" LOVE ")).await, ["Ada Lovelace"]);
        assert_eq!(names(&users, text("navy.example")).await, ["Grace_Hopper"]);
        assert_eq!(names(&users, text("%")).await, ["100% Linus"], "no wildcard");
        assert_eq!(names(&users, text("_")).await, ["Grace_Hopper"], "no wildcard");
        assert_eq!(names(&users, text("\\' OR 1=1 --")).await, [""; 0]);
        let role = UserFilter {
            role: Some(Role::Staff),
            ..UserFilter::default()
        };
        assert_eq!(names(&users, role.clone()).await, ["Grace_Hopper"]);
        let grace = users.list(&role, first(1)).await.unwrap().users[0].id;
        users.set_enabled(grace, false).await.unwrap();
        let shut_out = UserFilter {
            is_enabled: Some(false),
            ..UserFilter::default()
        };
        assert_eq!(names(&users, shut_out).await, ["Grace_Hopper"]);
        let enabled = UserFilter {
            is_enabled: Some(true),
            ..UserFilter::default()
        };
        assert_eq!(names(&users, enabled).await.len(), 2);
    }
}

#[tokio::test]
async fn sessions_are_listed_for_their_owner_and_ended_one_by_one() {
    for (accounts, clock, _database) in each().await {
        for email in ["ada@example.com", "eve@example.com"] {
            accounts.register(account(email)).await.unwrap();
        }
        let from = |name: &str| LogIn {
            user_agent: Some(name.into()),
            ..attempt("ada@example.com", PASSWORD)
        };
        let phone = accounts.log_in(from("Phone")).await.unwrap();
        clock.advance(TimeDelta::minutes(1));
        let laptop = accounts.log_in(from(&"Laptop".repeat(100))).await.unwrap();
        let (_, eve) = logged_in(&accounts, "eve@example.com").await;
        let customer = accounts.authenticate(Some(&laptop.access.token)).await.unwrap();
        let customer = customer.customer().unwrap();
        let listed = accounts.sessions(&customer).await.unwrap();
        let shown: Vec<_> = listed.iter().map(|session| session.is_current).collect();
        assert_eq!(shown, [true, false], "the latest comes first");
        assert_eq!(listed[1].user_agent.as_deref(), Some("Phone"));
        assert_eq!(listed[0].user_agent.as_ref().map(String::len), Some(255));

        let of_phone = listed[1].id;
        let foreign = accounts.revoke_session(&eve, of_phone).await;
        assert!(matches!(foreign, Err(ShopError::NotFound)), "{foreign:?}");
        accounts.authenticate(Some(&phone.access.token)).await.unwrap();
        accounts.revoke_session(&customer, of_phone).await.unwrap();
        let stolen = refusal(&accounts, &phone.access.token).await;
        assert!(
            matches!(stolen, ShopError::Unauthenticated),
            "its tokens die with a session"
        );
        assert!(accounts.refresh(&phone.refresh.token, None).await.is_err());
        let again = accounts.revoke_session(&customer, of_phone).await;
        assert!(matches!(again, Err(ShopError::NotFound)));
        assert_eq!(accounts.sessions(&customer).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn logging_out_everywhere_ends_every_session_at_once() {
    for (accounts, _, _database) in each().await {
        for email in ["ada@example.com", "eve@example.com"] {
            accounts.register(account(email)).await.unwrap();
        }
        let (phone, customer) = logged_in(&accounts, "ada@example.com").await;
        let (laptop, _) = logged_in(&accounts, "ada@example.com").await;
        let (eve, _) = logged_in(&accounts, "eve@example.com").await;
        assert_eq!(accounts.log_out_everywhere(&customer).await.unwrap(), 2);
        for ended in [&phone, &laptop] {
            assert!(matches!(
                refusal(&accounts, &ended.access.token).await,
                ShopError::Unauthenticated
            ));
            assert!(accounts.refresh(&ended.refresh.token, None).await.is_err());
        }
        assert!(accounts.authenticate(Some(&eve.access.token)).await.is_ok());
    }
}
