//! Stories of reviews as their users live them, on SQLite and PostgreSQL.

#![expect(clippy::unwrap_used, reason = "tests")]

mod buyers;
mod moderation;
mod pages;
mod votes;
mod writing;

use super::*;
use crate::{
    Shop, ShopError, Viewer,
    accounts::{LogIn, NewAccount, Role},
    catalog::{NewProduct, NewVariant, ProductView},
    error::ProblemCode,
    testing::TestShop,
    viewer::{CustomerCap, Staff},
};
use entities::{id::ProductId, review};
use sea_orm::EntityTrait;

async fn viewer(shop: &Shop, name: &str, role: Role) -> Viewer {
    let email = format!("{}@example.com", name.to_lowercase().replace(' ', "."));
    let account = NewAccount {
        email: email.clone(),
        password: "correct horse battery".into(),
        name: name.into(),
    };
    shop.accounts().create_user_with_role(account, role).await.unwrap();
    let log_in = LogIn {
        email,
        password: "correct horse battery".into(),
        address: None,
        user_agent: None,
    };
    let token = shop.accounts().log_in(log_in).await.unwrap().access.token;
    shop.accounts().authenticate(Some(&token)).await.unwrap()
}

async fn customer(shop: &Shop, name: &str) -> CustomerCap {
    viewer(shop, name, Role::Customer).await.customer().unwrap()
}

async fn customers<const N: usize>(shop: &Shop, names: [&str; N]) -> [CustomerCap; N] {
    let made = futures::future::join_all(names.map(|name| customer(shop, name))).await;
    made.try_into().unwrap()
}

/// A public product.
async fn mug(shop: &Shop, sku: &str) -> ProductView {
    let new = NewProduct {
        name: format!("Mug {sku}"),
        variants: vec![NewVariant {
            sku: sku.into(),
            price: Some(1_250),
            stock: 5,
            ..NewVariant::default()
        }],
        publish: true,
        ..NewProduct::default()
    };
    Staff::operator(shop).catalog().product_create(new).await.unwrap()
}

fn stars(product: ProductId, rating: i32) -> NewReview {
    NewReview {
        product,
        rating,
        title: "A mug".into(),
        body: "It holds tea.".into(),
    }
}

/// Sum and number of a product's ratings as its row says, after both were held against the
/// published reviews.
async fn rating(shop: &Shop, product: ProductId) -> (i64, i32) {
    let view = Staff::operator(shop).catalog().product(product).await.unwrap();
    let reviews = review::Entity::find().all(shop.db()).await.unwrap();
    let published = reviews
        .iter()
        .filter(|review| review.product_id == product && review.status == ReviewStatus::Published);
    let true_rating = published.fold((0, 0), |(sum, count), review| {
        (sum + i64::from(review.rating), count + 1)
    });
    let said = (view.product.rating_sum, view.product.rating_count);
    assert_eq!(
        said, true_rating,
        "the product's rating is that of its published reviews"
    );
    said
}

/// The problems of an input, as places and kinds.
fn problems<T: std::fmt::Debug>(outcome: Result<T, ShopError>) -> Vec<(String, ProblemCode)> {
    match outcome {
        Err(ShopError::Invalid(problems)) => problems.iter().map(|p| (p.path.join("."), p.code)).collect(),
        other => panic!("expected a refusal, got {other:?}"),
    }
}
