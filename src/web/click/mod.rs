//! What strangers reach by a link: a page with one button, which starts a call that an account pays for. They are told
//! nothing of that account: no balance, no whole number, no reason that lies in it.

pub mod page;
pub mod view;

use actix_web::web::{self, ServiceConfig};

pub fn routes(service: &mut ServiceConfig) {
    service.service(web::resource("/click/{token}").get(page::get).post(page::post));
}

/// What to give away.
pub fn address(public_url: &str, token: &str) -> String {
    format!("{}/click/{token}", public_url.trim_end_matches('/'))
}
