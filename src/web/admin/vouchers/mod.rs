//! Vouchers: their batches, each serial, and the agents that sell them and take cash.

pub mod agents;
pub mod batch;
pub mod cash;
pub mod list;
pub mod serials;

use actix_web::web::{self, ServiceConfig};

pub fn routes(service: &mut ServiceConfig) {
    service
        .service(web::resource("/admin/vouchers").get(list::get).post(list::post))
        .route("/admin/vouchers/{id}", web::get().to(batch::get))
        .route("/admin/vouchers/{id}/print", web::post().to(batch::print))
        .route("/admin/vouchers/{id}/void", web::post().to(batch::void))
        .route("/admin/serials", web::get().to(serials::get))
        .route("/admin/serials/activate", web::post().to(serials::activate))
        .route("/admin/serials/void", web::post().to(serials::void))
        .service(web::resource("/admin/agents").get(agents::get).post(agents::appoint))
        .route("/admin/agents/{id}/dismiss", web::post().to(agents::dismiss))
        .service(web::resource("/admin/cash").get(cash::get).post(cash::post))
        .route("/admin/cash/{id}", web::get().to(cash::receipt));
}
