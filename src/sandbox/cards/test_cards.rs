//! The cards everybody may use here, and how each behaves. When it is charged is for `model.rs`.

/// What happens when the card is charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Behaviour {
    Succeeds,
    Declines {
        code: &'static str,
        decline_code: &'static str,
    },
    /// The bank wants to see the customer, which off-session cannot be: a decline then, and a step to take otherwise.
    WantsCustomer,
    /// The answer is "processing"; the outcome follows by webhook.
    Processes {
        then: &'static Behaviour,
    },
}

/// All of them can be saved with a customer. Cards that decline everything decline that too at Stripe; a card that goes
/// bad later is what an application has to survive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TestCard {
    pub name: &'static str,
    pub number: &'static str,
    pub behaviour: Behaviour,
    pub about: &'static str,
}

impl TestCard {
    pub(super) fn last4(&self) -> &'static str {
        &self.number[self.number.len() - 4..]
    }
}

const fn card(name: &'static str, number: &'static str, behaviour: Behaviour, about: &'static str) -> TestCard {
    TestCard { name, number, behaviour, about }
}

const fn declines(code: &'static str, decline_code: &'static str) -> Behaviour {
    Behaviour::Declines { code, decline_code }
}

const GENERIC: Behaviour = declines("card_declined", "generic_decline");

pub(super) const TEST_CARDS: &[TestCard] = &[
    card("pm_card_visa", "4242424242424242", Behaviour::Succeeds, "succeeds"),
    card("pm_card_visa_chargeDeclined", "4000000000000002", GENERIC, "declines without a reason"),
    card(
        "pm_card_visa_chargeDeclinedInsufficientFunds",
        "4000000000009995",
        declines("card_declined", "insufficient_funds"),
        "declines for want of money",
    ),
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
    card("pm_card_chargeCustomerFail", "4000000000000341", GENERIC, "can be saved, declines when charged"),
    card(
        "pm_card_authenticationRequired",
        "4000002760003184",
        Behaviour::WantsCustomer,
        "wants the customer, so declines off-session",
    ),
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
pub(super) fn find(name: &str) -> Option<&'static TestCard> {
    let plain = |name: &str| name.replacen("pm_card_visa_", "pm_card_", 1);
    TEST_CARDS.iter().find(|card| plain(card.name) == plain(name))
}

pub(super) fn find_number(number: &str) -> Option<&'static TestCard> {
    TEST_CARDS.iter().find(|card| card.number == number)
}

/// What the cardholder is told.
pub(super) fn message(decline_code: &str) -> &'static str {
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
}
