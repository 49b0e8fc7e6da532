//! The card processor's webhooks. Only a success is believed from a message; the rest are hints to go and look.

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};

use super::{forged, incoming, message, unreadable};
use crate::app::App;
use crate::flows::FlowError;
use crate::flows::settle_checkout;
use crate::flows::settle_payment::{ProcessorSays, reported};
use crate::flows::settle_refund::{RefundHint, hinted};
use crate::payments::checkouts::CheckoutNotice;
use crate::payments::exchange;
use crate::payments::refunds::RefundNotice;
use crate::wire::Incoming;

pub async fn receive(app: Data<App>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let _busy = app.clock.busy();
    let source = app.processor.name();
    let incoming = incoming(&app, &request, &body);
    if !app.processor.verify(&incoming) {
        return forged(source);
    }
    match app.processor.read_checkout(&incoming) {
        Ok(Some(notice)) => return about_checkout(&app, notice, &incoming).await,
        Ok(None) => {}
        Err(why) => return unreadable(source, &why),
    }
    match app.processor.read_refund(&incoming) {
        Ok(Some(notice)) => return about_refund(&app, notice, &incoming).await,
        Ok(None) => {}
        Err(why) => return unreadable(source, &why),
    }
    let notice = match app.processor.read(&incoming) {
        Ok(Some(notice)) => notice,
        Ok(None) => return HttpResponse::Ok().finish(),
        Err(why) => return unreadable(source, &why),
    };
    if let Some(made_at) = notice.made_at {
        app.webhook_times.note("stripe_delivery", incoming.now - made_at, incoming.now);
    }
    let message = message(source, &incoming, Some(notice.event));
    let says = ProcessorSays {
        payment: notice.payment,
        reference: notice.reference,
        succeeded: notice.succeeded,
        kind: notice.kind,
        told: exchange::told(&incoming),
    };
    let (live, now) = (app.config.cards.live, app.clock.now());
    booked(app.db.write(move |tx| reported(tx, &says, &message, source, live, now)).await)
}

async fn about_checkout(app: &App, notice: CheckoutNotice, incoming: &Incoming) -> HttpResponse {
    let source = app.processor.name();
    let message = message(source, incoming, Some(notice.event));
    let says =
        settle_checkout::ProcessorSays { checkout: notice.checkout, reference: notice.reference, paid: notice.paid };
    let (live, now) = (app.config.cards.live, app.clock.now());
    booked(app.db.write(move |tx| settle_checkout::reported(tx, &says, &message, source, live, now)).await)
}

async fn about_refund(app: &App, notice: RefundNotice, incoming: &Incoming) -> HttpResponse {
    let source = app.processor.name();
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
