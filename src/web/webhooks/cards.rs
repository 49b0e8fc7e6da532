//! The card processors' webhooks. Only a success is believed from a message; the rest are hints to go and look. Whom a
//! message must be from follows from where it came; what is not set up is not there.

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};

use super::{forged, incoming, message, unreadable};
use crate::app::App;
use crate::flows::FlowError;
use crate::flows::settle_checkout;
use crate::flows::settle_payment::{ProcessorSays, reported};
use crate::flows::settle_refund::{RefundHint, hinted};
use crate::payments::checkouts::CheckoutNotice;
use crate::payments::refunds::RefundNotice;
use crate::payments::{Processor, ProcessorNotice, exchange};
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
    match processor.read_checkout(&incoming) {
        Ok(Some(notice)) => return about_checkout(app, &*processor, notice, &incoming).await,
        Ok(None) => {}
        Err(why) => return unreadable(source, &why),
    }
    match processor.read_refund(&incoming) {
        Ok(Some(notice)) => return about_refund(app, source, notice, &incoming).await,
        Ok(None) => {}
        Err(why) => return unreadable(source, &why),
    }
    match processor.read(&incoming) {
        Ok(Some(notice)) => about_payment(app, &*processor, notice, &incoming).await,
        Ok(None) => HttpResponse::Ok().finish(),
        Err(why) => unreadable(source, &why),
    }
}

async fn about_payment(
    app: &App,
    processor: &dyn Processor,
    notice: ProcessorNotice,
    incoming: &Incoming,
) -> HttpResponse {
    let (source, live, now) = (processor.name(), processor.live(), app.clock.now());
    if let Some(made_at) = notice.made_at {
        app.webhook_times.note(on_its_way(source), incoming.now - made_at, incoming.now);
    }
    let message = message(source, incoming, Some(notice.event));
    let says = ProcessorSays {
        payment: notice.payment,
        reference: notice.reference,
        succeeded: notice.succeeded,
        kind: notice.kind,
        told: exchange::told(incoming),
    };
    booked(app.db.write(move |tx| reported(tx, &says, &message, source, live, now)).await)
}

/// Under which name it is kept how long a sender's messages were on their way.
fn on_its_way(source: &'static str) -> &'static str {
    match source {
        "hyperswitch" => "hyperswitch_delivery",
        _ => "stripe_delivery",
    }
}

async fn about_checkout(
    app: &App,
    processor: &dyn Processor,
    notice: CheckoutNotice,
    incoming: &Incoming,
) -> HttpResponse {
    let (source, live, now) = (processor.name(), processor.live(), app.clock.now());
    let message = message(source, incoming, Some(notice.event));
    let says =
        settle_checkout::ProcessorSays { checkout: notice.checkout, reference: notice.reference, paid: notice.paid };
    booked(app.db.write(move |tx| settle_checkout::reported(tx, &says, &message, source, live, now)).await)
}

async fn about_refund(app: &App, source: &'static str, notice: RefundNotice, incoming: &Incoming) -> HttpResponse {
    let message = message(source, incoming, Some(notice.event));
    let told = exchange::told(incoming);
    let hint = RefundHint { refund: notice.refund, charge: notice.charge, kind: notice.kind, told };
    let now = app.clock.now();
    booked(app.db.write(move |tx| hinted(tx, &hint, &message, source, now)).await)
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
