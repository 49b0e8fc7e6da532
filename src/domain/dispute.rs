//! A cardholder takes a charge back through his bank, or is likely to: what the processor said of that, in any order and
//! however often, and what it moves.
//!
//! ```text
//! Warning                        the card's network fears fraud: nothing moved, there is still time to give it back
//! Inquiry ─► NeedsResponse ─► UnderReview ─► Won │ Lost │ Closed
//!            the money is taken              and comes back if it is won
//! ```
//!
//! The newest word counts for where it stands. That money was taken, and that it came back, is a fact of its own: once it
//! was said it stays said, whatever an older message that comes later knows of it.

use chrono::{DateTime, Utc};

use super::currency::Currency;
use super::money::Money;

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Dispute {
    pub id: String,
    pub account: String,
    pub processor: String,
    /// The processor's name of it.
    pub reference: String,
    /// The processor's name of the charge.
    pub charge: String,
    /// What is disputed, which need not be what was charged. Of a warning: what was charged.
    pub amount: Money,
    pub currency: Currency,
    /// The processor's word for what the cardholder says.
    pub reason: String,
    pub phase: Phase,
    /// Until when evidence is taken.
    pub due_by: Option<DateTime<Utc>>,
    /// What left the account for it.
    pub taken: Option<Money>,
    /// What came back.
    pub returned: Option<Money>,
    /// When it was opened, by the processor's clock.
    pub opened_at: DateTime<Utc>,
    /// When the word was said that counts.
    pub said_at: DateTime<Utc>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Phase {
    /// An early fraud warning: no dispute yet.
    Warning,
    /// The bank asks; no money has moved.
    Inquiry,
    NeedsResponse,
    UnderReview,
    /// Over without a word for either: prevented, or an inquiry that came to nothing.
    Closed,
    Won,
    Lost,
}

impl Phase {
    pub const ALL: [Self; 7] =
        [Self::Warning, Self::Inquiry, Self::NeedsResponse, Self::UnderReview, Self::Closed, Self::Won, Self::Lost];

    pub fn code(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Inquiry => "inquiry",
            Self::NeedsResponse => "needs_response",
            Self::UnderReview => "under_review",
            Self::Closed => "closed",
            Self::Won => "won",
            Self::Lost => "lost",
        }
    }

    /// Nobody has to do anything about it any more, unless the bank takes it up again.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Closed | Self::Won | Self::Lost)
    }
}

/// What the processor said of a dispute.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Seen {
    pub reference: String,
    pub charge: String,
    /// `None` where it says nothing of an amount: a warning.
    pub amount: Option<(Money, Currency)>,
    pub reason: String,
    pub phase: Phase,
    pub due_by: Option<DateTime<Utc>>,
    pub taken: Option<Money>,
    pub returned: Option<Money>,
    pub opened_at: DateTime<Utc>,
    pub said_at: DateTime<Utc>,
}

/// What a word of the processor's leads to, in this order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Consequence {
    /// It is new: whoever owns the account is not charged automatically any more, and people are told.
    Opened,
    /// The processor has taken the money.
    Take(Money),
    /// The processor has given it back.
    GiveBack(Money),
    Ended,
    /// It contradicts what was said before: a human must look.
    Alarm,
}

impl Dispute {
    /// The first that is heard of it. `charged`: what the charge brought, where nothing is said of an amount.
    pub fn heard(
        id: String,
        account: &str,
        processor: &str,
        seen: &Seen,
        (charged, currency): (Money, Currency),
    ) -> (Self, Vec<Consequence>) {
        let (amount, currency) = seen.amount.unwrap_or((charged, currency));
        let mut dispute = Self {
            id,
            account: account.to_owned(),
            processor: processor.to_owned(),
            reference: seen.reference.clone(),
            charge: seen.charge.clone(),
            amount,
            currency,
            reason: seen.reason.clone(),
            phase: seen.phase,
            due_by: seen.due_by,
            taken: None,
            returned: None,
            opened_at: seen.opened_at,
            said_at: seen.said_at,
        };
        let mut consequences = vec![Consequence::Opened];
        consequences.extend(dispute.moved(seen));
        consequences.extend(dispute.phase.is_over().then_some(Consequence::Ended));
        (dispute, consequences)
    }

    pub fn heard_again(&mut self, seen: &Seen) -> Vec<Consequence> {
        let same_currency = seen.amount.is_none_or(|(_, currency)| currency == self.currency);
        if seen.charge != self.charge || !same_currency {
            return vec![Consequence::Alarm];
        }
        let mut consequences = self.moved(seen);
        let was_over = self.phase.is_over();
        // Of two words of one second the later phase is the later word.
        if (seen.said_at, seen.phase) > (self.said_at, self.phase) {
            self.phase = seen.phase;
            self.said_at = seen.said_at;
            self.due_by = seen.due_by;
            self.amount = seen.amount.map_or(self.amount, |(amount, _)| amount);
        }
        consequences.extend((self.phase.is_over() && !was_over).then_some(Consequence::Ended));
        consequences
    }

    /// Each of the two happens once. What comes back was taken before, even if nobody said so.
    fn moved(&mut self, seen: &Seen) -> Vec<Consequence> {
        let mut consequences = vec![];
        let taken = seen.taken.or(seen.returned);
        match (self.taken, taken) {
            (None, Some(amount)) => {
                self.taken = Some(amount);
                consequences.push(Consequence::Take(amount));
            }
            (Some(known), Some(amount)) if known != amount => consequences.push(Consequence::Alarm),
            (Some(_), Some(_)) | (_, None) => {}
        }
        match (self.returned, seen.returned) {
            (None, Some(amount)) => {
                self.returned = Some(amount);
                consequences.push(Consequence::GiveBack(amount));
            }
            (Some(known), Some(amount)) if known != amount => consequences.push(Consequence::Alarm),
            (Some(_), Some(_)) | (_, None) => {}
        }
        consequences
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use proptest::prelude::*;

    use super::*;

    fn usd() -> Currency {
        "USD".parse().unwrap()
    }

    fn money(text: &str) -> Money {
        text.parse().unwrap()
    }

    fn seen(second: i64, phase: Phase, taken: bool, returned: bool) -> Seen {
        Seen {
            reference: "dp_1".to_owned(),
            charge: "pi_1".to_owned(),
            amount: Some((money("25"), usd())),
            reason: "fraudulent".to_owned(),
            phase,
            due_by: None,
            taken: taken.then(|| money("25")),
            returned: returned.then(|| money("25")),
            opened_at: DateTime::UNIX_EPOCH,
            said_at: DateTime::UNIX_EPOCH + TimeDelta::seconds(second),
        }
    }

    /// A dispute that is won, as it is told.
    fn story() -> Vec<Seen> {
        vec![
            seen(0, Phase::Inquiry, false, false),
            seen(1, Phase::NeedsResponse, true, false),
            seen(2, Phase::UnderReview, true, false),
            seen(3, Phase::Won, true, true),
            seen(3, Phase::Won, true, false),
        ]
    }

    fn heard(said: &[Seen]) -> (Dispute, Vec<Consequence>) {
        let (first, rest) = said.split_first().unwrap();
        let (mut dispute, mut all) = Dispute::heard("dsp_1".to_owned(), "acc_1", "stripe", first, (money("30"), usd()));
        for word in rest {
            all.extend(dispute.heard_again(word));
        }
        (dispute, all)
    }

    proptest! {
        #[test]
        fn every_order_with_repetitions_ends_the_same_and_moves_once(order in Just((0..5).chain(0..5).collect::<Vec<usize>>()).prop_shuffle()) {
            let told: Vec<_> = order.iter().map(|at| story()[*at].clone()).collect();
            let (dispute, consequences) = heard(&told);
            prop_assert_eq!(&dispute, &heard(&story()).0);
            let times = |wanted: Consequence| consequences.iter().filter(|it| **it == wanted).count();
            let once = [Consequence::Opened, Consequence::Take(money("25")), Consequence::GiveBack(money("25")), Consequence::Ended];
            prop_assert_eq!(once.map(times), [1; 4]);
            prop_assert_eq!(consequences.len(), 4);
        }

        #[test]
        fn nothing_comes_back_that_was_not_taken(order in proptest::collection::vec(0..5_usize, 1..20)) {
            let told: Vec<_> = order.iter().map(|at| story()[*at].clone()).collect();
            let (dispute, _) = heard(&told);
            prop_assert!(dispute.returned.is_none() || dispute.taken == dispute.returned);
        }
    }

    #[test]
    fn a_warning_is_about_what_was_charged_and_moves_nothing() {
        let warning = Seen { amount: None, ..seen(0, Phase::Warning, false, false) };
        let (dispute, consequences) = heard(&[warning]);
        assert_eq!((dispute.amount, dispute.taken), (money("30"), None));
        assert_eq!(consequences, [Consequence::Opened]);
    }

    #[test]
    fn a_lost_dispute_that_is_taken_up_again_may_be_won() {
        let said = [
            seen(1, Phase::Lost, true, false),
            seen(2, Phase::NeedsResponse, true, false),
            seen(3, Phase::Won, true, true),
        ];
        let (dispute, consequences) = heard(&said);
        assert_eq!((dispute.phase, dispute.returned), (Phase::Won, Some(money("25"))));
        assert_eq!(consequences.iter().filter(|it| **it == Consequence::Ended).count(), 2);
    }

    #[test]
    fn what_contradicts_is_not_booked() {
        let other = Seen { charge: "pi_2".to_owned(), ..seen(1, Phase::Lost, true, false) };
        let more = Seen { taken: Some(money("26")), ..seen(1, Phase::Lost, true, false) };
        for wrong in [other, more] {
            let (_, consequences) = heard(&[seen(0, Phase::NeedsResponse, true, false), wrong]);
            assert_eq!(consequences.iter().filter(|it| matches!(it, Consequence::Take(_))).count(), 1);
            assert!(consequences.contains(&Consequence::Alarm), "{consequences:?}");
        }
    }
}
