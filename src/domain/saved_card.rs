//! A saved card that its processor has otherwise than our books: its bank has renewed it or put another number in its place,
//! or somebody took it away there.

use super::checkout::Card;

/// A saved card as our books have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept<'a> {
    /// What its owner knows it by.
    pub label: &'a str,
    /// Its last month: `2030-12`.
    pub expires: Option<&'a str>,
    /// Whom the processor knows its owner as.
    pub customer_ref: &'a str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// The same number for longer.
    Renewed,
    /// Only its last month is otherwise than we knew.
    Dated,
    /// Another number, so another card than its owner has agreed to.
    Replaced,
    /// It is our customer's no more, and can never be charged again.
    Gone,
}

impl Change {
    pub const ALL: [Self; 4] = [Self::Renewed, Self::Dated, Self::Replaced, Self::Gone];

    /// In the audit.
    pub fn code(self) -> &'static str {
        match self {
            Self::Renewed => "renewed",
            Self::Dated => "other_date",
            Self::Replaced => "replaced",
            Self::Gone => "gone",
        }
    }

    /// A bank that has declined it for good has meant what it was before.
    pub fn may_be_charged_again(self) -> bool {
        match self {
            Self::Renewed | Self::Replaced => true,
            Self::Dated | Self::Gone => false,
        }
    }
}

/// `there`: the card as the processor has it, if it has. Who asks for it twice hears of the change once.
pub fn change(kept: Kept, there: Option<&Card>) -> Option<Change> {
    let theirs = there.filter(|card| card.customer_ref.as_deref() == Some(kept.customer_ref));
    let Some(there) = theirs else { return Some(Change::Gone) };
    if ends_otherwise(kept.label, &there.label) {
        return Some(Change::Replaced);
    }
    match (kept.expires, there.expires.as_deref()) {
        (Some(before), Some(now)) if now > before => Some(Change::Renewed),
        (before, Some(now)) if before != Some(now) => Some(Change::Dated),
        (_, Some(_) | None) => None,
    }
}

/// Both show the end of a number, and not of the same.
fn ends_otherwise(before: &str, now: &str) -> bool {
    match (last4(before), last4(now)) {
        (Some(before), Some(now)) => before != now,
        (None, _) | (_, None) => false,
    }
}

fn last4(label: &str) -> Option<&str> {
    let (at, _) = label.char_indices().rev().nth(3)?;
    let end = &label[at..];
    end.bytes().all(|byte| byte.is_ascii_digit()).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEPT: Kept<'static> = Kept { label: "Visa ••4242", expires: Some("2030-12"), customer_ref: "cus_1" };

    fn there(label: &str, expires: Option<&str>) -> Card {
        Card {
            method_ref: "pm_1".to_owned(),
            label: label.to_owned(),
            expires: expires.map(str::to_owned),
            customer_ref: Some("cus_1".to_owned()),
            live: false,
        }
    }

    fn changed(kept: Kept, label: &str, expires: Option<&str>) -> Option<Change> {
        change(kept, Some(&there(label, expires)))
    }

    #[test]
    fn a_card_is_renewed_replaced_or_as_it_was() {
        assert_eq!(changed(KEPT, "Visa ••4242", Some("2030-12")), None);
        assert_eq!(changed(KEPT, "Visa ••4242", Some("2034-01")), Some(Change::Renewed));
        assert_eq!(changed(KEPT, "Visa ••4242", Some("2029-12")), Some(Change::Dated));
        assert_eq!(changed(KEPT, "Visa ••4242", None), None, "what is not told changes nothing");
        assert_eq!(changed(KEPT, "Mastercard ••4444", Some("2034-01")), Some(Change::Replaced));
    }

    #[test]
    fn what_its_owner_calls_it_says_nothing_of_its_number() {
        for label in ["my card", "", "ä", "Visa of 99"] {
            let kept = Kept { label, expires: None, ..KEPT };
            assert_eq!(changed(kept, "Visa ••4242", Some("2030-12")), Some(Change::Dated), "{label}");
        }
        assert_eq!(changed(KEPT, "Card", Some("2030-12")), None);
    }

    #[test]
    fn a_card_of_nobody_or_of_another_customer_is_gone() {
        assert_eq!(change(KEPT, None), Some(Change::Gone));
        for customer_ref in [None, Some("cus_2".to_owned())] {
            let elsewhere = Card { customer_ref, ..there("Visa ••4242", Some("2030-12")) };
            assert_eq!(change(KEPT, Some(&elsewhere)), Some(Change::Gone));
        }
    }
}
