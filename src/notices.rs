//! What a card processor's message leads to, whoever brings it: its webhook, or its list of what it has told. It is kept
//! once by the processor's name of it, and changes nothing the second time.

use chrono::{DateTime, Utc};

use crate::flows::report::Message;
use crate::flows::settle_refund::RefundHint;
use crate::flows::{FlowError, card_changes, disputes, settle_checkout, settle_payment, settle_refund};
use crate::payments::checkouts::{CardNotice, CheckoutNotice};
use crate::payments::disputes::DisputeNotice;
use crate::payments::refunds::RefundNotice;
use crate::payments::{Processor, ProcessorNotice, Unreadable, exchange};
use crate::storage::Tx;
use crate::wire::Incoming;

/// What a message is about.
#[derive(Debug, Clone)]
pub enum Notice {
    Checkout(CheckoutNotice),
    Card(CardNotice),
    Refund(RefundNotice),
    Dispute(DisputeNotice),
    Payment(ProcessorNotice),
}

impl Notice {
    /// The processor's name of the message.
    fn event(&self) -> &str {
        match self {
            Self::Checkout(notice) => &notice.event,
            Self::Card(notice) => &notice.event,
            Self::Refund(notice) => &notice.event,
            Self::Dispute(notice) => &notice.event,
            Self::Payment(notice) => &notice.event,
        }
    }

    /// When the processor made it, by its own clock, if it says so.
    pub fn made_at(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::Payment(notice) => notice.made_at,
            Self::Checkout(_) | Self::Card(_) | Self::Refund(_) | Self::Dispute(_) => None,
        }
    }
}

/// `None` for kinds we have no use for. A payment at a page is the page's.
pub fn read(processor: &dyn Processor, incoming: &Incoming) -> Result<Option<Notice>, Unreadable> {
    if let Some(notice) = processor.read_checkout(incoming)? {
        return Ok(Some(Notice::Checkout(notice)));
    }
    if let Some(notice) = processor.read_card(incoming)? {
        return Ok(Some(Notice::Card(notice)));
    }
    if let Some(notice) = processor.read_refund(incoming)? {
        return Ok(Some(Notice::Refund(notice)));
    }
    if let Some(notice) = processor.read_dispute(incoming)? {
        return Ok(Some(Notice::Dispute(notice)));
    }
    Ok(processor.read(incoming)?.map(Notice::Payment))
}

/// Of a payment only a success is believed, of a refund nothing but that it is there; the rest are hints to go and look.
pub fn book(
    tx: &mut Tx,
    processor: &dyn Processor,
    notice: Notice,
    incoming: &Incoming,
    now: DateTime<Utc>,
) -> Result<(), FlowError> {
    let (source, live, told) = (processor.name(), processor.live(), exchange::told(incoming));
    let (id, path, body) = (notice.event().to_owned(), incoming.path.clone(), incoming.body.clone());
    let message = Message { source, id, path, body };
    match notice {
        Notice::Checkout(CheckoutNotice { checkout, reference, paid, .. }) => {
            let says = settle_checkout::ProcessorSays { checkout, reference, paid, told };
            settle_checkout::reported(tx, &says, &message, source, live, now)
        }
        Notice::Card(CardNotice { method_ref, .. }) => card_changes::hinted(tx, &method_ref, &message, source, now),
        Notice::Refund(RefundNotice { refund, charge, seen, kind, .. }) => {
            settle_refund::hinted(tx, &RefundHint { refund, charge, seen, kind, told }, &message, source, now)
        }
        Notice::Dispute(DisputeNotice { seen, kind, .. }) => {
            disputes::told_of_dispute(tx, &disputes::Told { seen, kind, told }, &message, source, now)
        }
        Notice::Payment(ProcessorNotice { payment, reference, succeeded, kind, .. }) => {
            let says = settle_payment::ProcessorSays { payment, reference, succeeded, kind, told };
            settle_payment::reported(tx, &says, &message, source, live, now)
        }
    }
}

/// What was told of a refund or dispute when its charge was nobody's, told again. With whom it is booked then, if it is.
pub fn book_again(
    tx: &mut Tx,
    processor: &dyn Processor,
    notice: Notice,
    incoming: &Incoming,
    now: DateTime<Utc>,
) -> Result<Option<String>, FlowError> {
    let (source, told, message) = (processor.name(), exchange::told(incoming), notice.event().to_owned());
    match notice {
        Notice::Refund(RefundNotice { refund, charge, seen, kind, .. }) => {
            settle_refund::hinted_again(tx, &RefundHint { refund, charge, seen, kind, told }, &message, source, now)
        }
        Notice::Dispute(DisputeNotice { seen, kind, .. }) => {
            disputes::told_again(tx, &disputes::Told { seen, kind, told }, &message, source, now)
        }
        Notice::Checkout(_) | Notice::Card(_) | Notice::Payment(_) => Ok(None),
    }
}
