//! What all pages share: their session and headers, and how a template becomes a reply.

pub mod assets;
pub mod download;
pub mod error;
pub mod feed;
pub mod form;
pub mod layout;
pub mod show;

use actix_web::cookie::Key;
use actix_web::dev::HttpServiceFactory;
use actix_web::http::{StatusCode, header};
use actix_web::middleware::{Compress, DefaultHeaders};
use actix_web::{HttpResponse, web};
use askama::Template;

use super::auth;
use crate::app::App;
use error::PageError;

/// No script, style or image that is not a file of ours, and no frame around us.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; \
                                       object-src 'none'";

/// What our pages never ask a browser for.
const PERMISSIONS_POLICY: &str = "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()";

/// Every page. It answers whatever no service before it wanted, so it must be registered last.
pub fn scope(app: &App, key: Key) -> impl HttpServiceFactory + use<> {
    web::scope("")
        .app_data(web::PathConfig::default().error_handler(|_, _| PageError::NotFound.into()))
        .wrap(auth::session::middleware(&app.config, key))
        .wrap(Compress::default())
        .wrap(headers())
        .configure(super::page_routes)
        .default_service(web::to(async || Err::<HttpResponse, _>(PageError::NotFound)))
}

/// What every page is sent with.
pub fn headers() -> DefaultHeaders {
    DefaultHeaders::new()
        .add((header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY))
        .add((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        // No window of another origin holds on to ours, and no page of another origin reads our files.
        .add(("cross-origin-opener-policy", "same-origin"))
        .add(("cross-origin-resource-policy", "same-origin"))
        .add(("permissions-policy", PERMISSIONS_POLICY))
        // Stricter ones make browsers send `Origin: null` with our own forms.
        .add((header::REFERRER_POLICY, "same-origin"))
        // So that going back shows a fresh form with a fresh key, and nothing after signing out.
        .add((header::CACHE_CONTROL, "no-store"))
}

pub fn html(status: StatusCode, template: &impl Template) -> Result<HttpResponse, PageError> {
    let text = template.render().map_err(|error| PageError::internal(&error))?;
    Ok(HttpResponse::build(status).content_type("text/html; charset=utf-8").body(text))
}

pub fn see_other(place: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, place)).finish()
}

/// An id from an address: anything that cannot be one of ours is not looked for.
pub fn id(text: &str) -> Result<String, PageError> {
    let plausible = text.len() <= 64 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if plausible && !text.is_empty() { Ok(text.to_owned()) } else { Err(PageError::NotFound) }
}
