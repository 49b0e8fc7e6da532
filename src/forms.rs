//! What the books need of the card processor: its smallest amount, and the bodies to freeze with a payment or a checkout.

use std::sync::Arc;

use crate::domain::checkout::NewCheckout;
use crate::domain::currency::Currency;
use crate::domain::money::Money;
use crate::domain::payment::NewPayment;
use crate::domain::refund::NewRefund;
use crate::flows::begin_checkout::CheckoutForms;
use crate::flows::recharge::{Bodies, PaymentForms};
use crate::flows::refund::RefundForms;
use crate::payments::{Processor, Processors};

#[derive(Clone)]
pub struct Forms {
    processors: Processors,
    /// Whom something new is begun with, or something that was begun goes on with.
    processor: Arc<dyn Processor>,
    public_url: String,
}

impl Forms {
    pub fn new(processors: Processors, public_url: &str) -> Self {
        Self { processor: processors.chosen().clone(), processors, public_url: public_url.to_owned() }
    }

    /// For what was begun with this one.
    pub fn of(&self, processor: Arc<dyn Processor>) -> Self {
        Self { processor, ..self.clone() }
    }
}

impl PaymentForms for Forms {
    fn reaches(&self, processor: &str) -> bool {
        self.processors.of(processor).is_ok()
    }

    fn smallest(&self, currency: Currency) -> Money {
        self.processor.smallest(currency)
    }

    fn return_url(&self) -> String {
        format!("{}/", self.public_url)
    }

    fn bodies(&self, processor: &str, payment: &NewPayment) -> Option<Bodies> {
        let processor = self.processors.of(processor).ok()?;
        Some(Bodies { create: processor.create_body(payment), confirm: processor.confirm_body(payment) })
    }
}

impl CheckoutForms for Forms {
    fn processor(&self) -> &'static str {
        self.processor.name()
    }

    fn smallest(&self, currency: Currency) -> Money {
        self.processor.smallest(currency)
    }

    fn customer_body(&self, account: &str) -> String {
        self.processor.customer_body(account)
    }

    fn checkout_body(&self, checkout: &NewCheckout) -> String {
        self.processor.checkout_body(checkout)
    }

    fn back_urls(&self, checkout: &str) -> (String, String) {
        let page = format!("{}/money/checkouts/{checkout}", self.public_url);
        (format!("{page}?back=1"), format!("{page}?back=0"))
    }
}

impl RefundForms for Forms {
    fn processors(&self) -> Vec<&'static str> {
        self.processors.names().collect()
    }

    fn refund_body(&self, processor: &str, refund: &NewRefund) -> Option<String> {
        Some(self.processors.of(processor).ok()?.refund_body(refund))
    }
}
