//! A deck beside a cost deck, prefix by prefix: where calls of some length would lose money.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::conversion::Conversion;
use super::deck::DeckRate;
use super::deck::table::RateTable;
use super::deck_change::in_effect;
use super::money::Money;
use super::rating::Rate;
use super::rating::margin::{CarrierBilling, Compared, SHOWN, Span};
use super::rating::markup::Markup;

/// Prices by the hour are tried for so long.
const A_WEEK: TimeDelta = TimeDelta::days(7);

/// A line of a deck as it is frozen at a moment.
#[derive(Clone, Debug)]
pub struct Priced {
    pub rate: Rate,
    pub blocked: bool,
}

#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DeckMargin {
    /// Pairs of a rate and a cost that some number has.
    pub compared: usize,
    /// Rates for which there is no cost, or none in the plan's currency.
    pub without_cost: usize,
    pub losing: usize,
    /// Those that lose most, the greatest loss first.
    pub worst: Vec<Losing>,
}

/// Some duration of a call to these numbers loses money. Amounts are in the plan's currency, before any tax.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Losing {
    pub prefix: String,
    pub rate: Rate,
    /// As the carrier's deck has it, converted.
    pub cost: Rate,
    /// What is left at each of [`SHOWN`].
    pub margins: [Money; SHOWN.len()],
    pub worst_seconds: i64,
    pub worst: Money,
    /// The first durations that lose.
    pub spans: Vec<Span>,
    pub more_spans: bool,
}

impl Losing {
    /// `1–31 s, 61–63 s …`
    pub fn durations(&self) -> String {
        let span = |(from, to): &Span| if from == to { format!("{from} s") } else { format!("{from}–{to} s") };
        let spans: Vec<_> = self.spans.iter().map(span).collect();
        spans.join(", ") + if self.more_spans { " …" } else { "" }
    }
}

/// How the two are compared.
#[derive(Clone, Debug)]
pub struct Terms {
    pub billing: CarrierBilling,
    /// From the cost deck's currency, if it is another.
    pub conversion: Option<Conversion>,
    pub at: DateTime<Utc>,
    /// The longest call.
    pub most_seconds: i64,
    /// So many lines are shown.
    pub shown: usize,
}

/// What holds at a moment, with its changes by the hour in the week from then.
pub fn priced(rates: &RateTable, deck: &str, at: DateTime<Utc>) -> Vec<Priced> {
    let one = |line: DeckRate| Priced { rate: line.frozen(deck, at, A_WEEK), blocked: line.blocked };
    in_effect(rates, at).map(|entry| one(entry.to_rate())).collect()
}

/// What a plan asks that follows a cost deck: its own lines, and those of the cost deck with its markup where it has none.
pub fn with_markup(
    mut own: Vec<Priced>,
    costs: &[Priced],
    markup: &Markup,
    conversion: Option<&Conversion>,
) -> Vec<Priced> {
    let for_all = own.iter().filter(|line| line.rate.origination.is_empty());
    let taken: HashSet<String> = for_all.map(|line| line.rate.prefix.clone()).collect();
    let is_own = |prefix: &str| (1..=prefix.len()).any(|length| taken.contains(&prefix[..length]));
    let marked = |line: &Priced| {
        let rate = markup.over(line.rate.clone(), conversion.cloned()).ok()?;
        Some(Priced { rate, blocked: line.blocked })
    };
    own.extend(costs.iter().filter(|line| !is_own(&line.rate.prefix)).filter_map(marked));
    own
}

pub fn check(rates: &[Priced], costs: &[Priced], terms: &Terms) -> DeckMargin {
    let (sold, bought) = (by_prefix(rates), by_prefix(costs));
    let prefixes: BTreeSet<&str> = sold.keys().chain(bought.keys()).copied().collect();
    let (mut found, mut seen, mut losing) = (DeckMargin::default(), HashSet::new(), vec![]);
    for prefix in prefixes {
        let (rates, costs) = (that_may_count(&sold, prefix), that_may_count(&bought, prefix));
        for rate in rates.into_iter().filter(|line| !line.blocked) {
            let costs = costs.iter().filter(|cost| are_for_the_same_phones(&rate.rate, &cost.rate));
            let mut compared: Vec<&Priced> = costs.copied().filter(|cost| !cost.blocked).collect();
            compared.retain(|cost| seen.insert((std::ptr::from_ref(rate), Some(std::ptr::from_ref(*cost)))));
            if costs_nothing_known(rate, &bought) && seen.insert((std::ptr::from_ref(rate), None)) {
                found.without_cost += 1;
            }
            for cost in compared {
                let pair =
                    Compared::new(rate.rate.clone(), cost.rate.clone(), terms.billing, terms.conversion.as_ref());
                let Ok(pair) = pair else {
                    found.without_cost += 1;
                    continue;
                };
                found.compared += 1;
                let worst = pair.worst(terms.at, terms.most_seconds);
                if worst.loses() {
                    losing.push((worst, prefix, pair));
                }
            }
        }
    }
    losing.sort_by_key(|(worst, prefix, _)| (worst.margin(), *prefix));
    found.losing = losing.len();
    let shown = losing.into_iter().take(terms.shown).map(|(worst, prefix, pair)| {
        let (spans, more_spans) = pair.losing(worst.start, terms.most_seconds);
        Losing {
            prefix: prefix.to_owned(),
            margins: SHOWN.map(|seconds| pair.margin(worst.start, seconds)),
            worst_seconds: worst.seconds,
            worst: worst.margin(),
            spans,
            more_spans,
            rate: pair.rate,
            cost: pair.cost,
        }
    });
    found.worst = shown.collect();
    found
}

type ByPrefix<'a> = BTreeMap<&'a str, Vec<&'a Priced>>;

fn by_prefix(lines: &[Priced]) -> ByPrefix<'_> {
    let mut found = ByPrefix::new();
    for line in lines {
        found.entry(&line.rate.prefix).or_default().push(line);
    }
    found
}

/// The lines of the longest prefix, and of shorter ones as long as none is for every caller.
fn that_may_count<'a>(lines: &ByPrefix<'a>, prefix: &str) -> Vec<&'a Priced> {
    let mut found = vec![];
    for length in (1..=prefix.len()).rev() {
        let here = lines.get(&prefix[..length]).map(Vec::as_slice).unwrap_or_default();
        found.extend(here);
        if here.iter().any(|line| line.rate.origination.is_empty()) {
            break;
        }
    }
    found
}

fn costs_nothing_known(rate: &Priced, bought: &ByPrefix) -> bool {
    that_may_count(bought, &rate.rate.prefix).is_empty()
}

fn are_for_the_same_phones(rate: &Rate, cost: &Rate) -> bool {
    rate.origination.starts_with(&cost.origination) || cost.origination.starts_with(&rate.origination)
}

#[cfg(test)]
mod tests {
    use super::super::deck::{self, Reading};
    use super::*;

    fn lines(csv: &str) -> Vec<Priced> {
        let csv = format!("prefix,price_per_minute,minimum_seconds,increment_seconds,origination,blocked\n{csv}");
        priced(&deck::read(csv.as_bytes(), &Reading::from(DateTime::UNIX_EPOCH)).unwrap(), "deck", DateTime::UNIX_EPOCH)
    }

    fn checked(rates: &[Priced], costs: &[Priced]) -> DeckMargin {
        let billing = CarrierBilling { participant_per_minute: "0.0018".parse().unwrap() };
        let at = DateTime::UNIX_EPOCH;
        check(rates, costs, &Terms { billing, conversion: None, at, most_seconds: 14_400, shown: 20 })
    }

    /// A country sold at one price, of which mobile phones cost more than that.
    #[test]
    fn a_longer_prefix_of_the_cost_deck_is_compared_with_the_shorter_one_that_is_sold() {
        let rates = lines("44,0.02,60,60,,\n1,0.05,60,60,,\n881,1,,,,yes\n33,0.02,60,60,,\n");
        let costs = lines("44,0.01,,,,\n447,0.03,,,,\n1,0.01,,,,\n881,5,,,,\n");
        let found = checked(&rates, &costs);
        assert_eq!((found.compared, found.losing, found.without_cost), (3, 1, 1));
        let worst = &found.worst[0];
        assert_eq!(
            (worst.prefix.as_str(), worst.rate.prefix.as_str(), worst.cost.prefix.as_str()),
            ("447", "44", "447")
        );
        assert_eq!(worst.margins[0].to_string(), "-0.0118");
        assert_eq!(worst.durations(), "1–14400 s");
    }

    #[test]
    fn short_calls_are_named_by_their_durations_and_the_greatest_loss_comes_first() {
        let found = checked(&lines("1,0.03,0,1,,\n44,0.06,0,1,,\n"), &lines("1,0.014,,,,\n44,0.03,,,,\n"));
        let named: Vec<_> = found.worst.iter().map(|one| (one.prefix.as_str(), one.durations())).collect();
        assert_eq!(named, [("44", "1–31 s, 61–63 s".to_owned()), ("1", "1–31 s, 61–63 s".to_owned())]);
    }

    #[test]
    fn a_price_for_some_callers_is_compared_with_the_costs_of_their_calls() {
        let rates = lines("1,0.05,60,60,,\n1,0.005,60,60,49,\n");
        let costs = lines("1,0.01,60,60,,\n1,0.001,60,60,4930,\n1,0.9,60,60,44,\n");
        let found = checked(&rates, &costs);
        let losing: Vec<_> =
            found.worst.iter().map(|one| (one.rate.origination.as_str(), one.cost.origination.as_str())).collect();
        assert_eq!((found.compared, losing), (5, vec![("", "44"), ("49", "")]));
    }

    #[test]
    fn a_marked_up_cost_never_loses_where_the_markup_covers_the_conference() {
        let costs = lines("1,0.01,60,60,,\n447,0.03,60,60,,\n49,0.02,60,60,,\n");
        let own = lines("44,0.02,60,60,,\n");
        let markup = Markup { per_minute: "0.0018".parse().unwrap(), ..Markup::default() };
        let rates = with_markup(own, &costs, &markup, None);
        let prefixes: Vec<_> = rates.iter().map(|line| line.rate.prefix.as_str()).collect();
        assert_eq!(prefixes, ["44", "1", "49"], "its own line goes before the longer prefix of the cost deck");
        let found = checked(&rates, &costs);
        assert_eq!((found.losing, found.worst[0].prefix.as_str()), (1, "447"));
    }
}
