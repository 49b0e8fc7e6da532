//! What pauses the automatic recharge, and what its owner then does.

use super::{Begun, Fate};
use crate::domain::payment::{DeclineClass, Verdict};
use crate::domain::saved_card::Change;

/// So many declines in a row that say nothing good, and the owner must act.
const MOST_SOFT_DECLINES: usize = 3;

/// Why nothing is charged until the owner acts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PauseReason {
    /// A bank wants its customer: to confirm, or to set something about the card right.
    CustomerNeeded,
    /// The last card that could be charged was declined for good.
    CardDeclined,
    DeclinedRepeatedly,
    /// A charge is disputed at the bank.
    Disputed,
    /// The processor warns that a charge looks like a stolen card's.
    FraudWarning,
    /// A saved card was changed or taken away elsewhere: it is not what was agreed to.
    CardChanged,
}

impl PauseReason {
    pub const ALL: [Self; 6] = [
        Self::CustomerNeeded,
        Self::CardDeclined,
        Self::DeclinedRepeatedly,
        Self::Disputed,
        Self::FraudWarning,
        Self::CardChanged,
    ];

    pub fn code(self) -> &'static str {
        match self {
            Self::CustomerNeeded => "authentication_required",
            Self::CardDeclined => "card_declined",
            Self::DeclinedRepeatedly => "declined_repeatedly",
            Self::Disputed => "disputed",
            Self::FraudWarning => "fraud_warning",
            Self::CardChanged => "card_changed",
        }
    }

    /// Older books have words of a processor's there, all of which meant that the customer is needed.
    pub fn of_code(code: &str) -> Self {
        Self::ALL.into_iter().find(|reason| reason.code() == code).unwrap_or(Self::CustomerNeeded)
    }

    /// What happened, and what its owner does about it.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::CustomerNeeded => {
                "Your bank wants you to confirm a payment yourself, or to check the details of your card. Top up once by \
                 hand, or save the card again: then it goes on by itself."
            }
            Self::CardDeclined => {
                "Your bank has declined your card for good, and there is no other. Save another card, then turn it on again."
            }
            Self::DeclinedRepeatedly => {
                "Your bank has declined three charges in a row. Make sure that the card has money, or put another card \
                 first, then turn it on again."
            }
            Self::Disputed => {
                "A charge of yours is disputed at your bank. If that was a mistake, settle it with your bank, then turn it \
                 on again."
            }
            Self::FraudWarning => {
                "Your bank says that a charge may not have been yours. Check your charges and your cards, then turn it on \
                 again."
            }
            Self::CardChanged => {
                "A saved card of yours was changed or taken away by your bank. Check your saved cards, then turn it on again."
            }
        }
    }

    /// The bank has seen its customer, which is all that was missing.
    pub fn ends_with_authentication(self) -> bool {
        self == Self::CustomerNeeded
    }
}

/// Whether a payment that ended like this pauses the agreement. `since_agreed`: the payments since the owner's latest word,
/// oldest first, this one too.
pub fn pause_after(verdict: Option<&Verdict>, cards_left: bool, since_agreed: &[Begun]) -> Option<PauseReason> {
    match verdict? {
        Verdict::NeedsCustomer => Some(PauseReason::CustomerNeeded),
        Verdict::Declined(decline) => match decline.class {
            DeclineClass::CustomerNeeded => Some(PauseReason::CustomerNeeded),
            DeclineClass::Hard => (!cards_left).then_some(PauseReason::CardDeclined),
            DeclineClass::Funds | DeclineClass::Vague => {
                (soft_in_a_row(since_agreed) >= MOST_SOFT_DECLINES).then_some(PauseReason::DeclinedRepeatedly)
            }
            DeclineClass::Transient => None,
        },
        Verdict::Rejected(_) | Verdict::TooLate => None,
    }
}

/// What a card that was changed elsewhere does to the agreement.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Turn {
    /// Its owner is to look, and to say yes again.
    Pause(PauseReason),
    /// All that was missing is there.
    Resume,
}

/// `was_usable`: the card could be charged before. `paused`: why nothing is charged already.
pub fn after_change(change: Change, was_usable: bool, paused: Option<PauseReason>) -> Option<Turn> {
    match (change, paused) {
        (Change::Replaced, None | Some(PauseReason::CardDeclined)) => Some(Turn::Pause(PauseReason::CardChanged)),
        (Change::Gone, None) if was_usable => Some(Turn::Pause(PauseReason::CardChanged)),
        (Change::Renewed, Some(PauseReason::CardDeclined)) if !was_usable => Some(Turn::Resume),
        (Change::Renewed | Change::Dated | Change::Replaced | Change::Gone, _) => None,
    }
}

/// Since the last charge that came.
fn soft_in_a_row(begun: &[Begun]) -> usize {
    let since = begun.iter().rev().take_while(|begun| begun.fate != Fate::Charged);
    since.filter(|begun| begun.fate.is_soft()).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_card_than_was_agreed_to_waits_for_its_owner() {
        let changed = Some(Turn::Pause(PauseReason::CardChanged));
        for was_usable in [true, false] {
            assert_eq!(after_change(Change::Replaced, was_usable, None), changed);
            let declined = Some(PauseReason::CardDeclined);
            assert_eq!(after_change(Change::Replaced, was_usable, declined), changed, "that card is no more");
        }
        assert_eq!(after_change(Change::Gone, true, None), changed);
        assert_eq!(after_change(Change::Gone, false, None), None, "it was not charged anyway");
    }

    #[test]
    fn only_a_renewed_card_that_was_declined_for_good_ends_a_pause() {
        for (change, was_usable, paused) in Change::ALL.into_iter().flat_map(|change| {
            let whys = PauseReason::ALL.map(Some).into_iter().chain([None]);
            whys.flat_map(move |paused| [true, false].map(|was_usable| (change, was_usable, paused)))
        }) {
            let resumes = after_change(change, was_usable, paused) == Some(Turn::Resume);
            let expected = (change, was_usable, paused) == (Change::Renewed, false, Some(PauseReason::CardDeclined));
            assert_eq!(resumes, expected, "{change:?} {was_usable} {paused:?}");
        }
    }
}
