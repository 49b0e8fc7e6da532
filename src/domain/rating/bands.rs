//! Prices by day and hour, on the clocks of one time zone, as a deck has them; and the moments at which they change, as
//! a rate is frozen with them. The one place that knows time zones.
//!
//! ```text
//! bands   Europe/Berlin; Mo-Fr 08:00-18:00 0.30; Sa,Su 0.10+0.05; 22:00-06:00 0.05
//! ```
//!
//! The zone first, then bands: days (every day if left out), hours (all day if left out), price per minute, and the fee to
//! connect, if it is not the row's. The first band that fits counts, outside all of them the row's own price. Hours past
//! midnight belong to the day on which they begin. What counts is what the clocks show: an hour that a clock repeats has
//! its band twice, one that it skips not at all.

use std::fmt;
use std::str::FromStr;

use chrono::{
    DateTime, Datelike, Days, LocalResult, NaiveDateTime, NaiveTime, Offset, TimeDelta, TimeZone, Timelike, Utc,
};
use chrono_tz::Tz;
use rust_decimal::Decimal;

use super::notation::price_and_fee;
use super::{Change, Rate};
use crate::domain::money::Money;

const DAYS: [&str; 7] = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"];
const ALL_WEEK: u8 = 0b111_1111;
const MIDNIGHT: u32 = 24 * 60;
const MOST_BANDS: usize = 20;

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Bands {
    zone: Tz,
    bands: Vec<Band>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Band {
    /// A bit for each day of the week, Monday's the lowest.
    days: u8,
    /// In minutes of the day. At the end or past midnight if `until` is not above `from`.
    from: u32,
    until: u32,
    price_per_minute: Decimal,
    connection_fee: Option<Money>,
}

impl Rate {
    /// As it is from `now` on, with all changes that its bands bring until then.
    #[must_use]
    pub fn with_bands(self, bands: &Bands, now: DateTime<Utc>, until: DateTime<Utc>) -> Self {
        let own = (self.price_per_minute, self.connection_fee);
        let (price_per_minute, connection_fee) = bands.at(now, own);
        let mut changes: Vec<Change> = vec![];
        let mut before = (price_per_minute, connection_fee);
        for from in bands.moments(now, until) {
            let after = bands.at(from, own);
            if after != before {
                changes.push(Change { from, price_per_minute: after.0, connection_fee: after.1 });
                before = after;
            }
        }
        Self { price_per_minute, connection_fee, changes, ..self }
    }
}

impl Bands {
    fn at(&self, moment: DateTime<Utc>, own: (Decimal, Money)) -> (Decimal, Money) {
        let local = moment.with_timezone(&self.zone).naive_local();
        let band = self.bands.iter().find(|band| band.holds(local));
        band.map_or(own, |band| (band.price_per_minute, band.connection_fee.unwrap_or(own.1)))
    }

    /// Every moment in between at which a band may begin or end, in their order.
    fn moments(&self, after: DateTime<Utc>, until: DateTime<Utc>) -> Vec<DateTime<Utc>> {
        let first_day = (after - TimeDelta::days(1)).with_timezone(&self.zone).date_naive();
        let last_day = (until + TimeDelta::days(1)).with_timezone(&self.zone).date_naive();
        let mut moments = vec![];
        for day in first_day.iter_days().take_while(|day| *day <= last_day) {
            for minute in self.bands.iter().flat_map(|band| [band.from, band.until]).filter(|minute| *minute < MIDNIGHT)
            {
                self.when(day.and_time(time(minute)), &mut moments);
            }
            self.when(day.and_time(NaiveTime::MIN), &mut moments);
            moments.extend(self.clock_moves(day.and_time(NaiveTime::MIN).and_utc()));
        }
        moments.retain(|moment| *moment > after && *moment <= until);
        moments.sort_unstable();
        moments.dedup();
        moments
    }

    fn when(&self, local: NaiveDateTime, moments: &mut Vec<DateTime<Utc>>) {
        match self.zone.from_local_datetime(&local) {
            LocalResult::Single(once) => moments.push(once.to_utc()),
            LocalResult::Ambiguous(first, second) => moments.extend([first.to_utc(), second.to_utc()]),
            // The clock skips it, and moves before it: that moment is among the others.
            LocalResult::None => {}
        }
    }

    /// The minute at which the clocks are moved, within a day from `begin`.
    fn clock_moves(&self, begin: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let offset = |minute: i64| {
            let at = begin + TimeDelta::minutes(minute);
            self.zone.offset_from_utc_datetime(&at.naive_utc()).fix()
        };
        let (before, mut same, mut moved) = (offset(0), 0, i64::from(MIDNIGHT));
        if offset(moved) == before {
            return None;
        }
        while moved - same > 1 {
            let middle = same + (moved - same) / 2;
            if offset(middle) == before { same = middle } else { moved = middle }
        }
        Some(begin + TimeDelta::minutes(moved))
    }
}

impl Band {
    fn holds(&self, local: NaiveDateTime) -> bool {
        let minute = local.hour() * 60 + local.minute();
        let on = |date: chrono::NaiveDate| self.days & (1 << date.weekday().num_days_from_monday()) != 0;
        if self.from < self.until {
            return on(local.date()) && (self.from..self.until).contains(&minute);
        }
        let yesterday = local.date().checked_sub_days(Days::new(1)).expect("time goes further back than calls");
        (on(local.date()) && minute >= self.from) || (on(yesterday) && minute < self.until)
    }
}

fn time(minute: u32) -> NaiveTime {
    NaiveTime::from_hms_opt(minute / 60, minute % 60, 0).expect("a minute of a day was read")
}

impl FromStr for Bands {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = text.split(';').map(str::trim);
        let zone = parts.next().unwrap_or_default();
        let zone: Tz = zone.parse().map_err(|_| format!("{zone:?} is not a time zone such as Europe/London or UTC"))?;
        let bands: Vec<Band> = parts.filter(|band| !band.is_empty()).map(str::parse).collect::<Result<_, _>>()?;
        match bands.len() {
            0 => Err("names no band after the time zone".to_owned()),
            1..=MOST_BANDS => Ok(Self { zone, bands }),
            _ => Err(format!("has more than {MOST_BANDS} bands")),
        }
    }
}

impl FromStr for Band {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is not a band such as Mo-Fr 08:00-18:00 0.30 or Sa,Su 0.10+0.05");
        let words: Vec<&str> = text.split_whitespace().collect();
        let (price, when) = words.split_last().ok_or_else(wrong)?;
        let (days, hours) = match when {
            [] => (None, None),
            [one] if one.contains(':') => (None, Some(*one)),
            [one] => (Some(*one), None),
            [days, hours] => (Some(*days), Some(*hours)),
            _ => return Err(wrong()),
        };
        let (price_per_minute, connection_fee) = price_and_fee(price)?;
        let (from, until) = hours.map_or(Some((0, MIDNIGHT)), read_hours).ok_or_else(wrong)?;
        let days = days.map_or(Some(ALL_WEEK), read_days).ok_or_else(wrong)?;
        Ok(Self { days, from, until, price_per_minute, connection_fee })
    }
}

fn read_hours(text: &str) -> Option<(u32, u32)> {
    let (from, until) = text.split_once('-')?;
    let (from, until) = (read_minute(from)?, read_minute(until)?);
    let until = if until == 0 { MIDNIGHT } else { until };
    (from != until && from < MIDNIGHT).then_some((from, until))
}

fn read_minute(text: &str) -> Option<u32> {
    let (hour, minute) = text.split_once(':')?;
    let plain = |text: &str| if text.len() == 2 { text.parse::<u8>().ok().map(u32::from) } else { None };
    let (hour, minute) = (plain(hour)?, plain(minute)?);
    (minute < 60 && hour * 60 + minute <= MIDNIGHT).then_some(hour * 60 + minute)
}

fn read_days(text: &str) -> Option<u8> {
    let day = |name: &str| DAYS.iter().position(|known| known.eq_ignore_ascii_case(name));
    let mut days = 0;
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (mut at, last) = (day(first)?, day(last)?);
        days |= 1 << at;
        while at != last {
            at = (at + 1) % DAYS.len();
            days |= 1 << at;
        }
    }
    Some(days)
}

impl fmt::Display for Bands {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.zone.name())?;
        self.bands.iter().try_for_each(|band| write!(f, "; {band}"))
    }
}

impl fmt::Display for Band {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.days != ALL_WEEK {
            let days = DAYS.iter().enumerate().filter(|(place, _)| self.days & (1 << place) != 0);
            write!(f, "{} ", days.map(|(_, name)| *name).collect::<Vec<_>>().join(","))?;
        }
        if (self.from, self.until) != (0, MIDNIGHT) {
            let shown = |minute: u32| format!("{:02}:{:02}", minute / 60, minute % 60);
            write!(f, "{}-{} ", shown(self.from), shown(self.until))?;
        }
        write!(f, "{}", self.price_per_minute)?;
        self.connection_fee.map_or(Ok(()), |fee| write!(f, "+{fee}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bands(text: &str) -> Bands {
        text.parse().unwrap_or_else(|why| panic!("{text}: {why}"))
    }

    fn moment(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    /// From when on which price, by the clocks of UTC, in two days from then on. The row's own price is 9.
    fn changes(text: &str, from: &str) -> Vec<String> {
        let own = Rate { price_per_minute: 9.into(), ..Rate::free("x") };
        let frozen = own.with_bands(&bands(text), moment(from), moment(from) + TimeDelta::days(2));
        let first = format!("first {}", frozen.price_per_minute);
        let later = frozen.changes.iter().map(|c| format!("{} {}", c.from.format("%d %H:%M"), c.price_per_minute));
        std::iter::once(first).chain(later).collect()
    }

    #[test]
    fn the_first_band_that_fits_counts_and_outside_all_the_rows_own_price() {
        // A Friday.
        let found = changes("UTC; Fr 12:00-13:00 1; Mo-Fr 08:00-18:00 2; Sa 3", "2026-11-27T07:00:00Z");
        assert_eq!(
            found,
            ["first 9", "27 08:00 2", "27 12:00 1", "27 13:00 2", "27 18:00 9", "28 00:00 3", "29 00:00 9"]
        );
    }

    #[test]
    fn hours_past_midnight_belong_to_the_day_they_begin_on() {
        let found = changes("UTC; Fr 22:00-06:00 1", "2026-11-27T05:00:00Z");
        assert_eq!(found, ["first 9", "27 22:00 1", "28 06:00 9"]);
        assert_eq!(changes("UTC; Th 22:00-06:00 1", "2026-11-27T05:00:00Z"), ["first 1", "27 06:00 9"]);
    }

    #[test]
    fn a_band_follows_the_clocks_of_its_zone_also_when_they_are_moved() {
        // Berlin is an hour ahead of UTC in winter, two in summer.
        let eight = "Europe/Berlin; 08:00-18:00 1";
        assert_eq!(
            changes(eight, "2026-03-28T12:00:00Z")[1..],
            ["28 17:00 9", "29 06:00 1", "29 16:00 9", "30 06:00 1"]
        );
        // At 02:00 it becomes 03:00: the band ends there.
        assert_eq!(changes("Europe/Berlin; 01:00-02:30 1", "2026-03-28T12:00:00Z")[1..3], ["29 00:00 1", "29 01:00 9"]);
        // At 03:00 it becomes 02:00: the half hour comes twice.
        let twice = changes("Europe/Berlin; 01:30-02:30 1", "2026-10-24T12:00:00Z");
        assert_eq!(twice[1..5], ["24 23:30 1", "25 00:30 9", "25 01:00 1", "25 01:30 9"]);
        // Half an hour, at a meridian of its own.
        assert_eq!(
            changes("Australia/Lord_Howe; 02:00-02:15 1", "2026-10-03T12:00:00Z")[..2],
            ["first 9", "04 15:00 1"]
        );
    }

    #[test]
    fn a_fee_goes_with_its_band_or_is_the_rows_own() {
        let own = Rate { connection_fee: Money::from_micros(5), ..Rate::free("x") };
        let from = moment("2026-11-27T07:00:00Z");
        let frozen = own.with_bands(&bands("UTC; 08:00-09:00 1+0.10; 09:00-10:00 1"), from, from + TimeDelta::hours(4));
        let fees: Vec<_> = frozen.changes.iter().map(|change| change.connection_fee.micros()).collect();
        assert_eq!(fees, [100_000, 5, 5]);
    }

    #[test]
    fn what_is_written_is_read_again() {
        for text in
            ["Europe/Berlin; Mo-Fr 08:00-18:00 0.30; Sa,Su 0.10+0.05; 22:00-06:00 0.05", "UTC; Su-Mo 00:00-24:00 1"]
        {
            assert_eq!(bands(&bands(text).to_string()), bands(text), "{text}");
        }
        assert_eq!(bands("UTC; fr-mo 20:00-00:00 1.50").to_string(), "UTC; Mo,Fr,Sa,Su 20:00-24:00 1.5");
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        for bad in [
            "",
            "Berlin; 1",
            "UTC",
            "UTC; Mo",
            "UTC; Mx 1",
            "UTC; Mo 8:00-9:00 1",
            "UTC; 08:00-08:00 1",
            "UTC; 08:60-09:00 1",
            "UTC; 08:00-24:01 1",
            "UTC; Mo 08:00-09:00 -1",
            "UTC; Mo Tu 08:00-09:00 1",
            "UTC; Mo 08:00-09:00 1+x",
        ] {
            assert!(bad.parse::<Bands>().is_err(), "{bad}");
        }
    }
}
