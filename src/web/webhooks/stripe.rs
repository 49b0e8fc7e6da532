//! The card processor's webhooks. Only a success is believed from a message; the rest are hints to go and look.

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};

use super::{forged, incoming, message, unreadable};
use crate::app::App;
use crate::flows::settle_payment::{ProcessorSays, reported};

pub async fn receive(app: Data<App>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let _busy = app.clock.busy();
    let source = app.processor.name();
    let incoming = incoming(&app, &request, &body);
    if !app.processor.verify(&incoming) {
        return forged(source);
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
    };
    let (live, now) = (app.config.cards.live, app.clock.now());
    match app.db.write(move |tx| reported(tx, &says, &message, source, live, now)).await {
        Ok(()) => HttpResponse::Ok().finish(),
        Err(error) => {
            tracing::error!(%error, "a webhook could not be booked; the sender will repeat it");
            HttpResponse::ServiceUnavailable().finish()
        }
    }
}
