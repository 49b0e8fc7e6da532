//! Payments as administrators see them: a list, one with its whole history, and giving it back. There is no way to charge
//! again from here, on purpose: only an agreement's rule begins a payment.

pub mod list;
pub mod one;
pub mod refund;
pub mod words;

use actix_web::web::{self, ServiceConfig};

pub fn routes(service: &mut ServiceConfig) {
    service
        .route("/admin/payments", web::get().to(list::get))
        .route("/admin/payments/{id}", web::get().to(one::get))
        .route("/admin/payments/{id}/refund", web::post().to(refund::post));
}
