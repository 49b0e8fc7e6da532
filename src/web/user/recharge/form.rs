//! The figures of an agreement as they are typed: what is wrong is said beside each, and everything typed stays.

use crate::domain::currency::Currency;
use crate::domain::money::{MICROS, Money};
use crate::domain::recharge::Agreement;
use crate::web::pages::form::Fields;
use crate::web::user::dial_form::Field;

/// More than this is a slip of the finger.
const LARGEST: Money = Money::from_micros(10_000 * MICROS);

#[derive(Default)]
pub struct RechargeForm {
    pub amount: Field,
    pub smaller: Field,
    pub threshold: Field,
    pub cap_per_day: Field,
    pub cap_per_month: Field,
    /// Said beside the box that was not ticked.
    pub unticked: Option<String>,
}

impl RechargeForm {
    pub fn read(fields: &Fields) -> Self {
        let field = |name| Field { value: fields.text(name).to_owned(), error: None };
        Self {
            amount: field("amount"),
            smaller: field("smaller"),
            threshold: field("threshold"),
            cap_per_day: field("cap_per_day"),
            cap_per_month: field("cap_per_month"),
            unticked: None,
        }
    }

    /// As it was agreed before.
    pub fn of(agreement: &Agreement) -> Self {
        let field = |amount: Money| Field { value: amount.to_string(), error: None };
        let cap = |cap: Option<Money>| cap.map(field).unwrap_or_default();
        Self {
            amount: field(agreement.amount),
            smaller: cap(agreement.smaller),
            threshold: if agreement.threshold.is_positive() { field(agreement.threshold) } else { Field::default() },
            cap_per_day: cap(agreement.cap_per_day),
            cap_per_month: cap(agreement.cap_per_month),
            unticked: None,
        }
    }

    /// What would be agreed to, or a message beside each figure that is wrong.
    pub fn agreement(&mut self, smallest: Money, currency: Currency) -> Option<Agreement> {
        let amount = amount(&mut self.amount, smallest, currency);
        let threshold = optional(&mut self.threshold, currency);
        let smaller = smaller(&mut self.smaller, smallest, amount, currency);
        let least = amount.unwrap_or(smallest);
        let day = capped(&mut self.cap_per_day, least, currency);
        let month = capped(&mut self.cap_per_month, day.flatten().unwrap_or(least), currency);
        Some(Agreement {
            smaller: smaller?,
            threshold: threshold?.unwrap_or_default(),
            cap_per_day: day?,
            cap_per_month: month?,
            ..Agreement::of(amount?)
        })
    }
}

fn amount(field: &mut Field, smallest: Money, currency: Currency) -> Option<Money> {
    match optional(field, currency)? {
        Some(amount) if amount >= smallest => Some(amount),
        Some(_) | None => {
            field.error = Some(format!("Give an amount from {smallest} to {LARGEST}."));
            None
        }
    }
}

/// Less than the whole amount, or it would be the same again.
fn smaller(field: &mut Field, smallest: Money, amount: Option<Money>, currency: Currency) -> Option<Option<Money>> {
    match optional(field, currency)? {
        Some(smaller) if smaller < smallest || amount.is_some_and(|amount| smaller >= amount) => {
            field.error = Some(format!("Give at least {smallest} and less than the whole amount, or nothing."));
            None
        }
        smaller => Some(smaller),
    }
}

/// A cap that allows not even one recharge, or in a month less than in a day, is a mistake.
fn capped(field: &mut Field, least: Money, currency: Currency) -> Option<Option<Money>> {
    match optional(field, currency)? {
        Some(cap) if cap < least => {
            field.error = Some(format!("Give at least {least}, or nothing for no limit of money."));
            None
        }
        cap => Some(cap),
    }
}

/// `None` if it cannot be read; nothing typed, or zero, is nothing wanted.
fn optional(field: &mut Field, currency: Currency) -> Option<Option<Money>> {
    if field.value.is_empty() {
        return Some(None);
    }
    let error = match field.value.parse::<Money>() {
        Ok(amount) if amount < Money::ZERO || amount > LARGEST => format!("Give an amount up to {LARGEST}."),
        Ok(amount) if amount.to_minor(currency).is_none() => "This is finer than the smallest coin.".to_owned(),
        Ok(amount) => return Some(Some(amount).filter(|amount| amount.is_positive())),
        Err(error) => error.to_string(),
    };
    field.error = Some(error);
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (RechargeForm, Option<Agreement>) {
        let mut form = RechargeForm::read(&Fields::read(text.as_bytes()).unwrap());
        let agreement = form.agreement("0.50".parse().unwrap(), "USD".parse().unwrap());
        (form, agreement)
    }

    #[test]
    fn figures_that_make_sense_become_an_agreement() {
        let money = |amount: &str| amount.parse::<Money>().unwrap();
        let (_, plain) = read("amount=10&threshold=&cap_per_day=&cap_per_month=");
        assert_eq!(plain, Some(Agreement::of(money("10"))));
        let (_, full) = read("amount=10&smaller=4&threshold=5&cap_per_day=20&cap_per_month=50.50");
        let full = full.unwrap();
        assert_eq!((full.threshold, full.cap_per_day), (money("5"), Some(money("20"))));
        assert_eq!(full.smaller, Some(money("4")));
        assert_eq!(full.cap_per_month, Some(money("50.50")));
    }

    #[test]
    fn every_wrong_figure_is_named_beside_its_field() {
        for (text, wrong) in [
            ("amount=", vec!["amount"]),
            ("amount=0.10", vec!["amount"]),
            ("amount=10.001", vec!["amount"]),
            ("amount=10&smaller=10", vec!["smaller"]),
            ("amount=10&smaller=0.10", vec!["smaller"]),
            ("amount=10&threshold=-1", vec!["threshold"]),
            ("amount=10&threshold=x&cap_per_day=9", vec!["threshold", "cap_per_day"]),
            ("amount=10&cap_per_day=30&cap_per_month=20", vec!["cap_per_month"]),
            ("amount=10&cap_per_month=99999", vec!["cap_per_month"]),
        ] {
            let (form, agreement) = read(text);
            let fields = [
                ("amount", &form.amount),
                ("smaller", &form.smaller),
                ("threshold", &form.threshold),
                ("cap_per_day", &form.cap_per_day),
                ("cap_per_month", &form.cap_per_month),
            ];
            let named = fields.into_iter().filter(|(_, field)| field.error.is_some()).map(|(name, _)| name);
            assert_eq!((named.collect::<Vec<_>>(), agreement), (wrong, None), "{text}");
        }
    }
}
