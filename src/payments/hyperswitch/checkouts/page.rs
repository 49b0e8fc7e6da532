//! A payment that a customer makes at a page of Hyperswitch's: where the page is, whether it was paid, and with which card.

use serde_json::Value;

use super::super::payment::PaymentObject;
use crate::payments::checkouts::{Card, Paid, Seen, Standing, address, last_month};

/// So our ids of checkouts begin, and no other payment's.
const OURS: &str = "chk_";

pub(super) struct Page<'a>(PaymentObject<'a>);

impl<'a> Page<'a> {
    /// `None` if the payment is not made at a page.
    pub(super) fn of(payment: PaymentObject<'a>) -> Option<Self> {
        payment.id().starts_with(OURS).then_some(Self(payment))
    }

    pub(super) fn id(&self) -> &'a str {
        self.0.id()
    }

    /// The money that was taken; `None` also if it cannot be read, or if only a card was saved.
    pub(super) fn paid(&self) -> Option<Paid> {
        let receipt = self.0.receipt().filter(|receipt| receipt.amount.is_positive())?;
        Some(Paid { payment: self.id().to_owned(), receipt })
    }

    /// `None` if it cannot be read far enough: not to be believed, not to be dismissed.
    pub(super) fn seen(&self) -> Option<Seen> {
        let standing = match self.0.status()? {
            // Neither receipt nor a zero for an amount: nothing says what was taken.
            "succeeded" | "partially_captured" => {
                self.0.receipt()?;
                Standing::Complete { paid: self.paid(), card: self.card() }
            }
            "requires_payment_method" | "requires_confirmation" | "requires_customer_action" => {
                let link = &self.0.field("payment_link")["link"];
                Standing::Open { url: address(link.as_str()?)? }
            }
            "cancelled" | "expired" => Standing::Expired,
            "failed" => Standing::Failed(self.0.failure().code),
            // `processing`, and what may be invented.
            _ => Standing::Processing,
        };
        Some(Seen { reference: self.id().to_owned(), standing })
    }

    /// The card that was used, if it has a name to be charged by.
    fn card(&self) -> Option<Card> {
        let details = &self.0.field("payment_method_data")["card"];
        Some(Card {
            method_ref: self.0.field("payment_method_id").as_str()?.to_owned(),
            label: label(&details["card_network"], &details["last4"]),
            expires: expires(&details["card_exp_year"], &details["card_exp_month"]),
            customer_ref: self.0.customer(),
            live: self.0.live(),
        })
    }
}

/// In the list of a customer's cards the same things have other names.
pub(super) fn listed_card(listed: &Value, method_ref: &str, customer_ref: &str, live: bool) -> Card {
    let details = &listed["card"];
    let network = if details["card_network"].is_string() { &details["card_network"] } else { &details["scheme"] };
    Card {
        method_ref: method_ref.to_owned(),
        label: label(network, &details["last4_digits"]),
        expires: expires(&details["expiry_year"], &details["expiry_month"]),
        customer_ref: Some(customer_ref.to_owned()),
        live,
    }
}

fn label(network: &Value, last4: &Value) -> String {
    let network = network.as_str().unwrap_or("Card");
    last4.as_str().map_or_else(|| network.to_owned(), |last4| format!("{network} ••{last4}"))
}

fn expires(year: &Value, month: &Value) -> Option<String> {
    let number = |text: &Value| text.as_str().and_then(|text| text.parse::<i64>().ok());
    let year = number(year).map(|year| if year < 100 { 2000 + year } else { year });
    last_month(year, number(month))
}
