//! A price that is a cost deck's and a markup: converted to the plan's currency, so many per cent more, so much a minute
//! more, and up to the next whole step. All is exact in 128-bit integers, and rounded up once; what comes out is a rate
//! like any other, so bill, limit and rerating know nothing of where it is from.
//!
//! What the cost deck asks for reaching a tier is marked up like a fee, without what is added per call. Minimum, steps,
//! grace, hours and tiers are the cost deck's. Its maximum is not passed on: what the carrier caps is not what the plan does.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::cost::div_up;
use super::{Change, HIGHEST_PRICE, PRICE_DIGITS, Rate, Tier, notation};
use crate::domain::conversion::{CONVERSION_DIGITS, Conversion};
use crate::domain::money::Money;
use crate::domain::setting::{Kind, Setting, number};

const PERCENT_DIGITS: u32 = 4;
const MOST_PERCENT: i64 = 1_000;
/// A hundred per cent.
const WHOLE: i128 = 100 * 10_i128.pow(PERCENT_DIGITS);
/// Amounts are counted in billionths here, prices and fees alike.
const BILLIONTHS_OF_A_MICRO: i128 = 1_000;
const MOST_DAYS: u16 = 365;

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct Markup {
    pub percent: Decimal,
    /// Added to each price of a minute.
    pub per_minute: Decimal,
    /// Prices are whole multiples of it.
    pub price_step: Decimal,
    /// Added to the fee to connect.
    pub per_call: Money,
    pub fee_step: Money,
    /// How old a conversion of currencies may be.
    pub conversion_days: u16,
}

/// What a rate was made of.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct MadeOf {
    /// As the cost deck has it, in its own currency.
    pub cost: Box<Rate>,
    pub markup: Markup,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversion: Option<Conversion>,
}

/// It would cost more than any price may.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TooHigh;

impl Default for Markup {
    /// The cost itself, as exact as prices can be.
    fn default() -> Self {
        Self {
            percent: Decimal::ZERO,
            per_minute: Decimal::ZERO,
            price_step: Decimal::new(1, PRICE_DIGITS),
            per_call: Money::ZERO,
            fee_step: Money::from_micros(1),
            conversion_days: 7,
        }
    }
}

impl Markup {
    /// What the plan asks where the cost deck asks `cost`.
    pub fn over(&self, cost: Rate, conversion: Option<Conversion>) -> Result<Rate, TooHigh> {
        let price = |cost| self.price(cost, conversion.as_ref());
        let fee = |cost, added| self.fee(cost, added, conversion.as_ref());
        let change = |cost: &Change| {
            Ok(Change {
                from: cost.from,
                price_per_minute: price(cost.price_per_minute)?,
                connection_fee: fee(cost.connection_fee, self.per_call)?,
            })
        };
        let tier = |cost: &Tier| {
            let (price_per_minute, fee) = (price(cost.price_per_minute)?, fee(cost.fee, Money::ZERO)?);
            Ok(Tier { seconds: cost.seconds, price_per_minute, increment_seconds: cost.increment_seconds, fee })
        };
        Ok(Rate {
            price_per_minute: price(cost.price_per_minute)?,
            connection_fee: fee(cost.connection_fee, self.per_call)?,
            changes: cost.changes.iter().map(change).collect::<Result<_, _>>()?,
            tiers: cost.tiers.iter().map(tier).collect::<Result<_, _>>()?,
            maximum: None,
            made_of: Some(MadeOf { cost: Box::new(cost.clone()), markup: self.clone(), conversion }),
            ..cost
        })
    }

    pub(super) fn price(&self, cost: Decimal, conversion: Option<&Conversion>) -> Result<Decimal, TooHigh> {
        let marked =
            self.marked(billionths(cost), billionths(self.per_minute), billionths(self.price_step), conversion)?;
        Ok(Decimal::from_i128_with_scale(marked, PRICE_DIGITS).normalize())
    }

    fn fee(&self, cost: Money, added: Money, conversion: Option<&Conversion>) -> Result<Money, TooHigh> {
        let of = |money: Money| i128::from(money.micros()) * BILLIONTHS_OF_A_MICRO;
        let marked = self.marked(of(cost), of(added), of(self.fee_step), conversion)?;
        Ok(Money::from_micros(i64::try_from(marked / BILLIONTHS_OF_A_MICRO).map_err(|_| TooHigh)?))
    }

    /// In billionths: converted, with the percentage, with what is added, and up to the next whole step.
    fn marked(&self, cost: i128, added: i128, step: i128, conversion: Option<&Conversion>) -> Result<i128, TooHigh> {
        let one = 10_i128.pow(CONVERSION_DIGITS);
        let rate = conversion.map_or(one, |conversion| parts(conversion.rate, CONVERSION_DIGITS));
        let percent = WHOLE + parts(self.percent, PERCENT_DIGITS);
        // What does not fit is far above the highest price.
        let more = cost.checked_mul(rate).and_then(|converted| converted.checked_mul(percent)).ok_or(TooHigh)?;
        let sum = more.checked_add(added * one * WHOLE).ok_or(TooHigh)?;
        let marked = div_up(sum, one * WHOLE * step) * step;
        if marked > i128::from(HIGHEST_PRICE) * 10_i128.pow(PRICE_DIGITS) { Err(TooHigh) } else { Ok(marked) }
    }
}

impl MadeOf {
    /// For operators: the line of the cost deck and what was done to it.
    pub fn described(&self) -> String {
        let Self { cost, markup, conversion } = self;
        let mut said = format!("{} a minute", cost.price_per_minute.normalize());
        if cost.connection_fee.is_positive() {
            said += &format!(" and {} to connect", cost.connection_fee);
        }
        said += &format!(" by cost deck {}, prefix {}", cost.deck, cost.prefix);
        if let Some(Conversion { from, to, rate, effective_from }) = conversion {
            let since = effective_from.format("%Y-%m-%d %H:%M UTC");
            said += &format!("; 1 {from} is {rate} {to} (of {since})");
        }
        format!("{said}; {markup}")
    }
}

/// `20 % more, 0.002 a minute more, up to the next 0.005`: only what it says.
impl std::fmt::Display for Markup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let usual = Self::default();
        write!(f, "{} % more", self.percent.normalize())?;
        if !self.per_minute.is_zero() {
            write!(f, ", {} a minute more", self.per_minute.normalize())?;
        }
        if self.price_step != usual.price_step {
            write!(f, ", up to the next {}", self.price_step.normalize())?;
        }
        if self.per_call.is_positive() {
            write!(f, ", {} to connect more", self.per_call)?;
        }
        if self.fee_step != usual.fee_step {
            write!(f, ", fees up to the next {}", self.fee_step)?;
        }
        Ok(())
    }
}

fn parts(decimal: Decimal, digits: u32) -> i128 {
    decimal.mantissa() * 10_i128.pow(digits - decimal.scale())
}

fn billionths(price: Decimal) -> i128 {
    parts(price, PRICE_DIGITS)
}

/// One line a field: the plan's page, the API, the audit and the reading are made of it.
#[rustfmt::skip]
pub const MARKUP: &[Setting<Markup>] = &[
    Setting { name: "percent", label: "Per cent more", help: "from 0 to 1000, with at most 4 digits after the point", kind: Kind::Text,
        get: |markup| markup.percent.normalize().to_string(),
        set: |markup, text| { markup.percent = percent(text)?; Ok(()) } },
    Setting { name: "per_minute", label: "Added to the price of a minute", help: "in the plan\u{2019}s currency", kind: Kind::Text,
        get: |markup| markup.per_minute.normalize().to_string(),
        set: |markup, text| { markup.per_minute = price(text)?; Ok(()) } },
    Setting { name: "price_step", label: "Prices are rounded up to whole", help: "such as 0.005", kind: Kind::Text,
        get: |markup| markup.price_step.normalize().to_string(),
        set: |markup, text| { markup.price_step = above_zero(price(text)?)?; Ok(()) } },
    Setting { name: "per_call", label: "Added to the fee to connect", help: "", kind: Kind::Text,
        get: |markup| markup.per_call.to_string(),
        set: |markup, text| { markup.per_call = fee(text)?; Ok(()) } },
    Setting { name: "fee_step", label: "Fees are rounded up to whole", help: "", kind: Kind::Text,
        get: |markup| markup.fee_step.to_string(),
        set: |markup, text| { markup.fee_step = above_zero(fee(text)?)?; Ok(()) } },
    Setting { name: "conversion_days", label: "A conversion of currencies may be so many days old",
        help: "with an older one nobody is called by the cost deck", kind: Kind::Number { least: 1, most: MOST_DAYS },
        get: |markup| markup.conversion_days.to_string(),
        set: |markup, text| { markup.conversion_days = number(text, 1, MOST_DAYS)?; Ok(()) } },
];

fn percent(text: &str) -> Result<Decimal, String> {
    let read = Decimal::from_str_exact(text).map(|percent| percent.normalize());
    let fits = |percent: &Decimal| {
        percent.scale() <= PERCENT_DIGITS && (Decimal::ZERO..=Decimal::from(MOST_PERCENT)).contains(percent)
    };
    read.ok().filter(fits).ok_or_else(|| {
        format!("is a percentage from 0 to {MOST_PERCENT} with at most {PERCENT_DIGITS} digits after the point")
    })
}

fn price(text: &str) -> Result<Decimal, String> {
    notation::price(text).map_err(|why| format!("cannot be so: {why}"))
}

fn fee(text: &str) -> Result<Money, String> {
    notation::fee(text).map_err(|why| format!("cannot be so: {why}"))
}

fn above_zero<T: Default + PartialOrd>(step: T) -> Result<T, String> {
    if step > T::default() { Ok(step) } else { Err("is above 0".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::super::Affordable;
    use super::super::strategies::rates;
    use super::*;
    use chrono::{DateTime, TimeDelta, Utc};
    use proptest::prelude::*;

    fn markup(percent: &str, per_minute: &str, step: &str) -> Markup {
        let (percent, per_minute, price_step) =
            (percent.parse().unwrap(), per_minute.parse().unwrap(), step.parse().unwrap());
        Markup { percent, per_minute, price_step, ..Markup::default() }
    }

    fn at(price: &str) -> Rate {
        Rate { price_per_minute: price.parse().unwrap(), ..Rate::free("anywhere") }
    }

    fn euros(rate: &str) -> Option<Conversion> {
        let rate = super::super::super::conversion::rate(rate).unwrap();
        Conversion::new("USD".parse().unwrap(), "EUR".parse().unwrap(), rate, DateTime::UNIX_EPOCH).ok()
    }

    #[test]
    fn percentage_then_amount_then_step_each_exact() {
        let price = |markup: Markup, cost: &str, conversion| {
            markup.over(at(cost), conversion).unwrap().price_per_minute.to_string()
        };
        assert_eq!(price(markup("20", "0.002", "0.005"), "0.01", None), "0.015");
        assert_eq!(price(markup("20", "0.003", "0.005"), "0.01", None), "0.015", "what is a whole step stays");
        assert_eq!(price(markup("20", "0.003000001", "0.005"), "0.01", None), "0.02");
        assert_eq!(price(markup("0", "0", "0.000000001"), "0.014", euros("0.92")), "0.01288");
        assert_eq!(price(markup("33.3333", "0", "0.01"), "0.03", None), "0.04");
        // In floats 0.07 × 1.1 is 0.07700000000000001, which a step up would make dearer.
        assert_eq!(price(markup("10", "0", "0.001"), "0.07", None), "0.077");
    }

    /// Another system writes a price of 1250 as `1,250.0000` and reads 1.
    #[test]
    fn astpp_a_price_of_1250_is_not_written_with_a_comma() {
        let rate = markup("25", "0", "0.01").over(at("1000"), None).unwrap();
        assert_eq!(rate.price_per_minute.to_string(), "1250");
        assert_eq!(rate.cost(start(0), 60), Money::from_micros(1_250_000_000));
    }

    /// Another system grants 42 s for 0.01 at 0.014 a minute, and bills the minimum of a minute.
    #[test]
    fn a2billing_22_the_cost_decks_minimum_counts_when_a_marked_up_call_is_admitted() {
        let cost = Rate { minimum_seconds: 60, ..at("0.01") };
        let rate = markup("40", "0", "0.001").over(cost, None).unwrap();
        let lasts = |funds: i64| rate.longest_affordable(start(0), Money::from_micros(funds));
        assert_eq!((lasts(10_000), lasts(14_000)), (Affordable::Seconds(0), Affordable::Seconds(60)));
    }

    /// Another system rounds a marked-up price to what a second costs before it multiplies.
    #[test]
    fn cgrates_a_marked_up_price_is_not_rounded_to_seconds() {
        let rate = markup("40", "0", "0.000000001").over(at("0.01"), None).unwrap();
        assert_eq!(rate.cost(start(0), 6_000), Money::from_micros(1_400_000));
    }

    #[test]
    fn fees_are_marked_up_too_and_a_tier_pays_nothing_per_call() {
        let tiers = notation::read_tiers("60@0.30/30+0.02").unwrap();
        let cost = Rate { connection_fee: Money::from_micros(10_000), tiers, ..at("0.10") };
        let markup = Markup {
            per_call: Money::from_micros(3_000),
            fee_step: Money::from_micros(5_000),
            ..markup("50", "0", "0.01")
        };
        let rate = markup.over(cost, None).unwrap();
        assert_eq!((rate.connection_fee.to_string(), rate.tiers[0].fee.to_string()), ("0.02".into(), "0.03".into()));
        assert_eq!(
            (rate.price_per_minute.to_string(), rate.tiers[0].price_per_minute.to_string()),
            ("0.15".into(), "0.45".into())
        );
    }

    #[test]
    fn what_would_be_dearer_than_any_price_is_refused() {
        assert_eq!(markup("1000", "0", "0.01").over(at("1000000"), euros("1000000")), Err(TooHigh));
        assert_eq!(
            markup("0", "0", "0.3").over(at("1000000"), None),
            Err(TooHigh),
            "the next step is above the highest"
        );
    }

    #[test]
    fn each_setting_is_read_as_it_is_shown_and_nonsense_is_refused() {
        for setting in MARKUP {
            let shown = (setting.get)(&Markup::default());
            let mut read = Markup::default();
            (setting.set)(&mut read, &shown).unwrap();
            assert_eq!(read, Markup::default(), "{}", setting.name);
            for bad in ["-1", "x", "", "1000001"] {
                assert!((setting.set)(&mut read, bad).is_err(), "{} {bad:?}", setting.name);
            }
        }
        let step = MARKUP.iter().find(|setting| setting.name == "price_step").unwrap();
        assert_eq!((step.set)(&mut Markup::default(), "0"), Err("is above 0".to_owned()));
    }

    prop_compose! {
        fn markups()(percent in 0..2_000_000_i64, per_minute in 0..100_000_000_i64, step in 1..50_000_000_i64,
                     per_call in 0..100_000_i64, fee_step in 1..100_000_i64) -> Markup {
            Markup {
                percent: Decimal::new(percent, 4), per_minute: Decimal::new(per_minute, 9), price_step: Decimal::new(step, 9),
                per_call: Money::from_micros(per_call), fee_step: Money::from_micros(fee_step), conversion_days: 7,
            }
        }
    }

    fn start(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    proptest! {
        #[test]
        fn a_markup_is_monotone_and_never_below_the_cost(
            markup in markups(), a in 0..2_000_000_000_i64, b in 0..2_000_000_000_i64, rate in 1..3_000_000_i64,
        ) {
            let conversion = euros(&Decimal::new(rate, 6).to_string());
            let price = |cost: i64| markup.price(Decimal::new(cost, 9), conversion.as_ref()).unwrap();
            prop_assert!(price(a.min(b)) <= price(a.max(b)));
            prop_assert!(price(a) >= Decimal::new(a, 9) * Decimal::new(rate, 6));
            let remainder = (price(a) / markup.price_step).fract();
            prop_assert!(remainder.is_zero(), "a whole number of steps: {remainder}");
            let one_step_less = price(a) - markup.price_step;
            let exact = Decimal::new(a, 9) * Decimal::new(rate, 6) * (Decimal::ONE_HUNDRED + markup.percent) / Decimal::ONE_HUNDRED;
            prop_assert!(one_step_less < exact + markup.per_minute || price(a).is_zero(), "and not one too many");
        }

        #[test]
        fn a_marked_up_rate_is_billed_like_any_other(
            cost in rates(), markup in markups(), seconds in 0..5_000_i64, funds in super::super::strategies::funds(),
        ) {
            let Ok(rate) = markup.over(Rate { tax: None, ..cost.clone() }, None) else { return Ok(()) };
            let uncapped = Rate { maximum: None, tax: None, ..cost };
            prop_assert!(rate.cost(start(0), seconds) >= uncapped.cost(start(0), seconds));
            if let Affordable::Seconds(n) = rate.longest_affordable(start(0), funds) {
                prop_assert!(rate.cost(start(0), n) <= funds && funds < rate.cost(start(0), n + 1));
            }
            let read: Rate = serde_json::from_str(&serde_json::to_string(&rate).unwrap()).unwrap();
            prop_assert_eq!(read, rate);
        }
    }
}
