//! What administrators see: rates, accounts, the people among themselves, and who did what.

pub mod account;
pub mod accounts;
pub mod audit;
pub mod decks;
pub mod open_account;
pub mod people;
pub mod shown_once;
pub mod upload;

use actix_web::web::{self, ServiceConfig};

pub fn routes(service: &mut ServiceConfig) {
    service
        .service(web::resource("/admin/decks").get(decks::get).post(upload::post))
        .service(web::resource("/admin/accounts").get(accounts::get).post(open_account::post))
        .route("/admin/accounts/new", web::get().to(open_account::form))
        .configure(account::routes)
        .service(web::resource("/admin/people").get(people::get).post(people::add))
        .route("/admin/people/{id}/role", web::post().to(people::role))
        .route("/admin/people/{id}/password", web::post().to(people::password))
        .route("/admin/people/{id}/remove", web::post().to(people::remove))
        .route("/admin/audit", web::get().to(audit::get))
        .route("/admin/audit.csv", web::get().to(audit::download));
}
