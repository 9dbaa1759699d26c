//! Stories of the whole shop, told over HTTP.

#![expect(clippy::unwrap_used, reason = "tests")]

mod accounts;
mod audit;
mod browser;
mod browser_cookies;
mod chaos;
mod checkout;
mod demo;
mod events;
mod experiments;
mod faults;
mod frames;
mod http;
mod http_assets;
mod listing;
mod lists;
mod live;
mod live_orders;
mod merchandising;
mod models;
mod nodes;
mod order_letters;
mod ownership;
mod payment_clients;
mod payment_failures;
mod payment_webhooks;
mod recommender;
mod restart;
mod restored;
mod reviews;
mod search;
mod search_admin;
mod search_pictures;
mod statements;
mod uploads;
mod vectors;
mod warm;
