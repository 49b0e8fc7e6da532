//! The card processors' webhooks. Whom a message must be from follows from where it came; what is not set up is not there.
//! What a message leads to is in `notices.rs`.

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};

use super::{forged, incoming, unreadable};
use crate::app::App;
use crate::flows::FlowError;
use crate::metrics::{self, Webhook};
use crate::notices::{self, Notice};
use crate::wire::Incoming;

pub async fn stripe(app: Data<App>, request: HttpRequest, body: Bytes) -> HttpResponse {
    receive(&app, "stripe", &request, &body).await
}

pub async fn hyperswitch(app: Data<App>, request: HttpRequest, body: Bytes) -> HttpResponse {
    receive(&app, "hyperswitch", &request, &body).await
}

async fn receive(app: &App, source: &'static str, request: &HttpRequest, body: &Bytes) -> HttpResponse {
    let _busy = app.clock.busy();
    let Ok(processor) = app.processors.of(source) else { return HttpResponse::NotFound().finish() };
    let incoming = incoming(app, request, body);
    if !processor.verify(&incoming) {
        return forged(source);
    }
    let notice = match notices::read(&*processor, &incoming) {
        Ok(Some(notice)) => notice,
        Ok(None) => return HttpResponse::Ok().finish(),
        Err(why) => return unreadable(source, &why),
    };
    metrics::webhook(source, Webhook::Accepted);
    note_delivery(app, source, &notice, &incoming);
    let now = app.clock.now();
    booked(app.db.write(move |tx| notices::book(tx, &*processor, notice, &incoming, now)).await)
}

fn note_delivery(app: &App, source: &'static str, notice: &Notice, incoming: &Incoming) {
    let name = match source {
        "hyperswitch" => "hyperswitch_delivery",
        _ => "stripe_delivery",
    };
    if let Some(made_at) = notice.made_at() {
        app.webhook_times.note(name, incoming.now - made_at, incoming.now);
    }
}

fn booked(result: Result<(), FlowError>) -> HttpResponse {
    match result {
        Ok(()) => HttpResponse::Ok().finish(),
        Err(error) => {
            tracing::error!(%error, "a webhook could not be booked; the sender will repeat it");
            HttpResponse::ServiceUnavailable().finish()
        }
    }
}
