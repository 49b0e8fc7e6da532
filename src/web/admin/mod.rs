//! What administrators see: live calls, rates and accounts.

pub mod account;
pub mod accounts;
pub mod credit;
pub mod decks;
pub mod live;
pub mod upload;

use actix_web::web::{self, ServiceConfig};

pub fn routes(service: &mut ServiceConfig) {
    service
        .service(web::resource("/admin/decks").get(decks::get).post(upload::post))
        .route("/admin/live", web::get().to(live::page::get))
        .route("/admin/live/events", web::get().to(live::events::get))
        .route("/admin/live/{id}/end", web::post().to(live::end::post))
        .route("/admin/accounts", web::get().to(accounts::get))
        .route("/admin/accounts/{id}", web::get().to(account::get))
        .route("/admin/accounts/{id}/credit", web::post().to(credit::post));
}
