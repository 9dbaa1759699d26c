//! What is mailed about orders: plain text, plain English, written in the transaction of
//! what it tells.

use super::{Orders, state::Step, view::money_of};
use crate::{
    Shop,
    error::ShopError,
    mail::{self, NewMail},
};
use chrono::{DateTime, Utc};
use entities::{money::Money, order, order_line};
use sea_orm::ConnectionTrait;

/// Kinds of letters about orders.
const CONFIRMED: &str = "ORDER_CONFIRMED";
const SENT: &str = "ORDER_SENT";
const CANCELLED: &str = "ORDER_CANCELLED";
const REFUNDED: &str = "ORDER_REFUNDED";
const TO_PAY: &str = "ORDER_TO_PAY";

/// Leaves letters in the caller's transaction, unless this shop mails nobody about orders.
/// Tells whether any is to be sent.
pub(super) async fn post(
    shop: &Shop,
    tx: &impl ConnectionTrait,
    now: DateTime<Utc>,
    letters: Vec<NewMail>,
) -> Result<bool, ShopError> {
    if !shop.commerce().are_orders_mailed {
        return Ok(false);
    }
    let is_any = !letters.is_empty();
    for letter in letters {
        mail::enqueue(tx, now, letter).await?;
    }
    Ok(is_any)
}

/// Writes letters about one order.
pub(crate) struct Letters<'a> {
    shop: &'a Shop,
    order: &'a order::Model,
}

impl<'a> Letters<'a> {
    pub(crate) fn about(shop: &'a Shop, order: &'a order::Model) -> Self {
        Self { shop, order }
    }

    /// What a step is worth a letter; deliveries are seen at the door.
    pub(super) fn of_step(&self, step: Step, lines: &[order_line::Model]) -> Option<NewMail> {
        match step {
            Step::Pay => Some(self.confirmed(lines)),
            Step::Fulfil => Some(self.sent()),
            Step::Cancel | Step::Expire => Some(self.cancelled(step)),
            Step::Deliver | Step::RefundAll => None,
        }
    }

    fn confirmed(&self, lines: &[order_line::Model]) -> NewMail {
        let goods = lines.iter().map(|line| {
            let title = match line.variant_title.as_str() {
                "" => line.product_name.clone(),
                title => format!("{}, {title}", line.product_name),
            };
            format!("  {} × {title}: {}", line.quantity, self.money(line.subtotal_amount))
        });
        let goods: Vec<String> = goods.collect();
        let body = format!(
            "thank you: your order is paid, and we are getting it ready.\n\n{}\n\nTotal with shipping and tax: {}",
            goods.join("\n"),
            self.money(self.order.total_amount)
        );
        self.letter(CONFIRMED, "Thank you for your order", &body)
    }

    fn sent(&self) -> NewMail {
        let how = match self.order.tracking.as_str() {
            "" => String::new(),
            tracking => format!("\n\nFollow it: {tracking}"),
        };
        let body = format!("your order is on its way ({}).{how}", self.order.shipping_name);
        self.letter(SENT, "Your order is on its way", &body)
    }

    fn cancelled(&self, step: Step) -> NewMail {
        let why = match (step, self.order.paid_at) {
            (Step::Expire, _) => "it was not paid in time, so we gave it up. Order again whenever you like.",
            (_, Some(_)) => "it is cancelled. What you paid is on its way back to you.",
            (_, None) => "it is cancelled.",
        };
        self.letter(
            CANCELLED,
            "Your order is cancelled",
            &format!("about your order: {why}"),
        )
    }

    /// Money went back.
    pub(super) fn refunded(&self, amount: Money) -> NewMail {
        let body = format!(
            "we gave you back {} {amount}. Your bank may need some days to show it.",
            amount.currency.code()
        );
        self.letter(REFUNDED, "Money is on its way to you", &body)
    }

    /// How to pay by hand.
    pub(crate) fn to_pay(&self, instructions: &str) -> NewMail {
        let body = format!("your order waits for its money.\n\n{instructions}");
        self.letter(TO_PAY, "How to pay your order", &body)
    }

    fn money(&self, amount: i64) -> String {
        let money = money_of(self.order, amount);
        format!("{} {money}", money.currency.code())
    }

    fn letter(&self, kind: &'static str, subject: &str, body: &str) -> NewMail {
        let settings = self.shop.commerce();
        let (shop, order) = (&settings.shop_name, self.order);
        let receipt = settings.public_url.as_ref().map(|url| {
            let token = Orders::new(self.shop).receipt_token(order.id);
            format!("\n\nYour receipt: {url}/orders/{token}/receipt")
        });
        NewMail {
            kind,
            to: order.email.clone(),
            subject: format!("{shop}: {subject} ({})", order.number),
            text: format!(
                "Hello {},\n\n{body}{}\n\nOrder {}\n\n{shop}\n",
                order.shipping_address.name,
                receipt.unwrap_or_default(),
                order.number
            ),
            html: None,
        }
    }
}
