//! Takes a payment one request further, and again until it is over or must wait. The request is noted in the books
//! before it is sent; after a crash in between, what became of it is looked up, never guessed.

use super::{Done, JobError};
use crate::app::App;
use crate::domain::payment::{Payment, Step};
use crate::flows::settle_payment::{Answer, Next, answered, next_step};
use crate::payments::{Order, exchange};
use crate::storage::payments::{self, Frozen};

pub async fn run(app: &App, id: String) -> Result<Done, JobError> {
    let payment = id.clone();
    let Some(name) = app.db.read(move |tx| payments::processor_of(tx, &payment)).await? else {
        return Ok(Done::Finished);
    };
    let processor = app.processors.of(&name)?;
    let (name, live) = (processor.name(), processor.live());
    loop {
        let (payment, cards, now) = (id.clone(), processor.clone(), app.clock.now());
        let told = move |step, payment: &Payment, frozen: &Frozen| {
            exchange::sent(&cards.request(&order(step, payment, frozen)))
        };
        let send = match app.db.write(move |tx| next_step(tx, &payment, told, now)).await? {
            Next::Send(send) => send,
            Next::Later(at) => return Ok(Done::Again(at)),
            Next::Over => return Ok(Done::Finished),
        };
        let order = order(send.step, &send.payment, &send.frozen);
        let response = app.outbound.send(&processor.request(&order)).await;
        let answer = Answer {
            step: send.step,
            seq: send.seq,
            seen: processor.response(&order, &response),
            reply: exchange::reply(&response),
        };
        let (payment, now) = (id.clone(), app.clock.now());
        app.db.write(move |tx| answered(tx, &payment, &answer, name, live, now)).await?;
    }
}

/// The keys follow from the payment, so that the same request has the same key whoever sends it.
fn order(step: Step, payment: &Payment, frozen: &Frozen) -> Order {
    let id = &payment.id;
    let reference = payment.reference.clone().unwrap_or_default();
    match step {
        Step::Create => Order::Create { key: format!("{id}:create"), body: frozen.create_body.clone() },
        Step::Confirm => Order::Confirm {
            reference,
            key: format!("{id}:confirm:{}", payment.confirm),
            body: frozen.confirm_body.clone(),
        },
        Step::Look => Order::Get { reference },
        Step::Fence => Order::Cancel { reference, key: format!("{id}:cancel") },
    }
}
