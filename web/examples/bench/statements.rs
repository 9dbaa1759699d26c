//! SQL statements of the hot operations, cold and warm.

use crate::{Arguments, inside};
use async_graphql::Request;
use graphql::RequestContext;
use shop::Viewer;
use web::{app::App, database};

const LIST: &str = "{ products(first: 20) { nodes { name slug price { min { amount } } image { url } brand { name }
    rating } } }";
const DETAIL: &str = "{ product(by: { slug: \"SLUG\" }) { name description attributes { label }
    variants { sku price { amount } } media { url } brand { name } category { name }
    recommendations(first: 10) { items { product { name } } } } }";

pub(crate) async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let config = inside::config(arguments);
    let shop = database::open_shop(&config).await?;
    let slug = shop.catalog().load_after(None, 1).await?[0].product.slug.clone();
    for (name, operation) in [
        ("products(first: 20)", LIST.to_owned()),
        ("product detail", DETAIL.replace("SLUG", &slug)),
    ] {
        // Loaded, but following nothing: every statement counted is the operation's own. A shop
        // of its own for each, so that what one caches does not warm the next.
        let mut app = App::start(&config, database::open_shop(&config).await?, None)?;
        app.load().await?;
        let cold = count(&app, &operation).await?;
        let warm = count(&app, &operation).await?;
        println!("{name}: {cold} SQL statements cold, {warm} warm");
        app.shut_down(std::time::Duration::from_secs(5)).await;
    }
    Ok(())
}

async fn count(app: &App, operation: &str) -> anyhow::Result<u64> {
    let before = app.shop.statements().count();
    let context = RequestContext::new(&app.services, Viewer::Guest, "bench");
    let response = app.schema.execute(Request::new(operation).data(context)).await;
    anyhow::ensure!(response.errors.is_empty(), "{:?}", response.errors);
    Ok(app.shop.statements().count() - before)
}
