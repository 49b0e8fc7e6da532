//! What words for a declined card mean for the next attempt. Hyperswitch passes on the words of whoever it routed the
//! payment to, and beside them, if it knows, one of its own; all are compared without their spelling.

use serde_json::Value;

use crate::payments::{Decline, DeclineClass};

/// From a payment that failed.
pub(super) fn decline(payment: &Value) -> Decline {
    let details = &payment["error_details"]["unified_details"];
    let said = [details["standardised_code"].as_str(), payment["error_code"].as_str()];
    let words = || said.iter().flatten();
    let class = words().map(|word| class_of(word)).find(|class| *class != DeclineClass::Vague);
    let advice = details["recommended_action"].as_str().map(plain);
    let class = match advice.as_deref() {
        Some("donotretry" | "stoprecurring") => DeclineClass::Hard,
        _ => class.unwrap_or(DeclineClass::Vague),
    };
    let code = payment["error_code"].as_str().or_else(|| payment["unified_code"].as_str()).unwrap_or("failed");
    Decline { class, code: code.to_owned() }
}

/// `InsufficientFunds`, `insufficient_funds` and `INSUFFICIENT-FUNDS` are one word.
fn plain(word: &str) -> String {
    word.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}

fn class_of(word: &str) -> DeclineClass {
    match plain(word).as_str() {
        "cardlostorstolen"
        | "lostcard"
        | "stolencard"
        | "pickupcard"
        | "restrictedcard"
        | "expiredcard"
        | "cardexpired"
        | "accountclosedorinvalid"
        | "invalidaccount"
        | "cardnotsupported"
        | "cardnotsupportedrestricted"
        | "suspectedfraud"
        | "fraudulent"
        | "stoppayment"
        | "mandatecancelled"
        | "invalidcardnumber"
        | "incorrectnumber" => DeclineClass::Hard,
        "insufficientfunds" | "creditlimitexceeded" | "cardvelocityexceeded" | "velocitylimitexceeded" => {
            DeclineClass::Funds
        }
        "issuerunavailable" | "issuernotavailable" | "processingerror" | "tryagainlater" | "systemerror" => {
            DeclineClass::Transient
        }
        "authenticationrequired" | "authenticationfailed" | "incorrectcvc" | "invalidcvv" | "pinrequired" => {
            DeclineClass::CustomerNeeded
        }
        // `DoNotHonor` and the like, and words we do not know.
        _ => DeclineClass::Vague,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use DeclineClass::{CustomerNeeded, Funds, Hard, Transient, Vague};

    #[test]
    fn each_kind_of_word_has_its_class_however_it_is_spelt() {
        for (word, class) in [
            ("stolen_card", Hard),
            ("CardLostOrStolen", Hard),
            ("insufficient_funds", Funds),
            ("INSUFFICIENT-FUNDS", Funds),
            ("issuer_not_available", Transient),
            ("AuthenticationRequired", CustomerNeeded),
            ("do_not_honor", Vague),
            ("a_word_of_next_year", Vague),
        ] {
            assert_eq!(decline(&json!({"error_code": word})), Decline { class, code: word.to_owned() });
        }
        assert_eq!(decline(&json!({})), Decline { class: Vague, code: "failed".to_owned() });
    }

    #[test]
    fn its_own_word_and_advice_go_before_those_passed_on() {
        let told = |standardised: &str, action: &str| {
            let details = json!({"standardised_code": standardised, "recommended_action": action});
            decline(&json!({"error_code": "05", "error_details": {"unified_details": details}}))
        };
        assert_eq!(told("InsufficientFunds", ""), Decline { class: Funds, code: "05".to_owned() });
        assert_eq!(told("InsufficientFunds", "DoNotRetry").class, Hard);
        assert_eq!(told("DoNotHonor", "RetryAfter1Hour").class, Vague);
    }
}
