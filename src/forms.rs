//! What the books need of the card processor: its smallest amount, and the bodies to freeze with a payment.

use std::sync::Arc;

use crate::domain::currency::Currency;
use crate::domain::money::Money;
use crate::domain::payment::NewPayment;
use crate::domain::refund::NewRefund;
use crate::flows::recharge::PaymentForms;
use crate::flows::refund::RefundForms;
use crate::payments::Processor;

#[derive(Clone)]
pub struct Forms {
    processor: Arc<dyn Processor>,
    return_url: String,
}

impl Forms {
    pub fn new(processor: Arc<dyn Processor>, public_url: &str) -> Self {
        Self { processor, return_url: format!("{public_url}/") }
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

impl RefundForms for Forms {
    fn processor(&self) -> &'static str {
        self.processor.name()
    }

    fn refund_body(&self, refund: &NewRefund) -> String {
        self.processor.refund_body(refund)
    }
}
