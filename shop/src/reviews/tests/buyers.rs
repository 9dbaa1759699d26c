//! Who reviews as a buyer.

use super::*;
use chrono::Utc;
use entities::{
    address::Address,
    id::{OrderId, OrderLineId, UserId},
    order::{self, OrderStatus},
    order_line,
};
use sea_orm::{ActiveModelTrait, IntoActiveModel};

fn somewhere() -> Address {
    Address {
        name: "Somebody".into(),
        company: String::new(),
        line1: "1 Road".into(),
        line2: String::new(),
        city: "Town".into(),
        region: String::new(),
        postal_code: "1".into(),
        country: "US".into(),
        phone: String::new(),
    }
}

/// An order of one product, paid or not.
async fn order(shop: &Shop, user: Option<UserId>, product: &ProductView, is_paid: bool) {
    let now = Utc::now();
    let id = OrderId::generate();
    let row = order::Model {
        id,
        number: id.to_string()[24..].to_owned(),
        user_id: user,
        visitor_id: None,
        email: "somebody@example.com".into(),
        status: OrderStatus::PendingPayment,
        currency: "USD".into(),
        subtotal_amount: 1_250,
        discount_amount: 0,
        shipping_amount: 0,
        tax_amount: 0,
        total_amount: 1_250,
        refunded_amount: 0,
        is_shipping_refunded: false,
        has_tax_included: false,
        shipping_tax_bp: 0,
        coupon_id: None,
        coupon_code: None,
        shipping_address: somewhere(),
        billing_address: somewhere(),
        shipping_name: String::new(),
        tracking: String::new(),
        reserved_until: None,
        placed_at: now,
        paid_at: is_paid.then_some(now),
        fulfilled_at: None,
        delivered_at: None,
        cancelled_at: None,
        version: 1,
        updated_at: now,
    };
    row.into_active_model().reset_all().insert(shop.db()).await.unwrap();
    let line = order_line::Model {
        id: OrderLineId::generate(),
        order_id: id,
        position: 0,
        variant_id: product.variants[0].id,
        product_id: product.id(),
        product_name: "Mug".into(),
        variant_title: String::new(),
        sku: "MUG".into(),
        quantity: 1,
        unit_amount: 1_250,
        subtotal_amount: 1_250,
        discount_amount: 0,
        tax_bp: 0,
        tax_amount: 0,
        total_amount: 1_250,
        refunded_quantity: 0,
        restocked_quantity: 0,
        found_by: None,
    };
    line.into_active_model().reset_all().insert(shop.db()).await.unwrap();
}

#[tokio::test]
async fn only_who_paid_for_a_product_reviews_it_as_its_buyer() {
    for TestShop { shop, .. } in &TestShop::each().await {
        let [ada, ben, eve] = customers(shop, ["Ada", "Ben", "Eve"]).await;
        let (product, other) = (mug(shop, "MUG").await, mug(shop, "OTHER").await);
        let id = product.id();
        order(shop, Some(ada.user().id), &product, true).await;
        order(shop, Some(ben.user().id), &product, false).await;
        order(shop, Some(ben.user().id), &other, true).await;
        order(shop, None, &product, true).await;
        let mut verified = Vec::new();
        for who in [&ada, &ben, &eve] {
            verified.push(shop.reviews().write(who, stars(id, 4)).await.unwrap().is_verified);
        }
        assert_eq!(verified, [true, false, false]);
        // Who buys later says so with the next edit, even of the same words.
        order(shop, Some(eve.user().id), &product, true).await;
        assert!(shop.reviews().write(&eve, stars(id, 4)).await.unwrap().is_verified);
        assert_eq!(rating(shop, id).await, (12, 3));
    }
}
