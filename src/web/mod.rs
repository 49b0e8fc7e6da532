//! Every route on one screen.

pub mod admin;
pub mod api;
pub mod error;
pub mod health;
pub mod server;
pub mod user;
pub mod webhooks;

use actix_web::web::ServiceConfig;

pub fn routes(service: &mut ServiceConfig) {
    webhooks::routes(service);
    api::routes(service);
    health::routes(service);
    admin::routes(service);
    user::routes(service);
}
