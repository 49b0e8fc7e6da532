//! Tells the processor to forget a card that its owner has removed. We do not charge it any more in any case.

use super::{Done, JobError};
use crate::app::App;
use crate::domain::payment::Doubt;
use crate::flows::saved_cards::detached;
use crate::payments::checkouts::CheckoutOrder;
use crate::storage::cards;

pub async fn run(app: &App, id: String) -> Result<Done, JobError> {
    let card = id.clone();
    let Some(card) = app.db.read(move |tx| cards::find(tx, &card)).await?.filter(|card| card.removed) else {
        return Ok(Done::Finished);
    };
    let processor = app.processors.of(&card.processor)?;
    let order = CheckoutOrder::Detach { method_ref: card.method_ref, key: format!("{id}:detach") };
    let response = app.outbound.send(&processor.checkout_request(&order)).await;
    match processor.checkout_response(&order, &response) {
        Ok(_) => {}
        // There is nothing to forget: it was forgotten before, or is another's by now.
        Err(Doubt::Rejected { code, message }) => tracing::warn!(card = id, code, message, "a card was not detached"),
        Err(Doubt::KeyReused) => tracing::error!(card = id, "the key of a detaching was used for something else"),
        Err(doubt @ (Doubt::NotSent(_) | Doubt::NotDone { .. } | Doubt::Unknown(_))) => {
            return Err(JobError::Processor(format!("{doubt:?}")));
        }
    }
    let now = app.clock.now();
    app.db.write(move |tx| detached(tx, &id, now)).await?;
    Ok(Done::Finished)
}
