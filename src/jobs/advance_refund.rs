//! Takes a refund one request further, and again until it is over or must wait. The request is noted in the books before
//! it is sent; what became of it after a crash is asked again under the same key, never guessed.

use super::{Done, JobError};
use crate::app::App;
use crate::domain::refund::{Refund, Step};
use crate::flows::settle_refund::{Answer, Next, answered, next_step};
use crate::payments::exchange;
use crate::payments::refunds::RefundOrder;
use crate::storage::refunds::{self, Frozen};

pub async fn run(app: &App, id: String) -> Result<Done, JobError> {
    let refund = id.clone();
    let Some((begun, _)) = app.db.read(move |tx| refunds::find(tx, &refund)).await? else {
        return Ok(Done::Finished);
    };
    let processor = app.processors.of(&begun.processor)?;
    let name = processor.name();
    loop {
        let (refund, cards, now) = (id.clone(), processor.clone(), app.clock.now());
        let told = move |step, refund: &Refund, frozen: &Frozen| {
            exchange::sent(&cards.refund_request(&order(step, refund, frozen)))
        };
        let send = match app.db.write(move |tx| next_step(tx, &refund, told, now)).await? {
            Next::Send(send) => send,
            Next::Later(at) => return Ok(Done::Again(at)),
            Next::Over => return Ok(Done::Finished),
        };
        let order = order(send.step, &send.refund, &send.frozen);
        let response = app.outbound.send(&processor.refund_request(&order)).await;
        let answer = Answer {
            step: send.step,
            seq: send.seq,
            heard: processor.refund_response(&order, &response),
            reply: exchange::reply(&response),
        };
        let (refund, now) = (id.clone(), app.clock.now());
        app.db.write(move |tx| answered(tx, &refund, &answer, name, now)).await?;
    }
}

/// The key follows from the refund, so that the same request has the same key whoever sends it.
fn order(step: Step, refund: &Refund, frozen: &Frozen) -> RefundOrder {
    match step {
        Step::Ask => RefundOrder::Refund { key: format!("{}:refund", refund.id), body: frozen.body.clone() },
        Step::Look => RefundOrder::GetRefund { reference: refund.reference.clone().unwrap_or_default() },
        Step::Search => RefundOrder::FindRefund { charge: refund.charge.clone(), refund: refund.id.clone() },
    }
}
