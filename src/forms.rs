//! What the books need of the card processor: its smallest amount, and the bodies to freeze with a payment or a checkout.

use std::sync::Arc;

use crate::domain::checkout::NewCheckout;
use crate::domain::currency::Currency;
use crate::domain::money::Money;
use crate::domain::payment::NewPayment;
use crate::domain::refund::NewRefund;
use crate::flows::begin_checkout::CheckoutForms;
use crate::flows::recharge::PaymentForms;
use crate::flows::refund::RefundForms;
use crate::payments::Processor;

#[derive(Clone)]
pub struct Forms {
    processor: Arc<dyn Processor>,
    public_url: String,
}

impl Forms {
    pub fn new(processor: Arc<dyn Processor>, public_url: &str) -> Self {
        Self { processor, public_url: public_url.to_owned() }
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
        format!("{}/", self.public_url)
    }

    fn create_body(&self, payment: &NewPayment) -> String {
        self.processor.create_body(payment)
    }

    fn confirm_body(&self, payment: &NewPayment) -> String {
        self.processor.confirm_body(payment)
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
    fn processor(&self) -> &'static str {
        self.processor.name()
    }

    fn refund_body(&self, refund: &NewRefund) -> String {
        self.processor.refund_body(refund)
    }
}
