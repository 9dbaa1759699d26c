//! `GET /orders/{token}/receipt`: an order as a page to print. The token in the address is
//! the permission, so the page is kept by nobody on the way and names no other.

use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use maud::{DOCTYPE, Markup, html};
use shop::{
    Shop, ShopError,
    checkout::Address,
    orders::{OrderView, PaymentState},
};

/// No script, nothing from elsewhere; the page styles itself.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'";

const STYLE: &str = "
:root { font: 15px/1.5 system-ui, sans-serif; color: #1c2024; }
body { max-width: 46rem; margin: 2.5rem auto; padding: 0 1.5rem; }
header, .parties { display: flex; justify-content: space-between; gap: 2rem; flex-wrap: wrap; }
h1 { font-size: 1.6rem; margin: 0; } h2 { font-size: .8rem; letter-spacing: .06em; text-transform: uppercase; color: #60646c; margin: 2rem 0 .3rem; }
.number { text-align: right; } .number strong { font-size: 1.2rem; letter-spacing: .04em; }
.state { display: inline-block; padding: .1rem .6rem; border: 1px solid currentColor; border-radius: 1rem; font-size: .85rem; }
address { font-style: normal; white-space: pre-line; }
table { width: 100%; border-collapse: collapse; margin-top: 2rem; font-variant-numeric: tabular-nums; }
th { text-align: left; font-size: .8rem; color: #60646c; border-bottom: 2px solid #1c2024; padding: .4rem .5rem; }
td { padding: .55rem .5rem; border-bottom: 1px solid #e0e1e6; vertical-align: top; }
th.amount, td.amount { text-align: right; white-space: nowrap; } td small { color: #60646c; display: block; }
tfoot td { border: 0; padding: .2rem .5rem; } tfoot tr:first-child td { padding-top: .8rem; }
tfoot .total td { font-weight: 700; font-size: 1.1rem; border-top: 2px solid #1c2024; padding-top: .5rem; }
footer { margin-top: 3rem; color: #60646c; font-size: .85rem; }
@media print { body { margin: 0; max-width: none; } }
";

/// The route, for a router of any state.
pub(super) fn router<S: Clone + Send + Sync + 'static>(shop: Shop) -> Router<S> {
    Router::new()
        .route("/orders/{token}/receipt", get(receipt))
        .with_state(shop)
}

async fn receipt(State(shop): State<Shop>, Path(token): Path<String>) -> Response {
    let headers = [
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (
            HeaderName::from_static("x-robots-tag"),
            HeaderValue::from_static("noindex"),
        ),
    ];
    match shop.orders().by_receipt(&token).await {
        Ok(order) => (headers, Html(page(&shop, &order).into_string())).into_response(),
        Err(ShopError::NotFound) => (StatusCode::NOT_FOUND, headers, "There is no such receipt.").into_response(),
        Err(error) => {
            tracing::error!(%error, "a receipt cannot be shown");
            (StatusCode::SERVICE_UNAVAILABLE, headers, "Try again shortly.").into_response()
        }
    }
}

fn page(shop: &Shop, view: &OrderView) -> Markup {
    let order = &view.order;
    let name = &shop.commerce().shop_name;
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "Receipt " (order.number) " · " (name) }
                style { (maud::PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { (name) }
                    div.number {
                        "Order " strong { (order.number) }
                        br;
                        (order.placed_at.format("%e %B %Y, %H:%M UTC"))
                        br;
                        span.state { (state(view)) }
                    }
                }
                div.parties {
                    div { h2 { "Ship to" } (address(&order.shipping_address)) }
                    div { h2 { "Bill to" } (address(&order.billing_address)) p { (order.email) } }
                }
                (lines(view))
                footer {
                    "Shipped by " (order.shipping_name) "."
                    @if !order.tracking.is_empty() { " Tracking: " (order.tracking) "." }
                    @if order.has_tax_included { " Prices include tax." }
                }
            }
        }
    }
}

fn state(view: &OrderView) -> &'static str {
    match view.payment_state() {
        PaymentState::Pending => "Not paid yet",
        PaymentState::Paid => "Paid",
        PaymentState::PartiallyRefunded => "Partly refunded",
        PaymentState::Refunded => "Refunded",
        PaymentState::Void => "Cancelled",
    }
}

fn address(address: &Address) -> Markup {
    let town = [&address.city, &address.region, &address.postal_code];
    let town: Vec<&str> = town
        .into_iter()
        .map(String::as_str)
        .filter(|part| !part.is_empty())
        .collect();
    let town = town.join(", ");
    let lines = [
        &address.name,
        &address.company,
        &address.line1,
        &address.line2,
        &town,
        &address.country,
    ];
    html! {
        address {
            @for line in lines.into_iter().filter(|line| !line.is_empty()) { (line) "\n" }
        }
    }
}

fn lines(view: &OrderView) -> Markup {
    let order = &view.order;
    let money = |amount: i64| format!("{} {}", order.currency, view.money(amount));
    let row = |label: &str, amount: i64| {
        html! { tr { td colspan="3" class="amount" { (label) } td.amount { (money(amount)) } } }
    };
    html! {
        table {
            thead {
                tr { th { "Item" } th.amount { "Price" } th.amount { "Quantity" } th.amount { "Amount" } }
            }
            tbody {
                @for line in &view.lines {
                    tr {
                        td {
                            (line.product_name)
                            @if !line.variant_title.is_empty() { " · " (line.variant_title) }
                            small { (line.sku) " · tax " (percent(line.tax_bp)) " %" }
                        }
                        td.amount { (money(line.unit_amount)) }
                        td.amount { (line.quantity) }
                        td.amount { (money(line.subtotal_amount)) }
                    }
                }
            }
            tfoot {
                (row("Subtotal", order.subtotal_amount))
                @if order.discount_amount > 0 {
                    @let code = order.coupon_code.as_deref().unwrap_or_default();
                    (row(&format!("Discount {code}"), -order.discount_amount))
                }
                (row("Shipping", view.shipping_price()))
                (row(if order.has_tax_included { "Tax included" } else { "Tax" }, order.tax_amount))
                tr.total { td colspan="3" class="amount" { "Total" } td.amount { (money(order.total_amount)) } }
                @if order.refunded_amount > 0 { (row("Refunded", -order.refunded_amount)) }
            }
        }
    }
}

fn percent(basis_points: i32) -> String {
    let text = format!("{}.{:02}", basis_points / 100, basis_points % 100);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
