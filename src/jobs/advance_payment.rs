//! Takes a payment one request further, and again until it is over or must wait. The request is noted in the books
//! before it is sent; after a crash in between, what became of it is looked up, never guessed.

use super::{Done, JobError};
use crate::app::App;
use crate::domain::payment::Step;
use crate::flows::settle_payment::{Next, ToSend, answered, next_step};
use crate::payments::Order;

pub async fn run(app: &App, id: String) -> Result<Done, JobError> {
    loop {
        let (payment, now) = (id.clone(), app.clock.now());
        let send = match app.db.write(move |tx| next_step(tx, &payment, now)).await? {
            Next::Send(send) => send,
            Next::Later(at) => return Ok(Done::Again(at)),
            Next::Over => return Ok(Done::Finished),
        };
        let order = order(&send);
        let response = app.outbound.send(&app.processor.request(&order)).await;
        let answer = app.processor.response(&order, &response);
        let (payment, step, now) = (id.clone(), send.step, app.clock.now());
        let (processor, live) = (app.processor.name(), app.config.cards.live);
        app.db.write(move |tx| answered(tx, &payment, step, &answer, processor, live, now)).await?;
    }
}

/// The keys follow from the payment, so that the same request has the same key whoever sends it.
fn order(send: &ToSend) -> Order {
    let id = &send.payment.id;
    let reference = send.payment.reference.clone().unwrap_or_default();
    match send.step {
        Step::Create => Order::Create { key: format!("{id}:create"), body: send.frozen.create_body.clone() },
        Step::Confirm => Order::Confirm {
            reference,
            key: format!("{id}:confirm:{}", send.payment.confirm),
            body: send.frozen.confirm_body.clone(),
        },
        Step::Look => Order::Get { reference },
        Step::Fence => Order::Cancel { reference, key: format!("{id}:cancel") },
    }
}
