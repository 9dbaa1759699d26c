//! Accounts among inputs that will not do.

use super::{
    row::{Row, Sent, Told, but, invalid, long, missing, required, sent, taken, told, too_long},
    stage::Stage,
};
use crate::support::PASSWORD;
use serde_json::{Value, json};
use shop::{Role, Viewer, accounts::LogIn};

pub(super) fn rows() -> Vec<Row> {
    [
        registering(),
        weak_passwords(),
        logging_in(),
        profile(),
        tokens(),
        deleting(),
        users(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn wrong_password(path: &str) -> Told {
    told("InputError", "WRONG_CREDENTIALS", path)
}

fn no_token(path: &str) -> Told {
    told("InputError", "INVALID_TOKEN", path)
}

fn new(members: Value) -> Value {
    but(
        json!({ "email": "new@example.com", "password": PASSWORD, "name": "New" }),
        members,
    )
}

fn registering() -> Vec<Row> {
    let register = sent("guest", "register");
    let mut rows = vec![
        register.told(
            new(json!({ "name": "", "email": "" })),
            [required("name"), invalid("email")],
        ),
        register.told(new(json!({ "name": long(101) })), [too_long("name")]),
        register.told(new(json!({ "name": "a\nb" })), [invalid("name")]),
        register.told(new(json!({ "email": "Customer@Example.com" })), [taken("email")]),
        register.refused(new(json!({ "role": "ADMIN" }))),
    ];
    for email in ["nobody", "a@localhost", "a@example.com\r\nBcc: b@example.com"] {
        rows.push(register.told(new(json!({ "email": email })), [invalid("email")]));
    }
    rows
}

/// Wherever a password is chosen, and the address is that of `customer`.
fn weak_passwords() -> Vec<Row> {
    let mut rows = Vec::new();
    let weak = ["", "seven77", "password", "zzzzzzzzzz", &long(129)].map(str::to_owned);
    for password in weak {
        let input = new(json!({ "password": password }));
        rows.push(sent("guest", "register").told(input, [invalid("password")]));
        let input = json!({ "currentPassword": PASSWORD, "newPassword": password });
        rows.push(sent("customer", "passwordChange").told(input, [invalid("newPassword")]));
        let input = json!({ "token": "$mailed", "newPassword": password });
        rows.push(sent("guest", "passwordReset").told(input, [invalid("newPassword")]));
    }
    let own = json!({ "currentPassword": PASSWORD, "newPassword": "customer@example.com" });
    let new_one = new(json!({ "password": "new@example.com" }));
    rows.extend([
        sent("customer", "passwordChange").told(own, [invalid("newPassword")]),
        sent("guest", "register").told(new_one, [invalid("password")]),
    ]);
    rows
}

fn logging_in() -> Vec<Row> {
    let log_in = sent("guest", "logIn");
    let wrong = |email: &str, password: &str| {
        let told = told("ConflictError", "WRONG_CREDENTIALS", "");
        log_in.told(json!({ "email": email, "password": password }), [told])
    };
    vec![
        wrong("customer@example.com", "not the password"),
        wrong("customer@example.com", ""),
        wrong("customer@example.com", &long(10_000)),
        wrong("nobody@example.com", PASSWORD),
        wrong("not an address", PASSWORD),
        wrong("disabled@example.com", PASSWORD),
        sent("customer", "sessionRevoke").unknown("sess"),
        sent("other", "sessionRevoke").told(json!({ "id": "$session" }), [missing("id")]),
    ]
}

fn profile() -> Vec<Row> {
    let update = sent("customer", "profileUpdate");
    let elsewhere = |members: Value| but(json!({ "email": "elsewhere@example.com" }), members);
    let change = json!({ "currentPassword": "not the password", "newPassword": "a lovely engine 1843" });
    vec![
        update.told(
            json!({ "name": " ", "email": "nobody" }),
            [required("name"), invalid("email")],
        ),
        update.told(json!({ "name": long(101) }), [too_long("name")]),
        update.told(json!({ "name": "a\u{0}b" }), [invalid("name")]),
        update.told(elsewhere(json!({})), [required("currentPassword")]),
        update.told(
            elsewhere(json!({ "name": "" })),
            [required("name"), required("currentPassword")],
        ),
        update.told(
            elsewhere(json!({ "currentPassword": "wrong" })),
            [wrong_password("currentPassword")],
        ),
        sent("customer", "passwordChange").told(change, [wrong_password("currentPassword")]),
        sent("guest", "passwordResetRequest").told(json!({ "email": "" }), [invalid("email")]),
        sent("guest", "passwordResetRequest").told(json!({ "email": "nobody" }), [invalid("email")]),
    ]
}

fn tokens() -> Vec<Row> {
    let (refresh, reset) = (sent("guest", "tokenRefresh"), sent("guest", "passwordReset"));
    let verify = sent("guest", "emailVerify");
    let mut rows = vec![
        refresh.told(json!({}), [no_token("refreshToken")]),
        refresh.told(json!({ "refreshToken": "$used" }), [no_token("refreshToken")]),
        // Mailed for a password, it proves no address.
        verify.told(json!({ "token": "$mailed" }), [no_token("token")]),
    ];
    // One of no token's form, one that nobody was given.
    for token in ["", "short", &"a".repeat(43)] {
        let (one, other) = (json!({ "refreshToken": token }), json!({ "token": token }));
        rows.extend([
            refresh.told(one, [no_token("refreshToken")]),
            reset.told(
                but(other.clone(), json!({ "newPassword": PASSWORD })),
                [no_token("token")],
            ),
            verify.told(other, [no_token("token")]),
        ]);
    }
    rows
}

fn last_admin(sent: Sent, input: Value) -> Row {
    sent.told(input, [told("ConflictError", "LAST_ADMIN", "")])
}

fn deleting() -> Vec<Row> {
    let wrong = json!({ "password": "not the password" });
    vec![
        sent("customer", "accountDelete").told(wrong, [wrong_password("password")]),
        sent("customer", "accountDelete").told(json!({ "password": "" }), [wrong_password("password")]),
        last_admin(sent("admin", "accountDelete"), json!({ "password": PASSWORD })),
    ]
}

fn users() -> Vec<Row> {
    let role = sent("admin", "userRoleSet");
    let be = |id: &str| json!({ "id": id, "role": "CUSTOMER" });
    let (gone, admin) = (json!({ "id": "$gone" }), json!({ "id": "$admin" }));
    let mut rows: Vec<Row> = ["userDisable", "userEnable", "userDelete"]
        .map(|mutation| sent("admin", mutation).unknown("user"))
        .into();
    rows.extend([
        role.told(be(&super::row::no("user")), [missing("id")]),
        role.told(be("$gone"), [missing("id")]),
        role.refused(json!({ "id": "$gone", "role": "OWNER" })),
        sent("admin", "userEnable").told(gone.clone(), [missing("id")]),
        sent("admin", "userDisable").told(gone, [missing("id")]),
        last_admin(role, be("$admin")),
        last_admin(sent("admin", "userDisable"), admin.clone()),
        last_admin(sent("admin", "userDelete"), admin),
    ]);
    rows
}

fn id_of(viewer: Viewer) -> String {
    viewer.user().unwrap().id.to_string()
}

/// The token of the letter that the customer is sent.
async fn mailed_token(stage: &Stage) -> String {
    let input = json!({ "email": "customer@example.com" });
    stage.make("guest", "passwordResetRequest", "isAccepted", input).await;
    // It is written behind the answer, which tells nobody whether it is.
    let mail = stage.shop.shop.mail();
    let letter = async {
        loop {
            mail.woken().await;
            if let Some(letter) = mail.claim(stage.shop.shop.now(), 1).await.unwrap().pop() {
                return letter;
            }
        }
    };
    let letter = tokio::time::timeout(std::time::Duration::from_secs(30), letter)
        .await
        .unwrap();
    let mut words = letter.text.split_whitespace();
    words.find(|word| word.len() == 43).unwrap().to_owned()
}

async fn stage() -> Stage {
    let mut stage = Stage::open().await;
    for name in ["other", "disabled", "gone"] {
        let viewer = stage.shop.viewer_called(name, Role::Customer).await;
        stage.enter(name, viewer);
    }
    for (name, mutation) in [("disabled", "userDisable"), ("gone", "userDelete")] {
        let id = id_of(stage.viewer(name));
        stage.make("admin", mutation, "user { id }", json!({ "id": id })).await;
        stage.call(name, id);
    }
    stage.call("admin", id_of(stage.viewer("admin")));
    let session = stage.viewer("customer").user().unwrap().session.to_string();
    stage.call("session", session);
    let token = mailed_token(&stage).await;
    stage.call("mailed", token);
    let log_in = LogIn {
        email: "other@example.com".into(),
        password: PASSWORD.into(),
        address: None,
        user_agent: None,
    };
    let used = stage.shop.shop.accounts().log_in(log_in).await.unwrap().refresh.token;
    stage.shop.shop.accounts().refresh(&used, None).await.unwrap();
    stage.call("used", used);
    stage
}

#[tokio::test]
async fn a_bad_account_is_told_what_is_wrong_with_it() {
    stage().await.play(rows()).await;
}
