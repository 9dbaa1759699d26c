//! What belongs to somebody, tried by everybody: guest, other customer, owner, staff, admin.
//! The table of `graphql/tests/api/access/` says which role opens which field; this one says
//! whose things each operation may touch. Whatever is not one's own does not exist.

use serde_json::{Value, json};
use support::{Client, NewProduct, Options, Product, Shopper, TestShop, address, each_database};

/// Who tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    Guest,
    Other,
    Owner,
    Staff,
    Admin,
}
use Who::{Admin, Guest, Other, Owner, Staff};

const EVERYBODY: [Who; 5] = [Guest, Other, Owner, Staff, Admin];

/// A fresh thing of the owner's, as an operation on it.
#[derive(Clone, Copy, Debug)]
enum Thing {
    Order,
    OrderByNumber,
    Cancel,
    Pay,
    Complete,
    ChangeAddress,
    DeleteAddress,
    EndSession,
    DeleteReview,
}

/// The operations, and who besides the owner may.
const TABLE: [(Thing, &[Who]); 9] = [
    (Thing::Order, &[Admin]),
    (Thing::OrderByNumber, &[Admin]),
    (Thing::Cancel, &[Admin]),
    (Thing::Pay, &[Admin]),
    (Thing::Complete, &[Admin]),
    (Thing::ChangeAddress, &[]),
    (Thing::DeleteAddress, &[]),
    (Thing::EndSession, &[]),
    (Thing::DeleteReview, &[]),
];

struct Stage<'a> {
    shop: &'a TestShop,
    owner: Shopper,
    kettle: Product,
}

impl Stage<'_> {
    /// Makes the thing and gives the operation that touches it.
    async fn operation(&self, thing: Thing) -> String {
        match thing {
            Thing::Order | Thing::OrderByNumber | Thing::Cancel | Thing::Pay | Thing::Complete => {
                let order = self.owner.order(&self.kettle.variant, 1).await;
                self.on_order(thing, &order).await
            }
            Thing::ChangeAddress | Thing::DeleteAddress => {
                let create = "mutation($address: AddressInput!) { addressCreate(input: {address: $address}) { address { id } userErrors { code } } }";
                let made = self.owner.client.change(create, json!({ "address": address() })).await;
                let id = made["address"]["id"].as_str().unwrap();
                match thing {
                    Thing::ChangeAddress => format!(
                        "mutation {{ it: addressUpdate(input: {{id: \"{id}\", isDefault: true}}) {{ userErrors {{ code }} }} }}"
                    ),
                    _ => {
                        format!("mutation {{ it: addressDelete(input: {{id: \"{id}\"}}) {{ userErrors {{ code }} }} }}")
                    }
                }
            }
            Thing::EndSession => {
                let other = self.shop.customer().await;
                let sessions = other.data("{ sessions { id isCurrent } }", Value::Null).await;
                let current = sessions["sessions"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .find(|session| session["isCurrent"] == true);
                let id = current.unwrap()["id"].as_str().unwrap().to_owned();
                format!("mutation {{ it: sessionRevoke(input: {{id: \"{id}\"}}) {{ userErrors {{ code }} }} }}")
            }
            Thing::DeleteReview => {
                let write = format!(
                    "mutation {{ reviewWrite(input: {{productId: \"{}\", rating: 4, title: \"Good\", body: \"It boils.\"}}) {{ review {{ id }} userErrors {{ code }} }} }}",
                    self.kettle.id
                );
                let written = self.owner.client.change(&write, Value::Null).await;
                let id = written["review"]["id"].as_str().unwrap();
                format!("mutation {{ it: reviewDelete(input: {{id: \"{id}\"}}) {{ userErrors {{ code }} }} }}")
            }
        }
    }

    async fn on_order(&self, thing: Thing, order: &Value) -> String {
        let id = order["id"].as_str().unwrap();
        match thing {
            Thing::Order => format!("{{ it: order(by: {{id: \"{id}\"}}) {{ id }} }}"),
            Thing::OrderByNumber => format!("{{ it: order(by: {{number: {}}}) {{ id }} }}", order["number"]),
            Thing::Cancel => {
                format!("mutation {{ it: orderCancel(input: {{id: \"{id}\"}}) {{ userErrors {{ code }} }} }}")
            }
            Thing::Pay => format!(
                "mutation {{ it: paymentCreate(input: {{orderId: \"{id}\", provider: \"test\"}}, idempotencyKey: \"k\") {{ userErrors {{ code }} }} }}"
            ),
            _ => {
                let begun = self.owner.begin_payment(order, "test", "k").await;
                format!(
                    "mutation {{ it: paymentComplete(input: {{id: {}}}) {{ userErrors {{ code }} }} }}",
                    begun["payment"]["id"]
                )
            }
        }
    }

    async fn client(&self, who: Who) -> Client {
        match who {
            Guest => self.shop.guest(),
            Other => self.shop.another_customer("eve@example.com").await,
            Owner => self.shop.customer().await,
            Staff => self.shop.staff().await,
            Admin => self.shop.admin().await,
        }
    }
}

/// Whether an answer lets the operation through; a refusal says that there is no such thing, or
/// that somebody has to log in first.
fn is_let(answer: &Value) -> bool {
    if let Some(code) = answer["errors"][0]["extensions"]["code"].as_str() {
        assert_eq!(code, "UNAUTHENTICATED", "{answer}");
        return false;
    }
    let it = &answer["data"]["it"];
    match it["userErrors"].as_array().map(Vec::as_slice) {
        None => !it.is_null(),
        Some([]) => true,
        Some(errors) => {
            assert!(errors.iter().all(|error| error["code"] == "NOT_FOUND"), "{answer}");
            false
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_not_ones_own_does_not_exist() {
    each_database(async |database| {
        let shop = TestShop::start(Options::on(database).models(None)).await;
        let new = NewProduct {
            stock: 500,
            ..NewProduct::named("Steel kettle")
        };
        let kettle = shop.staff().await.create(new).await;
        let stage = Stage {
            shop: &shop,
            owner: Shopper::enter(shop.customer().await).await,
            kettle,
        };
        for (thing, others) in TABLE {
            for who in EVERYBODY {
                let operation = stage.operation(thing).await;
                let answer = stage.client(who).await.run(&operation, Value::Null).await;
                let may = who == Owner || others.contains(&who);
                assert_eq!(is_let(&answer), may, "{thing:?} by {who:?}: {answer}");
            }
        }
        shop.stop().await;
    })
    .await;
}
