//! The cards everybody may use here, and how each behaves. When it is charged is for `model.rs`.

/// What happens when the card is charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sandbox) enum Behaviour {
    Succeeds,
    Declines {
        code: &'static str,
        decline_code: &'static str,
    },
    /// There is so much on it, in the currency's smallest coin; for more it declines.
    HasOnly {
        minor: i64,
    },
    /// As if it declined, but it can be saved before: the card that goes bad between two charges.
    DeclinesOnceSaved {
        code: &'static str,
        decline_code: &'static str,
    },
    /// The bank wants to see the customer, which off-session cannot be: a decline then, and a step to take otherwise.
    WantsCustomer,
    /// The same, but only until the customer was seen when the card was saved.
    WantsCustomerOnce {
        then: &'static Behaviour,
    },
    /// The answer is "processing"; the outcome follows by webhook.
    Processes {
        then: &'static Behaviour,
    },
}

/// What happens when somebody saves the card: on the hosted page, or by confirming a set-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sandbox) enum Saving {
    Succeeds,
    Declines { code: &'static str, decline_code: &'static str },
    WantsCustomer,
}

/// How a refund to the card goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sandbox) enum Refunding {
    AtOnce,
    /// It is pending at first, and succeeds some time later.
    Later,
    /// It is pending until somebody ends it.
    Waits,
    /// It succeeds at first, and is undone some time later.
    ComesBack,
}

/// The bare API attaches all of them to a customer. Cards that decline everything decline that too at Stripe, as they do
/// on the hosted page; a card that goes bad later is what an application has to survive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sandbox) struct TestCard {
    pub name: &'static str,
    pub number: &'static str,
    pub behaviour: Behaviour,
    pub about: &'static str,
}

impl TestCard {
    pub(in crate::sandbox) fn last4(&self) -> &'static str {
        &self.number[self.number.len() - 4..]
    }

    pub(in crate::sandbox) fn brand(&self) -> &'static str {
        if self.number.starts_with('5') { "mastercard" } else { "visa" }
    }

    pub(in crate::sandbox) fn saving(&self) -> Saving {
        match self.behaviour {
            Behaviour::Succeeds
            | Behaviour::HasOnly { .. }
            | Behaviour::DeclinesOnceSaved { .. }
            | Behaviour::Processes { .. } => Saving::Succeeds,
            Behaviour::Declines { code, decline_code } => Saving::Declines { code, decline_code },
            Behaviour::WantsCustomer | Behaviour::WantsCustomerOnce { .. } => Saving::WantsCustomer,
        }
    }

    pub(in crate::sandbox) fn refunding(&self) -> Refunding {
        match self.name {
            "pm_card_pendingRefund" => Refunding::Later,
            "pm_card_refundFail" => Refunding::ComesBack,
            _ => Refunding::AtOnce,
        }
    }
}

const fn card(name: &'static str, number: &'static str, behaviour: Behaviour, about: &'static str) -> TestCard {
    TestCard { name, number, behaviour, about }
}

const fn declines(code: &'static str, decline_code: &'static str) -> Behaviour {
    Behaviour::Declines { code, decline_code }
}

const GENERIC: Behaviour = declines("card_declined", "generic_decline");
const NO_MONEY: Behaviour = declines("card_declined", "insufficient_funds");

pub(in crate::sandbox) const TEST_CARDS: &[TestCard] = &[
    card("pm_card_visa", "4242424242424242", Behaviour::Succeeds, "succeeds"),
    card("pm_card_mastercard", "5555555555554444", Behaviour::Succeeds, "succeeds, as another brand"),
    card("pm_card_visa_chargeDeclined", "4000000000000002", GENERIC, "declines without a reason"),
    card("pm_card_visa_chargeDeclinedInsufficientFunds", "4000000000009995", NO_MONEY, "declines for want of money"),
    card(
        "pm_card_visa_chargeDeclinedLostCard",
        "4000000000009987",
        declines("card_declined", "lost_card"),
        "declines as reported lost",
    ),
    card(
        "pm_card_visa_chargeDeclinedStolenCard",
        "4000000000009979",
        declines("card_declined", "stolen_card"),
        "declines as reported stolen",
    ),
    card(
        "pm_card_chargeDeclinedExpiredCard",
        "4000000000000069",
        declines("expired_card", "expired_card"),
        "declines as expired",
    ),
    card(
        "pm_card_chargeDeclinedIncorrectCvc",
        "4000000000000127",
        declines("incorrect_cvc", "incorrect_cvc"),
        "declines for a wrong security code",
    ),
    card(
        "pm_card_chargeDeclinedProcessingError",
        "4000000000000119",
        declines("processing_error", "processing_error"),
        "declines for an error at the bank",
    ),
    card(
        "pm_card_radarBlock",
        "4100000000000019",
        declines("card_declined", "fraudulent"),
        "declines, blocked as fraud",
    ),
    card(
        "pm_card_chargeCustomerFail",
        "4000000000000341",
        Behaviour::DeclinesOnceSaved { code: "card_declined", decline_code: "generic_decline" },
        "can be saved, declines when charged",
    ),
    card(
        "pm_card_authenticationRequiredOnSetup",
        "4000002500003155",
        Behaviour::WantsCustomerOnce { then: &Behaviour::Succeeds },
        "wants the customer (3-D Secure) when it is saved, then succeeds off-session",
    ),
    card(
        "pm_card_authenticationRequired",
        "4000002760003184",
        Behaviour::WantsCustomer,
        "wants the customer (3-D Secure) each time, so declines off-session",
    ),
    card(
        "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds",
        "4000008260003178",
        Behaviour::WantsCustomerOnce { then: &NO_MONEY },
        "wants the customer (3-D Secure), then declines for want of money",
    ),
    card("pm_card_pendingRefund", "4000000000007726", Behaviour::Succeeds, "succeeds; refunds are pending at first"),
    card("pm_card_refundFail", "4000000000005126", Behaviour::Succeeds, "succeeds; refunds fail later"),
    card("pm_card_littleMoney", "4000000000009003", Behaviour::HasOnly { minor: 75 }, "declines more than 0.75"),
    card(
        "pm_card_processing_succeeds",
        "4000000000009001",
        Behaviour::Processes { then: &Behaviour::Succeeds },
        "processing at first, succeeds later",
    ),
    card(
        "pm_card_processing_fails",
        "4000000000009002",
        Behaviour::Processes { then: &GENERIC },
        "processing at first, declines later",
    ),
];

/// Stripe spells some names with and some without the brand; both are understood.
pub(in crate::sandbox) fn find(name: &str) -> Option<&'static TestCard> {
    let plain = |name: &str| name.replacen("pm_card_visa_", "pm_card_", 1);
    TEST_CARDS.iter().find(|card| plain(card.name) == plain(name))
}

pub(in crate::sandbox) fn find_number(number: &str) -> Option<&'static TestCard> {
    TEST_CARDS.iter().find(|card| card.number == number)
}

/// Whether the last digit is the one the others ask for, as with every card number there is.
pub(in crate::sandbox) fn is_card_number(number: &str) -> bool {
    let digits: Option<Vec<u32>> = number.chars().rev().map(|digit| digit.to_digit(10)).collect();
    let Some(digits) = digits.filter(|digits| (12..=19).contains(&digits.len())) else { return false };
    let doubled = |digit: u32| if digit > 4 { digit * 2 - 9 } else { digit * 2 };
    let sum: u32 =
        digits.iter().enumerate().map(|(place, digit)| if place % 2 == 1 { doubled(*digit) } else { *digit }).sum();
    sum.is_multiple_of(10)
}

/// What the cardholder is told.
pub(in crate::sandbox) fn message(decline_code: &str) -> &'static str {
    match decline_code {
        "insufficient_funds" => "Your card has insufficient funds.",
        "expired_card" => "Your card has expired.",
        "incorrect_cvc" => "Your card's security code is incorrect.",
        "processing_error" => "An error occurred while processing your card. Try again in a little bit.",
        "authentication_required" => "Your card was declined. This transaction requires authentication.",
        _ => "Your card was declined.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_card_is_found_by_both_spellings_and_only_once() {
        for card in TEST_CARDS {
            assert_eq!(find(card.name), Some(card));
            assert_eq!(find(&card.name.replace("pm_card_visa_", "pm_card_")), Some(card));
        }
        assert_eq!(find("pm_card_visa_chargeDeclinedExpiredCard").map(TestCard::last4), Some("0069"));
        assert_eq!(find("pm_1"), None);
    }

    #[test]
    fn every_number_is_one_that_a_card_can_have() {
        let invented = ["4000000000009001", "4000000000009002", "4000000000009003"];
        for card in TEST_CARDS {
            assert!(is_card_number(card.number) || invented.contains(&card.number), "{}", card.number);
        }
        for wrong in ["", "4242424242424241", "42424242424", "4242 4242 4242 4242", "42424242424242424242"] {
            assert!(!is_card_number(wrong), "{wrong}");
        }
    }
}
