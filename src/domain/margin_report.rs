//! What was earned with each destination: charges, the carrier's own prices, and what is left. Losses come first.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::conversion::Conversion;
use super::currency::Currency;
use super::money::Money;
use super::rating::margin::CarrierBilling;

/// Legs to one destination, alike in their currencies; those whose price is not known have no currency of the cost.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Group {
    pub destination: String,
    pub currency: Currency,
    pub cost_currency: Option<Currency>,
    pub calls: i64,
    /// As the carrier bills them.
    pub minutes: i64,
    /// Without taxes.
    pub revenue: Money,
    pub cost: Money,
}

/// Amounts are in the currency of the charges.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line {
    pub destination: String,
    pub currency: Currency,
    pub calls: i64,
    pub minutes: i64,
    pub revenue: Money,
    /// Of these the carrier has told no price, or one that cannot be told in this currency: they are in neither cost nor
    /// margin.
    pub unpriced: i64,
    /// By the carrier's own prices.
    pub cost: Money,
    /// Reckoned: the carrier's prices of calls are without it.
    pub conference: Money,
    /// Of the calls whose price is known.
    pub margin: Money,
}

/// `conversion` tells one currency in another, if somebody keeps that.
pub fn lines(
    groups: &[Group],
    billing: CarrierBilling,
    conversion: impl Fn(Currency, Currency) -> Option<Conversion>,
) -> Vec<Line> {
    let mut lines: BTreeMap<(&str, &str), Line> = BTreeMap::new();
    for group in groups {
        let line = lines.entry((&group.destination, group.currency.code())).or_insert_with(|| Line {
            destination: group.destination.clone(),
            currency: group.currency,
            calls: 0,
            minutes: 0,
            revenue: Money::ZERO,
            unpriced: 0,
            cost: Money::ZERO,
            conference: Money::ZERO,
            margin: Money::ZERO,
        });
        line.calls += group.calls;
        line.minutes += group.minutes;
        line.revenue += group.revenue;
        match costs(group, billing, &conversion) {
            None => line.unpriced += group.calls,
            Some((cost, conference)) => {
                line.cost += cost;
                line.conference += conference;
                line.margin += group.revenue - cost - conference;
            }
        }
    }
    let mut lines: Vec<Line> = lines.into_values().collect();
    lines.sort_by(|a, b| a.margin.cmp(&b.margin).then_with(|| a.destination.cmp(&b.destination)));
    lines
}

/// Of calls and conference, in the currency of the charges.
fn costs(
    group: &Group,
    billing: CarrierBilling,
    conversion: &impl Fn(Currency, Currency) -> Option<Conversion>,
) -> Option<(Money, Money)> {
    let from = group.cost_currency?;
    let conference = Money::round_up(billing.participant_per_minute * Decimal::from(group.minutes))?;
    if from == group.currency {
        return Some((group.cost, conference));
    }
    let conversion = conversion(from, group.currency)?;
    Some((conversion.converted(group.cost)?, conversion.converted(conference)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(destination: &str, cost_currency: Option<&str>, revenue: i64, cost: i64) -> Group {
        let currency = |code: &str| code.parse().unwrap();
        Group {
            destination: destination.to_owned(),
            currency: currency("EUR"),
            cost_currency: cost_currency.map(currency),
            calls: 1,
            minutes: 10,
            revenue: Money::from_micros(revenue),
            cost: Money::from_micros(cost),
        }
    }

    #[test]
    fn losses_come_first_and_what_has_no_price_is_in_no_margin() {
        let groups = [
            group("Germany", Some("EUR"), 500_000, 100_000),
            group("Germany", None, 900_000, 0),
            group("France", Some("USD"), 100_000, 100_000),
            group("Japan", Some("JPY"), 100_000, 1),
        ];
        let billing = CarrierBilling { participant_per_minute: "0.001".parse().unwrap() };
        let dollars = Conversion::new(
            "USD".parse().unwrap(),
            "EUR".parse().unwrap(),
            "0.9000001".parse().unwrap(),
            chrono::DateTime::UNIX_EPOCH,
        )
        .unwrap();
        let found = lines(&groups, billing, |from, _| (from.code() == "USD").then(|| dollars.clone()));
        let shown: Vec<_> =
            found.iter().map(|line| (line.destination.as_str(), line.margin.micros(), line.unpriced)).collect();
        // 0.1 × 0.9000001 is 0.09000001, and 0.01 of the conference 0.009000001: each rounded up.
        assert_eq!(shown, [("Japan", 0, 1), ("France", 100_000 - 90_001 - 9_001, 0), ("Germany", 390_000, 1)]);
        assert_eq!((found[2].calls, found[2].revenue.micros(), found[2].cost.micros()), (2, 1_400_000, 100_000));
    }
}
