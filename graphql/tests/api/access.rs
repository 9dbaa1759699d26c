//! Who may resolve which field: every root field is listed here, and the list is held
//! against the schema, so that a new field fails until it is classified.

use crate::support::TestShop;
use serde_json::Value;
use shop::{Role, Viewer};
use std::collections::BTreeSet;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Access {
    Public,
    Customer,
    Staff,
    Admin,
}
use Access::{Admin, Customer, Public, Staff};

const PROD: &str = "prod_00000000000000000000000000000001";

/// Root, field, who may, and a selection that passes validation.
const FIELDS: &[(&str, &str, Access, &str)] = &[
    ("Query", "viewer", Public, "viewer { id }"),
    ("Query", "sessions", Customer, "sessions { id }"),
    ("Query", "users", Admin, "users { totalCount }"),
    ("Query", "user", Admin, "user(id: \"user_ID\") { id }"),
    ("Query", "product", Public, "product(by: {slug: \"x\"}) { id }"),
    ("Query", "products", Public, "products { totalCount }"),
    ("Query", "categories", Public, "categories { id }"),
    ("Query", "category", Public, "category(by: {slug: \"x\"}) { id }"),
    ("Query", "brands", Public, "brands { id }"),
    ("Query", "brand", Public, "brand(by: {slug: \"x\"}) { id }"),
    ("Query", "node", Public, "node(id: \"ID\") { id }"),
    ("Query", "nodes", Public, "nodes(ids: [\"ID\"]) { id }"),
    ("Query", "recommender", Staff, "recommender { isReady }"),
    ("Query", "adminProducts", Staff, "adminProducts { totalCount }"),
    ("Query", "adminProduct", Staff, "adminProduct(id: \"ID\") { id }"),
    (
        "Query",
        "stockMovements",
        Staff,
        "stockMovements(by: {productId: \"ID\"}) { totalCount }",
    ),
    (
        "Mutation",
        "stockAdjust",
        Staff,
        "stockAdjust(input: {variantId: \"var_ID\", delta: 1, kind: RECEIVED}, idempotencyKey: \"k\") { variant { id } }",
    ),
    ("Query", "adminReviews", Staff, "adminReviews { totalCount }"),
    (
        "Mutation",
        "reviewWrite",
        Customer,
        "reviewWrite(input: {productId: \"ID\", rating: 5, body: \"x\"}) { review { id } }",
    ),
    (
        "Mutation",
        "reviewDelete",
        Customer,
        "reviewDelete(input: {id: \"rev_ID\"}) { deletedId }",
    ),
    (
        "Mutation",
        "reviewVote",
        Customer,
        "reviewVote(input: {id: \"rev_ID\", isHelpful: true}) { review { id } }",
    ),
    (
        "Mutation",
        "reviewPublish",
        Staff,
        "reviewPublish(input: {id: \"rev_ID\"}) { review { id } }",
    ),
    (
        "Mutation",
        "reviewReject",
        Staff,
        "reviewReject(input: {id: \"rev_ID\", note: \"x\"}) { review { id } }",
    ),
    (
        "Mutation",
        "register",
        Public,
        "register(input: {email: \"\", password: \"\", name: \"\"}) { accessToken }",
    ),
    (
        "Mutation",
        "logIn",
        Public,
        "logIn(input: {email: \"\", password: \"\"}) { accessToken }",
    ),
    ("Mutation", "logOut", Customer, "logOut { isLoggedOut }"),
    ("Mutation", "tokenRefresh", Public, "tokenRefresh { accessToken }"),
    (
        "Mutation",
        "logOutEverywhere",
        Customer,
        "logOutEverywhere { endedCount }",
    ),
    (
        "Mutation",
        "sessionRevoke",
        Customer,
        "sessionRevoke(input: {id: \"sess_ID\"}) { revokedId }",
    ),
    (
        "Mutation",
        "profileUpdate",
        Customer,
        "profileUpdate(input: {name: \"\"}) { viewer { id } }",
    ),
    (
        "Mutation",
        "passwordChange",
        Customer,
        "passwordChange(input: {currentPassword: \"\", newPassword: \"\"}) { viewer { id } }",
    ),
    (
        "Mutation",
        "passwordResetRequest",
        Public,
        "passwordResetRequest(input: {email: \"\"}) { isAccepted }",
    ),
    (
        "Mutation",
        "passwordReset",
        Public,
        "passwordReset(input: {token: \"\", newPassword: \"\"}) { isReset }",
    ),
    (
        "Mutation",
        "emailVerificationRequest",
        Customer,
        "emailVerificationRequest { isAccepted }",
    ),
    (
        "Mutation",
        "emailVerify",
        Public,
        "emailVerify(input: {token: \"\"}) { isVerified }",
    ),
    (
        "Mutation",
        "accountDelete",
        Customer,
        "accountDelete(input: {password: \"\"}) { isDeleted }",
    ),
    (
        "Mutation",
        "userRoleSet",
        Admin,
        "userRoleSet(input: {id: \"user_ID\", role: STAFF}) { user { id } }",
    ),
    (
        "Mutation",
        "userDisable",
        Admin,
        "userDisable(input: {id: \"user_ID\"}) { user { id } }",
    ),
    (
        "Mutation",
        "userEnable",
        Admin,
        "userEnable(input: {id: \"user_ID\"}) { user { id } }",
    ),
    (
        "Mutation",
        "userDelete",
        Admin,
        "userDelete(input: {id: \"user_ID\"}) { user { id } }",
    ),
    (
        "Mutation",
        "productCreate",
        Staff,
        "productCreate(input: {name: \"\", variants: []}) { product { id } }",
    ),
    (
        "Mutation",
        "productUpdate",
        Staff,
        "productUpdate(input: {id: \"ID\"}) { product { id } }",
    ),
    (
        "Mutation",
        "productDelete",
        Staff,
        "productDelete(input: {id: \"ID\"}) { deletedId }",
    ),
    (
        "Mutation",
        "productPublish",
        Staff,
        "productPublish(input: {id: \"ID\"}) { product { id } }",
    ),
    (
        "Mutation",
        "productUnpublish",
        Staff,
        "productUnpublish(input: {id: \"ID\"}) { product { id } }",
    ),
    (
        "Mutation",
        "productReindex",
        Staff,
        "productReindex(input: {ids: [\"ID\"]}) { count }",
    ),
    (
        "Mutation",
        "variantCreate",
        Staff,
        "variantCreate(input: {productId: \"ID\", sku: \"\"}) { variant { id } }",
    ),
    (
        "Mutation",
        "variantUpdate",
        Staff,
        "variantUpdate(input: {id: \"var_ID\"}) { variant { id } }",
    ),
    (
        "Mutation",
        "variantDelete",
        Staff,
        "variantDelete(input: {id: \"var_ID\"}) { deletedId }",
    ),
    (
        "Mutation",
        "variantStockSet",
        Staff,
        "variantStockSet(input: {id: \"var_ID\", stock: 1}) { variant { id } }",
    ),
    (
        "Mutation",
        "mediaUpload",
        Staff,
        "mediaUpload(input: {productId: \"ID\", file: \"#__graphql_file__:0\"}) { media { id } }",
    ),
    (
        "Mutation",
        "mediaDelete",
        Staff,
        "mediaDelete(input: {id: \"media_ID\"}) { deletedId }",
    ),
    (
        "Mutation",
        "mediaReorder",
        Staff,
        "mediaReorder(input: {productId: \"ID\", mediaIds: []}) { product { id } }",
    ),
    (
        "Mutation",
        "categoryCreate",
        Staff,
        "categoryCreate(input: {name: \"\"}) { category { id } }",
    ),
    (
        "Mutation",
        "categoryUpdate",
        Staff,
        "categoryUpdate(input: {id: \"cat_ID\"}) { category { id } }",
    ),
    (
        "Mutation",
        "categoryDelete",
        Staff,
        "categoryDelete(input: {id: \"cat_ID\"}) { deletedId }",
    ),
    (
        "Mutation",
        "brandCreate",
        Staff,
        "brandCreate(input: {name: \"\"}) { brand { id } }",
    ),
    (
        "Mutation",
        "brandUpdate",
        Staff,
        "brandUpdate(input: {id: \"brand_ID\"}) { brand { id } }",
    ),
    (
        "Mutation",
        "brandDelete",
        Staff,
        "brandDelete(input: {id: \"brand_ID\"}) { deletedId }",
    ),
    ("Query", "cart", Public, "cart { id }"),
    ("Query", "addresses", Customer, "addresses { id }"),
    ("Query", "order", Public, "order(by: {id: \"ord_ID\"}) { id }"),
    ("Query", "orders", Customer, "orders { totalCount }"),
    ("Query", "paymentMethods", Public, "paymentMethods { provider }"),
    ("Query", "adminOrders", Admin, "adminOrders { totalCount }"),
    (
        "Mutation",
        "addressCreate",
        Customer,
        "addressCreate(input: {address: {name: \"\", line1: \"\", city: \"\", country: \"\"}}) { deletedId: __typename }",
    ),
    (
        "Mutation",
        "addressUpdate",
        Customer,
        "addressUpdate(input: {id: \"addr_ID\"}) { address { id } }",
    ),
    (
        "Mutation",
        "addressDelete",
        Customer,
        "addressDelete(input: {id: \"addr_ID\"}) { deletedId }",
    ),
    (
        "Mutation",
        "cartLinesAdd",
        Public,
        "cartLinesAdd(input: {lines: []}) { cart { id } }",
    ),
    (
        "Mutation",
        "cartLinesSet",
        Public,
        "cartLinesSet(input: {lines: []}) { cart { id } }",
    ),
    (
        "Mutation",
        "cartLinesRemove",
        Public,
        "cartLinesRemove(input: {variantIds: []}) { cart { id } }",
    ),
    (
        "Mutation",
        "cartCouponApply",
        Public,
        "cartCouponApply(input: {code: \"\"}) { cart { id } }",
    ),
    (
        "Mutation",
        "cartCouponRemove",
        Public,
        "cartCouponRemove { cart { id } }",
    ),
    (
        "Mutation",
        "cartDetailsSet",
        Public,
        "cartDetailsSet(input: {}) { cart { id } }",
    ),
    (
        "Mutation",
        "orderPlace",
        Public,
        "orderPlace(input: {quote: \"\"}, idempotencyKey: \"k\") { order { id } }",
    ),
    (
        "Mutation",
        "orderCancel",
        Public,
        "orderCancel(input: {id: \"ord_ID\"}) { order { id } }",
    ),
    (
        "Mutation",
        "paymentCreate",
        Public,
        "paymentCreate(input: {orderId: \"ord_ID\", provider: \"test\"}, idempotencyKey: \"k\") { order { id } }",
    ),
    (
        "Mutation",
        "paymentComplete",
        Public,
        "paymentComplete(input: {id: \"pay_ID\"}) { order { id } }",
    ),
    (
        "Mutation",
        "orderMarkPaid",
        Admin,
        "orderMarkPaid(input: {id: \"ord_ID\"}) { order { id } }",
    ),
    (
        "Mutation",
        "orderFulfil",
        Admin,
        "orderFulfil(input: {id: \"ord_ID\"}) { order { id } }",
    ),
    (
        "Mutation",
        "orderDeliver",
        Admin,
        "orderDeliver(input: {id: \"ord_ID\"}) { order { id } }",
    ),
    (
        "Mutation",
        "paymentRefund",
        Admin,
        "paymentRefund(input: {id: \"pay_ID\"}, idempotencyKey: \"k\") { order { id } }",
    ),
    (
        "Mutation",
        "refundMarkDone",
        Admin,
        "refundMarkDone(input: {id: \"refund_ID\"}) { order { id } }",
    ),
    (
        "Mutation",
        "orderRefund",
        Admin,
        "orderRefund(input: {id: \"ord_ID\"}, idempotencyKey: \"k\") { order { id } }",
    ),
    (
        "Mutation",
        "orderNoteAdd",
        Admin,
        "orderNoteAdd(input: {id: \"ord_ID\", note: \"x\"}) { order { id } }",
    ),
    (
        "Mutation",
        "productArchive",
        Staff,
        "productArchive(input: {id: \"ID\"}) { product { id } }",
    ),
    ("Query", "coupons", Admin, "coupons { totalCount }"),
    ("Query", "coupon", Admin, "coupon(id: \"coup_ID\") { id }"),
    ("Query", "shippingZones", Admin, "shippingZones { id }"),
    ("Query", "taxRates", Admin, "taxRates { id }"),
    (
        "Query",
        "dashboard",
        Admin,
        "dashboard(from: \"2026-01-01T00:00:00Z\", before: \"2026-01-02T00:00:00Z\") { orders }",
    ),
    (
        "Mutation",
        "couponCreate",
        Admin,
        "couponCreate(input: {code: \"\", kind: FREE_SHIPPING}) { coupon { id } }",
    ),
    (
        "Mutation",
        "couponUpdate",
        Admin,
        "couponUpdate(input: {id: \"coup_ID\"}) { coupon { id } }",
    ),
    (
        "Mutation",
        "couponDelete",
        Admin,
        "couponDelete(input: {id: \"coup_ID\"}) { deletedId }",
    ),
    (
        "Mutation",
        "shippingZoneCreate",
        Admin,
        "shippingZoneCreate(input: {name: \"\"}) { zone { id } }",
    ),
    (
        "Mutation",
        "shippingZoneUpdate",
        Admin,
        "shippingZoneUpdate(input: {id: \"zone_ID\"}) { zone { id } }",
    ),
    (
        "Mutation",
        "shippingZoneDelete",
        Admin,
        "shippingZoneDelete(input: {id: \"zone_ID\"}) { deletedId }",
    ),
    (
        "Mutation",
        "shippingRateCreate",
        Admin,
        "shippingRateCreate(input: {zoneId: \"zone_ID\", name: \"\", price: \"1\"}) { rate { id } }",
    ),
    (
        "Mutation",
        "shippingRateUpdate",
        Admin,
        "shippingRateUpdate(input: {id: \"rate_ID\"}) { rate { id } }",
    ),
    (
        "Mutation",
        "shippingRateDelete",
        Admin,
        "shippingRateDelete(input: {id: \"rate_ID\"}) { deletedId }",
    ),
    (
        "Mutation",
        "taxRateSet",
        Admin,
        "taxRateSet(input: {country: \"\", percent: \"1\"}) { taxRate { id } }",
    ),
    (
        "Mutation",
        "taxRateDelete",
        Admin,
        "taxRateDelete(input: {id: \"tax_ID\"}) { deletedId }",
    ),
    (
        "Subscription",
        "orderUpdated",
        Public,
        "orderUpdated(id: \"ord_ID\") { id }",
    ),
    (
        "Subscription",
        "productStockChanged",
        Public,
        "productStockChanged(productId: \"ID\") { product { id } }",
    ),
    ("Subscription", "adminOrderUpdated", Admin, "adminOrderUpdated { id }"),
];

fn operation(root: &str, selection: &str) -> String {
    let selection = selection
        .replace("\"ID\"", &format!("\"{PROD}\""))
        .replace("_ID\"", &format!("{}\"", &PROD[4..]));
    format!("{} {{ {selection} }}", root.to_lowercase())
}

/// The codes of a response's errors.
fn codes(answer: &Value) -> Vec<&str> {
    let errors = answer["errors"].as_array().map_or(&[][..], Vec::as_slice);
    errors
        .iter()
        .filter_map(|error| error["extensions"]["code"].as_str())
        .collect()
}

#[tokio::test]
async fn every_root_field_is_classified_and_says_what_it_requires() {
    let shop = TestShop::open().await;
    let introspection = "{ __schema { queryType { fields { name description } } mutationType { fields { name description } } \
         subscriptionType { fields { name description } } } }";
    let answer = shop.ask(Viewer::Guest, introspection).await;
    let mut seen = BTreeSet::new();
    let roots = [
        ("Query", "queryType"),
        ("Mutation", "mutationType"),
        ("Subscription", "subscriptionType"),
    ];
    for (root, key) in roots {
        for field in answer["data"]["__schema"][key]["fields"].as_array().unwrap() {
            let name = field["name"].as_str().unwrap();
            let listed = FIELDS.iter().find(|(of, listed, ..)| *of == root && *listed == name);
            let (.., access, _) = listed.unwrap_or_else(|| panic!("{root}.{name} is not classified"));
            let said = field["description"]
                .as_str()
                .unwrap_or_else(|| panic!("{root}.{name} has no description"));
            let tag = match access {
                Public => None,
                Customer => Some("@requires(CUSTOMER)"),
                Staff => Some("@requires(STAFF)"),
                Admin => Some("@requires(ADMIN)"),
            };
            assert_eq!(said.contains("@requires"), tag.is_some(), "{root}.{name}");
            assert!(
                tag.is_none_or(|tag| said.contains(tag)),
                "{root}.{name} must say {tag:?}"
            );
            seen.insert((root.to_owned(), name.to_owned()));
        }
    }
    assert_eq!(seen.len(), FIELDS.len(), "a listed field is not in the schema");
}

#[tokio::test]
async fn a_field_opens_for_its_role_and_above_and_for_nobody_else() {
    let shop = TestShop::open().await;
    let viewers = [
        (0, Viewer::Guest),
        (1, shop.viewer(Role::Customer).await),
        (2, shop.viewer(Role::Staff).await),
        (3, shop.viewer(Role::Admin).await),
    ];
    for (root, name, access, selection) in FIELDS {
        // Logging out would end the session that the next field needs; it has its own test.
        let needed = match access {
            Public => 0,
            Customer => 1,
            Staff => 2,
            Admin => 3,
        };
        for (rank, viewer) in viewers {
            if name.starts_with("logOut") && rank > 0 {
                continue;
            }
            let operation = operation(root, selection);
            let answer = match *root {
                "Subscription" => shop.first(viewer, &operation).await,
                _ => shop.ask(viewer, &operation).await,
            };
            let refused = codes(&answer)
                .into_iter()
                .find(|code| matches!(*code, "UNAUTHENTICATED" | "FORBIDDEN"));
            let expected = match (rank >= needed, rank) {
                (true, _) => None,
                (false, 0) => Some("UNAUTHENTICATED"),
                (false, _) => Some("FORBIDDEN"),
            };
            assert_eq!(refused, expected, "{root}.{name} for {viewer:?}: {answer}");
        }
    }
}

#[tokio::test]
async fn a_demoted_session_is_refused_by_the_capability_although_the_guard_lets_it_pass() {
    let shop = TestShop::open().await;
    let staff = shop.viewer(Role::Staff).await;
    assert!(codes(&shop.ask(staff, "{ recommender { isReady } }").await).is_empty());
    shop.ask(staff, "mutation { logOut { isLoggedOut } }").await;
    assert_eq!(
        codes(&shop.ask(staff, "{ recommender { isReady } }").await),
        ["UNAUTHENTICATED"]
    );
}

#[tokio::test]
async fn a_forged_upload_is_refused_without_a_panic() {
    let shop = TestShop::open().await;
    let staff = shop.viewer(Role::Staff).await;
    for mark in ["#__graphql_file__:7", "#__graphql_file__:x", "photo.jpg"] {
        let upload = operation(
            "Mutation",
            "mediaUpload(input: {productId: \"ID\", file: \"MARK\"}) { media { id } }",
        );
        assert_eq!(
            codes(&shop.ask(staff, &upload.replace("MARK", mark)).await),
            ["BAD_USER_INPUT"],
            "{mark}"
        );
    }
}
