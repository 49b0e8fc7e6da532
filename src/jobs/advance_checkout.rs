//! Takes a checkout one request further: opens its page, looks what became of it, closes it; and again until it is over or
//! must wait. A message of the processor's only makes this sooner, so one that is lost changes nothing.

use super::{Done, JobError};
use crate::app::App;
use crate::domain::checkout::Step;
use crate::domain::payment::Doubt;
use crate::flows::settle_checkout::{Next, ToSend, answered, customer_made, next_step};
use crate::payments::checkouts::{CheckoutAnswer, CheckoutOrder};
use crate::storage::checkouts;

pub async fn run(app: &App, id: String) -> Result<Done, JobError> {
    let checkout = id.clone();
    let Some(name) = app.db.read(move |tx| checkouts::processor_of(tx, &checkout)).await? else {
        return Ok(Done::Finished);
    };
    let processor = app.processors.of(&name)?;
    let (name, live) = (processor.name(), processor.live());
    loop {
        let (checkout, forms, now) = (id.clone(), app.forms.of(processor.clone()), app.clock.now());
        let send = match app.db.write(move |tx| next_step(tx, &checkout, &forms, now)).await? {
            Next::Send(send) => send,
            Next::Later(at) => return Ok(Done::Again(at)),
            Next::Over => return Ok(Done::Finished),
        };
        let order = order(&send);
        let response = app.outbound.send(&processor.checkout_request(&order)).await;
        let (checkout, step, now) = (id.clone(), send.step, app.clock.now());
        let answer = match processor.checkout_response(&order, &response) {
            Ok(CheckoutAnswer::Customer(customer)) => {
                app.db.write(move |tx| customer_made(tx, &checkout, &customer, name, now)).await?;
                continue;
            }
            Ok(CheckoutAnswer::Checkout(seen)) => Ok(seen),
            Ok(CheckoutAnswer::Card(_) | CheckoutAnswer::Detached) => {
                Err(Doubt::Unknown("the answer is about a card".to_owned()))
            }
            Err(doubt) => Err(doubt),
        };
        app.db.write(move |tx| answered(tx, &checkout, step, &answer, name, live, now)).await?;
    }
}

/// The keys follow from the checkout, so that the same request has the same key whoever sends it. The customer's is no
/// key of the account: a processor may keep a failure under it, and the account's next checkout must not inherit that.
fn order(send: &ToSend) -> CheckoutOrder {
    let (id, body) = (&send.checkout.id, send.body.clone());
    let reference = send.checkout.reference.clone().unwrap_or_default();
    match send.step {
        Step::MakeCustomer => CheckoutOrder::MakeCustomer { key: format!("{id}:customer"), body },
        Step::Open => CheckoutOrder::Open { key: format!("{id}:open"), body },
        Step::Look => CheckoutOrder::Look { reference },
        Step::Expire => CheckoutOrder::Expire { reference, key: format!("{id}:expire") },
    }
}
