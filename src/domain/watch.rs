//! What looks like fraud: rules over what an account did lately. Each raises an alert, and some, if the operator says so,
//! freeze the account until somebody has looked.

use serde::{Deserialize, Serialize};

use super::alert::Kind as Alarm;
use super::money::Money;
use super::setting::{Choice, Kind, Setting, number};

/// Zero: not looked at.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct Watch {
    /// A conversation shorter than this is short.
    pub short_seconds: u16,
    pub short_calls_an_hour: u16,
    pub calls_an_hour: u16,
    pub numbers_an_hour: u16,
    /// Spent in a day, in times what an average day of the past month took.
    pub sudden_times: u16,
    /// Less than this in a day is nothing sudden.
    pub sudden_least: Money,
    pub declined_a_day: u16,
    /// Within as long as wrong PINs are remembered.
    pub wrong_vouchers: u16,
    pub freezes: Alarms,
}

impl Default for Watch {
    fn default() -> Self {
        Self {
            short_seconds: 10,
            short_calls_an_hour: 20,
            calls_an_hour: 100,
            numbers_an_hour: 50,
            sudden_times: 5,
            sudden_least: Money::from_micros(20_000_000),
            declined_a_day: 4,
            wrong_vouchers: 5,
            freezes: Alarms::default(),
        }
    }
}

/// Those after which an account is frozen.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Alarms(Vec<Alarm>);

impl Alarms {
    fn include(&self, alarm: Alarm) -> bool {
        self.0.contains(&alarm)
    }
}

impl TryFrom<String> for Alarms {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let words = text.split([',', ' ']).filter(|word| !word.is_empty());
        words.map(Alarm::read).collect::<Result<_, _>>().map(Self)
    }
}

impl From<Alarms> for String {
    fn from(alarms: Alarms) -> Self {
        alarms.0.iter().map(|alarm| alarm.code()).collect::<Vec<_>>().join(", ")
    }
}

/// What an account did.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Lately {
    /// In the past hour.
    pub short_calls: i64,
    pub calls: i64,
    pub numbers: i64,
    /// Charged for calls in the past day, and in the thirty days before it.
    pub day: Money,
    pub month_before: Money,
    /// Of that month it had money for so many days.
    pub days_before: i64,
    /// In the past day.
    pub declined: i64,
    pub wrong_vouchers: i64,
}

/// Something that should be looked at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    pub alarm: Alarm,
    /// For a person.
    pub seen: String,
    pub freezes: bool,
}

impl Watch {
    pub fn findings(&self, lately: &Lately) -> Vec<Finding> {
        let counts = [
            (
                Alarm::ShortCalls,
                lately.short_calls,
                self.short_calls_an_hour,
                format!("{} calls under {} seconds in an hour", lately.short_calls, self.short_seconds),
            ),
            (Alarm::ManyCalls, lately.calls, self.calls_an_hour, format!("{} calls in an hour", lately.calls)),
            (
                Alarm::ManyNumbers,
                lately.numbers,
                self.numbers_an_hour,
                format!("{} different numbers in an hour", lately.numbers),
            ),
            (
                Alarm::DeclinedCards,
                lately.declined,
                self.declined_a_day,
                format!("{} declined payments in a day", lately.declined),
            ),
            (
                Alarm::WrongVouchers,
                lately.wrong_vouchers,
                self.wrong_vouchers,
                format!("{} wrong vouchers in a row", lately.wrong_vouchers),
            ),
        ];
        let reached = |most: u16, count: i64| most > 0 && count >= i64::from(most);
        let counted = counts.into_iter().filter(|(_, count, most, _)| reached(*most, *count));
        let counted = counted.map(|(alarm, _, _, seen)| (alarm, seen));
        let found = counted.chain(self.sudden(lately).map(|seen| (Alarm::SuddenSpend, seen)));
        found.map(|(alarm, seen)| Finding { freezes: self.freezes.include(alarm), alarm, seen }).collect()
    }

    /// An account without a past has nothing to be compared with: caps on new money are for that.
    fn sudden(&self, lately: &Lately) -> Option<String> {
        if self.sudden_times == 0 || lately.days_before == 0 || lately.day < self.sudden_least {
            return None;
        }
        let usual = lately.month_before.micros() / lately.days_before;
        let is_sudden = i128::from(lately.day.micros()) > i128::from(usual) * i128::from(self.sudden_times);
        is_sudden.then(|| format!("{} in a day, where {} is usual", lately.day, Money::from_micros(usual)))
    }
}

const MOST: u16 = 60_000;

/// A line a setting of the watch.
#[rustfmt::skip]
pub const WATCH: &[Setting<Watch>] = &[
    Setting { name: "short_seconds", label: "A call is short if it is under seconds", help: "",
        kind: Kind::Number { least: 1, most: 600 }, get: |watch| watch.short_seconds.to_string(),
        set: |watch, text| { watch.short_seconds = number(text, 1, 600)?; Ok(()) } },
    Setting { name: "short_calls_an_hour", label: "Short calls in an hour", help: "0: not looked at, here and below",
        kind: Kind::Number { least: 0, most: MOST }, get: |watch| watch.short_calls_an_hour.to_string(),
        set: |watch, text| { watch.short_calls_an_hour = number(text, 0, MOST)?; Ok(()) } },
    Setting { name: "calls_an_hour", label: "Calls in an hour", help: "",
        kind: Kind::Number { least: 0, most: MOST }, get: |watch| watch.calls_an_hour.to_string(),
        set: |watch, text| { watch.calls_an_hour = number(text, 0, MOST)?; Ok(()) } },
    Setting { name: "numbers_an_hour", label: "Different numbers called in an hour", help: "",
        kind: Kind::Number { least: 0, most: MOST }, get: |watch| watch.numbers_an_hour.to_string(),
        set: |watch, text| { watch.numbers_an_hour = number(text, 0, MOST)?; Ok(()) } },
    Setting { name: "sudden_times", label: "Spent in a day, in times an average day of the month before", help: "",
        kind: Kind::Number { least: 0, most: 1000 }, get: |watch| watch.sudden_times.to_string(),
        set: |watch, text| { watch.sudden_times = number(text, 0, 1000)?; Ok(()) } },
    Setting { name: "sudden_least", label: "but at least", help: "in the account\u{2019}s currency",
        kind: Kind::Text, get: |watch| watch.sudden_least.to_string(),
        set: |watch, text| { watch.sudden_least = text.parse().map_err(|bad| format!("is wrong: {bad}"))?; Ok(()) } },
    Setting { name: "declined_a_day", label: "Declined payments in a day", help: "",
        kind: Kind::Number { least: 0, most: MOST }, get: |watch| watch.declined_a_day.to_string(),
        set: |watch, text| { watch.declined_a_day = number(text, 0, MOST)?; Ok(()) } },
    Setting { name: "wrong_vouchers", label: "Wrong PINs of vouchers within a quarter of an hour", help: "",
        kind: Kind::Number { least: 0, most: MOST }, get: |watch| watch.wrong_vouchers.to_string(),
        set: |watch, text| { watch.wrong_vouchers = number(text, 0, MOST)?; Ok(()) } },
    Setting { name: "freezes", label: "An account is frozen by",
        help: "short_calls, many_calls, many_numbers, sudden_spend, declined_cards, wrong_vouchers; empty: by none of them",
        kind: Kind::Text, get: |watch| watch.freezes.clone().into(),
        set: |watch, text| { watch.freezes = text.to_owned().try_into()?; Ok(()) } },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::setting::apply;

    fn alarms(watch: &Watch, lately: Lately) -> Vec<&'static str> {
        watch.findings(&lately).into_iter().map(|finding| finding.alarm.code()).collect()
    }

    fn money(text: &str) -> Money {
        text.parse().unwrap()
    }

    #[test]
    fn each_count_raises_its_own_alarm_from_its_mark_on() {
        let watch = Watch::default();
        assert!(alarms(&watch, Lately::default()).is_empty());
        for (lately, alarm) in [
            (Lately { short_calls: 20, ..Lately::default() }, "short_calls"),
            (Lately { calls: 100, ..Lately::default() }, "many_calls"),
            (Lately { numbers: 50, ..Lately::default() }, "many_numbers"),
            (Lately { declined: 4, ..Lately::default() }, "declined_cards"),
            (Lately { wrong_vouchers: 5, ..Lately::default() }, "wrong_vouchers"),
        ] {
            assert_eq!(alarms(&watch, lately), [alarm]);
        }
        assert!(
            alarms(&watch, Lately { short_calls: 19, calls: 99, numbers: 49, declined: 3, ..Lately::default() })
                .is_empty()
        );
        let blind = Watch { calls_an_hour: 0, ..watch };
        assert!(alarms(&blind, Lately { calls: 9999, ..Lately::default() }).is_empty());
    }

    #[test]
    fn sudden_is_what_is_far_above_an_accounts_own_past() {
        let watch = Watch::default();
        let spent = |day, month_before, days_before| Lately {
            day: money(day),
            month_before: money(month_before),
            days_before,
            ..Lately::default()
        };
        assert_eq!(alarms(&watch, spent("50.01", "300", 30)), ["sudden_spend"]);
        assert!(alarms(&watch, spent("50", "300", 30)).is_empty(), "five times ten is not above it");
        assert!(alarms(&watch, spent("19.99", "0", 30)).is_empty(), "too little to matter");
        assert_eq!(alarms(&watch, spent("20", "0", 3)), ["sudden_spend"]);
        assert!(alarms(&watch, spent("500", "0", 0)).is_empty(), "without a past there is nothing to compare");
    }

    #[test]
    fn only_what_the_operator_names_freezes_and_each_setting_is_kept_as_it_is_shown() {
        let mut watch = Watch::default();
        let given = vec![("freezes".to_owned(), "many_calls declined_cards".to_owned())];
        assert!(apply(WATCH, &mut watch, &given).is_empty());
        let found = watch.findings(&Lately { calls: 100, numbers: 50, ..Lately::default() });
        let freezes: Vec<_> = found.iter().map(|finding| (finding.alarm.code(), finding.freezes)).collect();
        assert_eq!(freezes, [("many_calls", true), ("many_numbers", false)]);
        let kept: Watch = serde_json::from_value(serde_json::to_value(&watch).unwrap()).unwrap();
        assert_eq!(kept, watch);
        let names: Vec<_> = WATCH.iter().map(|setting| setting.name).collect();
        let fields = serde_json::to_value(&watch).unwrap();
        assert!(fields.as_object().unwrap().keys().all(|name| names.contains(&name.as_str())));
        let bad = apply(WATCH, &mut watch, &vec![("freezes".to_owned(), "everything".to_owned())]);
        assert_eq!(bad.len(), 1);
    }
}
