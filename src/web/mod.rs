//! Every route on one screen: what machines reach, and what browsers do.

pub mod admin;
pub mod api;
pub mod auth;
pub mod click;
pub mod error;
pub mod guests;
pub mod health;
pub mod hold_music;
pub mod pages;
pub mod peer;
pub mod server;
#[cfg(test)]
mod tests;
pub mod user;
pub mod webhooks;

use actix_web::web::ServiceConfig;

/// Carriers, card processors, programs and the operator's machines. They have no session and no cookie.
pub fn routes(service: &mut ServiceConfig) {
    webhooks::routes(service);
    api::routes(service);
    health::routes(service);
    hold_music::routes(service);
}

/// People. Everything here lies inside [`pages::scope`], which gives it a session and its headers.
pub fn page_routes(service: &mut ServiceConfig) {
    pages::assets::routes(service);
    auth::routes(service);
    user::routes(service);
    admin::routes(service);
    click::routes(service);
}
