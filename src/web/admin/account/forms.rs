//! The forms of an account's page: what was typed in them, and what is wrong with it.

use super::promo::PromoForm;
use crate::domain::money::{MICROS, Money};
use crate::flows::by_hand::ByHand;
use crate::ids;
use crate::web::pages;
use crate::web::pages::form::Fields;
use crate::web::user::dial_form::Field;

/// More than this is a slip of the finger.
const LARGEST: Money = Money::from_micros(1_000_000 * MICROS);
const LONGEST_REASON: usize = 200;

#[derive(Default)]
pub struct Forms {
    pub credit: MoneyForm,
    pub debit: MoneyForm,
    pub write_off: MoneyForm,
    pub promo: PromoForm,
    pub status: StatusForm,
    pub plan: Field,
    pub language: Field,
    pub password_error: Option<String>,
}

impl Forms {
    pub fn fresh() -> Self {
        let (credit, debit, promo) = (MoneyForm::fresh(), MoneyForm::fresh(), PromoForm::fresh());
        Self { credit, debit, promo, write_off: MoneyForm::fresh(), ..Self::default() }
    }

    pub fn with(what: ByHand, form: MoneyForm) -> Self {
        match what {
            ByHand::Credit => Self { credit: form, ..Self::fresh() },
            ByHand::Debit => Self { debit: form, ..Self::fresh() },
            ByHand::WriteOff => Self { write_off: form, ..Self::fresh() },
        }
    }
}

/// A credit, a debit or a debt that is given up.
#[derive(Default)]
pub struct MoneyForm {
    pub amount: Field,
    pub reason: Field,
    /// Made with the page, so that sending it twice counts once.
    pub key: String,
}

impl MoneyForm {
    pub fn fresh() -> Self {
        Self { key: ids::new("adj"), ..Self::default() }
    }

    pub fn read(fields: &Fields) -> Self {
        let key = pages::id(fields.text("key")).unwrap_or_else(|_| ids::new("adj"));
        Self { amount: typed(fields, "amount"), reason: typed(fields, "reason"), key }
    }

    /// The amount, or a message beside what is wrong.
    pub fn checked(&mut self) -> Option<Money> {
        let amount = match self.amount.value.parse::<Money>() {
            Ok(amount) if amount.is_positive() && amount <= LARGEST => Some(amount),
            Ok(_) => {
                self.amount.error = Some(format!("Give an amount above 0 and up to {LARGEST}."));
                None
            }
            Err(error) => {
                self.amount.error = Some(error.to_string());
                None
            }
        };
        // Both are looked at, so that both are named.
        let reason = reason_given(&mut self.reason);
        amount.filter(|_| reason)
    }
}

/// Which of the changes of status is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    Block,
    Unblock,
    Close,
}

#[derive(Default)]
pub struct StatusForm {
    /// The one that was sent; the others are empty.
    pub sent: Option<Step>,
    pub reason: Field,
    /// Why the account cannot be closed without saying so twice.
    pub refused: Option<String>,
}

impl StatusForm {
    pub fn read(step: Step, fields: &Fields) -> Self {
        Self { sent: Some(step), reason: typed(fields, "reason"), refused: None }
    }

    pub fn checked(&mut self) -> bool {
        reason_given(&mut self.reason)
    }
}

pub fn typed(fields: &Fields, name: &str) -> Field {
    Field { value: fields.text(name).to_owned(), error: None }
}

/// Or a message beside it.
fn reason_given(reason: &mut Field) -> bool {
    let length = reason.value.chars().count();
    let fits = (1..=LONGEST_REASON).contains(&length);
    if !fits {
        reason.error = Some(format!("Give a reason of up to {LONGEST_REASON} letters; it stays in the books."));
    }
    fits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amount_and_reason_are_both_checked_and_named() {
        let form = |text: &str| MoneyForm::read(&Fields::read(text.as_bytes()).unwrap());
        assert_eq!(form("amount=12.50&reason=gift").checked().map(Money::micros), Some(12_500_000));
        for bad in ["amount=-1&reason=x", "amount=abc&reason=x", "amount=1000001&reason=x", "amount=0&reason=x"] {
            let mut form = form(bad);
            assert!(form.checked().is_none() && form.amount.error.is_some(), "{bad}");
        }
        let mut empty = form("");
        assert!(empty.checked().is_none() && empty.amount.error.is_some() && empty.reason.error.is_some());
    }
}
