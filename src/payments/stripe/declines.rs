//! What Stripe's words for a declined card mean for the next attempt. The list of words is Stripe's, the classes are
//! ours.

use serde_json::Value;

use crate::payments::{Decline, DeclineClass};

/// From an error, or the `last_payment_error` of an intent.
pub(super) fn decline(error: &Value) -> Decline {
    let code = error["code"].as_str();
    let word = error["decline_code"].as_str().or(code).unwrap_or("card_declined");
    // Some issuers give no reason where Stripe's own code still does, such as `expired_card`.
    let by_words = match (class_of(word), code.map(class_of)) {
        (DeclineClass::Vague, Some(by_code)) => by_code,
        (by_word, _) => by_word,
    };
    Decline { class: advised(by_words, error["advice_code"].as_str()), code: word.to_owned() }
}

/// The card network's advice goes before the table. "Try again later" only makes a vague reason worth another try: it
/// also comes with an empty account, where "later" means days, and must not revive a lost card.
fn advised(by_words: DeclineClass, advice: Option<&str>) -> DeclineClass {
    match (advice, by_words) {
        (Some("do_not_try_again"), _) => DeclineClass::Hard,
        (Some("confirm_card_data"), _) => DeclineClass::CustomerNeeded,
        (Some("try_again_later"), DeclineClass::Vague) => DeclineClass::Transient,
        (_, by_words) => by_words,
    }
}

/// For a `decline_code`, or a `code` where that is missing.
fn class_of(word: &str) -> DeclineClass {
    match word {
        "lost_card"
        | "stolen_card"
        | "pickup_card"
        | "restricted_card"
        | "expired_card"
        | "invalid_account"
        | "card_not_supported"
        | "currency_not_supported"
        | "do_not_try_again"
        | "revocation_of_authorization"
        | "revocation_of_all_authorizations"
        | "stop_payment_order"
        | "fraudulent"
        | "merchant_blacklist"
        | "security_violation"
        | "new_account_information_available"
        | "incorrect_number"
        | "invalid_number"
        | "invalid_amount"
        | "service_not_allowed"
        | "testmode_decline" => DeclineClass::Hard,
        "insufficient_funds" | "card_velocity_exceeded" | "withdrawal_count_limit_exceeded" => DeclineClass::Funds,
        "processing_error" | "issuer_not_available" | "try_again_later" | "reenter_transaction" | "approve_with_id" => {
            DeclineClass::Transient
        }
        "authentication_required"
        | "authentication_not_handled"
        | "payment_intent_authentication_failure"
        | "incorrect_cvc"
        | "incorrect_zip"
        | "offline_pin_required"
        | "online_or_offline_pin_required"
        | "pin_try_exceeded"
        | "incorrect_pin" => DeclineClass::CustomerNeeded,
        // `generic_decline`, `do_not_honor` and the like, and words we do not know.
        _ => DeclineClass::Vague,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use DeclineClass::{CustomerNeeded, Funds, Hard, Transient, Vague};

    #[test]
    fn each_kind_of_word_has_its_class() {
        for (word, class) in [
            ("stolen_card", Hard),
            ("insufficient_funds", Funds),
            ("issuer_not_available", Transient),
            ("do_not_honor", Vague),
            ("a_word_of_next_year", Vague),
            ("authentication_required", CustomerNeeded),
        ] {
            let declined = decline(&json!({"code": "card_declined", "decline_code": word}));
            assert_eq!(declined, Decline { class, code: word.to_owned() });
        }
    }

    #[test]
    fn the_code_speaks_where_the_decline_code_is_missing_or_vague() {
        assert_eq!(decline(&json!({"code": "expired_card"})).class, Hard);
        assert_eq!(decline(&json!({"code": "expired_card", "decline_code": "generic_decline"})).class, Hard);
        assert_eq!(decline(&json!({"code": "card_declined", "decline_code": "lost_card"})).class, Hard);
        assert_eq!(decline(&json!({})), Decline { class: Vague, code: "card_declined".to_owned() });
    }

    #[test]
    fn advice_goes_before_the_table_but_never_revives_a_card() {
        for (word, advice, class) in [
            ("generic_decline", "do_not_try_again", Hard),
            ("insufficient_funds", "do_not_try_again", Hard),
            ("generic_decline", "confirm_card_data", CustomerNeeded),
            ("generic_decline", "try_again_later", Transient),
            ("insufficient_funds", "try_again_later", Funds),
            ("lost_card", "try_again_later", Hard),
            ("generic_decline", "an_advice_of_next_year", Vague),
        ] {
            let declined = decline(&json!({"decline_code": word, "advice_code": advice}));
            assert_eq!(declined.class, class, "{word} with {advice}");
        }
    }
}
