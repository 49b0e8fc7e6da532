//! A call's checkpoint is due.

use std::sync::Arc;

use super::{Done, JobError};
use crate::app::App;
use crate::domain::currency::Currency;
use crate::domain::money::Money;
use crate::domain::payment::NewPayment;
use crate::flows;
use crate::flows::recharge::PaymentForms;
use crate::payments::Processor;

pub async fn run(app: &App, call: String) -> Result<Done, JobError> {
    let (rules, now, forms) = (app.config.rules, app.clock.now(), Forms::of(app));
    let again = app.db.write(move |tx| flows::checkpoint::checkpoint(tx, &call, &forms, &rules, now)).await?;
    Ok(again.map_or(Done::Finished, Done::Again))
}

/// What the books need of the card processor.
pub struct Forms {
    processor: Arc<dyn Processor>,
    return_url: String,
}

impl Forms {
    pub fn of(app: &App) -> Self {
        Self { processor: app.processor.clone(), return_url: format!("{}/", app.config.public_url) }
    }
}

impl PaymentForms for Forms {
    fn processor(&self) -> &'static str {
        self.processor.name()
    }

    fn smallest(&self, currency: Currency) -> Money {
        self.processor.smallest(currency)
    }

    fn return_url(&self) -> String {
        self.return_url.clone()
    }

    fn create_body(&self, payment: &NewPayment) -> String {
        self.processor.create_body(payment)
    }

    fn confirm_body(&self, payment: &NewPayment) -> String {
        self.processor.confirm_body(payment)
    }
}
