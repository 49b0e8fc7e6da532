//! What a caller sees: the balance, dialling, calls while they last and after, and money.

pub mod access;
pub mod agent;
pub mod bill;
pub mod bundles;
pub mod call;
pub mod call_filter;
pub mod calls;
pub mod calls_csv;
pub mod charges;
pub mod dial;
pub mod dial_form;
pub mod dialled;
pub mod home;
pub mod join;
pub mod machine_form;
pub mod me;
pub mod money;
pub mod outlook_words;
pub mod promotional;
pub mod quote;
pub mod recharge;
pub mod shown_number;
pub mod statements;

use actix_web::web::{self, ServiceConfig};

pub fn routes(service: &mut ServiceConfig) {
    service
        .route("/", web::get().to(home::get))
        .route("/me", web::get().to(me::get))
        .route("/me/language", web::post().to(me::change_language))
        .route("/me/password", web::post().to(me::change_password))
        .service(web::resource("/dial").get(dial::form).post(dial::submit))
        .service(web::resource("/dial/quote").get(quote::get).post(quote::post))
        .route("/calls", web::get().to(calls::get))
        .route("/calls.csv", web::get().to(calls_csv::get))
        .route("/calls/{id}/bill", web::get().to(bill::get))
        .route("/calls/{id}", web::get().to(call::page::get))
        .route("/calls/{id}/events", web::get().to(call::events::get))
        .service(web::resource("/calls/{id}/legs").get(call::add::form).post(call::add::submit))
        .service(web::resource("/calls/{id}/legs/price").get(call::add::back).post(call::add::quote))
        .route("/calls/{id}/operations", web::post().to(call::operate::post))
        .route("/calls/{id}/transfers", web::post().to(call::transfer::post))
        .route("/calls/{id}/invitations", web::post().to(call::invite::post))
        .route("/invitations/{id}/revoke", web::post().to(call::invite::revoke))
        .service(web::resource("/join/{token}").get(join::get).post(join::post))
        .route("/recordings/{id}/file", web::get().to(call::recordings::file))
        .route("/calls/{id}/hang-up", web::post().to(call::hang_up::post))
        .route("/bundles", web::get().to(bundles::get))
        .route("/bundles/buy", web::post().to(bundles::buy))
        .route("/access", web::get().to(access::get))
        .route("/access/phones", web::post().to(access::add_phone))
        .route("/access/phones/{id}/remove", web::post().to(access::remove_phone))
        .route("/access/pin", web::post().to(access::new_pin))
        .configure(agent::routes)
        .configure(charges::routes)
        .configure(money::routes)
        .configure(recharge::routes)
        .configure(statements::routes);
}
