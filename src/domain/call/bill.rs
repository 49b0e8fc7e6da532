//! What a finished call costs. Billable seconds of a leg are the carrier's, as far as they were authorised; the formula
//! is the one whose inverse set the limit, so the bill never exceeds the hold.

use super::record::Record;
use super::{Call, Leg};
use crate::domain::ledger::{Transfer, leg_charge, leg_tax};
use crate::domain::money::Money;
use crate::domain::rating::allowance::Allowance;

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Charge {
    pub leg: String,
    /// For the bill: destination and number.
    pub note: String,
    pub seconds: i64,
    pub billed_seconds: i64,
    /// What bundles paid for.
    pub from_bundles: Vec<Allowance>,
    /// With the tax.
    pub cost: Money,
    pub tax: Money,
    /// Whose tax it is.
    pub tax_country: Option<String>,
    /// What the carrier counted besides what was authorised.
    pub house_seconds: i64,
    /// Those of them before the call began, of a phone that called in.
    pub greeting_seconds: i64,
}

impl Call {
    pub fn charges(&self) -> Vec<Charge> {
        self.legs.iter().map(charge).collect()
    }
}

fn charge(leg: &Leg) -> Charge {
    let seconds = leg.billable_seconds();
    let house_seconds = leg.carrier_seconds() - seconds;
    let cost = leg.rate.taxed(leg.start(), seconds);
    Charge {
        leg: leg.id.clone(),
        note: format!("{} {}", leg.rate.destination, leg.number),
        seconds,
        // The house pays for its supervisors, another account for a guest.
        billed_seconds: if !leg.is_limited() { 0 } else { leg.rate.billed_seconds(seconds) },
        from_bundles: leg.rate.used(seconds),
        cost: cost.gross,
        tax: cost.tax,
        tax_country: leg.rate.tax.as_ref().map(|tax| tax.country.clone()),
        house_seconds,
        greeting_seconds: leg.greeting_seconds().min(house_seconds),
    }
}

impl Charge {
    /// What is booked: the charge, and its tax apart.
    pub fn transfers(&self, account: &str) -> Vec<Transfer> {
        let charge = leg_charge(account, &self.leg, self.cost - self.tax, self.note.clone());
        let note = format!("tax on {}", self.note);
        let tax = self.tax_country.as_ref().map(|country| leg_tax(account, &self.leg, country, self.tax, note));
        [charge].into_iter().chain(tax).filter(|transfer| transfer.amount.is_positive()).collect()
    }

    pub fn records(&self) -> Vec<Record> {
        let billed = Record::Billed {
            leg: self.leg.clone(),
            seconds: self.seconds,
            billed_seconds: self.billed_seconds,
            cost: self.cost,
        };
        let bundles = self.from_bundles.iter().map(|used| Record::FromBundle {
            leg: self.leg.clone(),
            bundle: used.name.clone(),
            seconds: used.seconds,
        });
        let greeting = Record::Greeted { leg: self.leg.clone(), seconds: self.greeting_seconds };
        let longer = self.house_seconds - self.greeting_seconds;
        let house = Record::HouseTime { leg: self.leg.clone(), seconds: longer };
        let greeting = (self.greeting_seconds > 0).then_some(greeting);
        let house = (longer > 0).then_some(house);
        std::iter::once(billed).chain(bundles).chain(greeting).chain(house).collect()
    }
}
