//! What carrier and card processor tell us. A message that is not theirs gets 403 and leaves no trace but a counter.

mod bot;
pub mod stripe;
pub mod times;
pub mod twilio;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::{Next, from_fn};
use actix_web::web::{self, Bytes, ServiceConfig};
use actix_web::{Error, HttpRequest, HttpResponse};
use sha2::{Digest, Sha256};

use crate::app::App;
use crate::flows::report::Message;
use crate::metrics::{self, Webhook};
use crate::wire::Incoming;

/// No honest webhook is larger.
const LARGEST: usize = 256 * 1024;

pub fn routes(service: &mut ServiceConfig) {
    service.service(
        web::scope("/webhooks")
            .app_data(web::PayloadConfig::new(LARGEST))
            .wrap(from_fn(timed))
            .route("/twilio/{place:.*}", web::post().to(twilio::receive))
            .route("/stripe", web::post().to(stripe::receive)),
    );
}

/// From receipt to our answer. Only those that were taken count: what strangers send says nothing about us.
async fn timed(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let app = request.app_data::<web::Data<App>>().cloned();
    let sender = if request.path().starts_with("/webhooks/twilio/") { "twilio" } else { "stripe" };
    let received = app.as_ref().map(|app| app.clock.now());
    let response = next.call(request).await?;
    if let (Some(app), Some(received), true) = (app, received, response.status().is_success()) {
        let now = app.clock.now();
        app.webhook_times.note(sender, now - received, now);
    }
    Ok(response)
}

/// The request as its sender made it: the public address, not the one we happen to listen on.
fn incoming(app: &App, request: &HttpRequest, body: &Bytes) -> Incoming {
    let path_and_query = request.uri().path_and_query().map_or("/", |uri| uri.as_str());
    let headers = request.headers().iter();
    Incoming {
        url: format!("{}{path_and_query}", app.config.public_url),
        path: request.path().to_owned(),
        headers: headers
            .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect(),
        body: body.to_vec(),
        now: app.clock.now(),
    }
}

/// Kept once: by the sender's own id of it, else by a digest of the whole.
fn message(source: &'static str, incoming: &Incoming, id: Option<String>) -> Message {
    metrics::webhook(source, Webhook::Accepted);
    let digest = || {
        hex::encode(Sha256::new().chain_update(&incoming.url).chain_update([0]).chain_update(&incoming.body).finalize())
    };
    Message { source, id: id.unwrap_or_else(digest), path: incoming.path.clone(), body: incoming.body.clone() }
}

fn forged(source: &'static str) -> HttpResponse {
    metrics::webhook(source, Webhook::Forged);
    tracing::warn!(source, "a webhook with a bad signature was refused");
    HttpResponse::Forbidden().content_type("text/plain").body("The signature is not valid.")
}

fn unreadable(source: &'static str, why: &impl std::fmt::Display) -> HttpResponse {
    metrics::webhook(source, Webhook::Unreadable);
    tracing::warn!(source, %why, "a signed webhook could not be read");
    HttpResponse::BadRequest().content_type("text/plain").body(why.to_string())
}
