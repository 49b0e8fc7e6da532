//! What a caller sees: the balance, dialling, and calls while they last and after.

pub mod call;
pub mod calls;
pub mod dial;
pub mod dial_form;
pub mod home;
pub mod quote;

use actix_web::web::{self, ServiceConfig};

pub fn routes(service: &mut ServiceConfig) {
    service
        .route("/", web::get().to(home::get))
        .service(web::resource("/dial").get(dial::form).post(dial::submit))
        .service(web::resource("/dial/quote").get(quote::get).post(quote::post))
        .route("/calls", web::get().to(calls::get))
        .route("/calls/{id}", web::get().to(call::page::get))
        .route("/calls/{id}/events", web::get().to(call::events::get))
        .service(web::resource("/calls/{id}/legs").get(call::add::form).post(call::add::submit))
        .service(web::resource("/calls/{id}/legs/price").get(call::add::back).post(call::add::quote))
        .route("/calls/{id}/hang-up", web::post().to(call::hang_up::post));
}
