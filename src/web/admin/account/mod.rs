//! One account: its page with everything about it, and each change that can be made there.

pub mod access;
pub mod bundles;
pub mod calls;
pub mod forms;
pub mod freeze;
pub mod language;
pub mod link_form;
pub mod links;
pub mod money;
pub mod page;
pub mod password;
pub mod plan;
pub mod promo;
pub mod statements;
pub mod status;
pub mod transfers;

use actix_web::web::{self, ServiceConfig};

use crate::flows::by_hand::ByHand;

pub fn routes(service: &mut ServiceConfig) {
    service
        .route("/admin/accounts/{id}", web::get().to(page::get))
        .service(web::resource("/admin/accounts/{id}/links").get(links::get).post(links::post))
        .route("/admin/call-links/{id}/revoke", web::post().to(links::revoke))
        .route("/admin/accounts/{id}/access", web::get().to(access::get))
        .route("/admin/accounts/{id}/access/pin", web::post().to(access::new_pin))
        .route("/admin/accounts/{id}/access/phones", web::post().to(access::add_phone))
        .route("/admin/known-phones/{id}/remove", web::post().to(access::remove_phone))
        .service(web::resource("/admin/accounts/{id}/bundles").get(bundles::get).post(bundles::post))
        .route("/admin/accounts/{id}/calls", web::get().to(calls::get))
        .route("/admin/accounts/{id}/transfers", web::get().to(transfers::get))
        .route("/admin/accounts/{id}/transfers.csv", web::get().to(transfers::download))
        .route("/admin/accounts/{id}/statements", web::get().to(statements::list))
        .route("/admin/accounts/{id}/statement", web::get().to(statements::one))
        .route("/admin/accounts/{id}/statement.csv", web::get().to(statements::as_file))
        .route(
            "/admin/accounts/{id}/credit",
            web::post().to(|a, w, i, p, f| money::post(ByHand::Credit, a, w, i, p, f)),
        )
        .route("/admin/accounts/{id}/debit", web::post().to(|a, w, i, p, f| money::post(ByHand::Debit, a, w, i, p, f)))
        .route(
            "/admin/accounts/{id}/write-off",
            web::post().to(|a, w, i, p, f| money::post(ByHand::WriteOff, a, w, i, p, f)),
        )
        .route("/admin/accounts/{id}/promo", web::post().to(promo::post))
        .route("/admin/accounts/{id}/block", web::post().to(status::block))
        .route("/admin/accounts/{id}/unblock", web::post().to(status::unblock))
        .route("/admin/accounts/{id}/freeze", web::post().to(freeze::on))
        .route("/admin/accounts/{id}/unfreeze", web::post().to(freeze::off))
        .route("/admin/accounts/{id}/close", web::post().to(status::close))
        .route("/admin/accounts/{id}/plan", web::post().to(plan::post))
        .route("/admin/accounts/{id}/language", web::post().to(language::post))
        .route("/admin/accounts/{id}/password", web::post().to(password::post));
}
