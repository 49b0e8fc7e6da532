//! What is counted hour by hour, how hours become days, and what the buckets of a latency say. Where the counts come
//! from is others' business.

use std::collections::BTreeMap;

use chrono::{DateTime, DurationRound, TimeDelta, Utc};

/// A kind of count. Its label says of which sort: a currency, an outcome, a sender.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Measure {
    CallsStarted,
    CallsSettled,
    SecondsBilled,
    /// Charged for calls in micro-units, by currency.
    Revenue,
    /// Payments begun, by what became of them: `credited`, `open`, or the reason why not.
    Recharges,
    /// The most calls at once among the looks of each minute.
    LiveCallsPeak,
    /// Webhooks answered, by sender.
    Webhooks,
    /// How long the answers took together.
    WebhookMicros,
    /// How many took as long as this bucket says: `twilio:25000`, `twilio:inf`.
    WebhookBucket,
    /// The hour is over and counted from the books.
    Closed,
}

impl Measure {
    pub const ALL: [Self; 10] = [
        Self::CallsStarted,
        Self::CallsSettled,
        Self::SecondsBilled,
        Self::Revenue,
        Self::Recharges,
        Self::LiveCallsPeak,
        Self::Webhooks,
        Self::WebhookMicros,
        Self::WebhookBucket,
        Self::Closed,
    ];

    pub fn code(self) -> &'static str {
        match self {
            Self::CallsStarted => "calls_started",
            Self::CallsSettled => "calls_settled",
            Self::SecondsBilled => "seconds_billed",
            Self::Revenue => "revenue",
            Self::Recharges => "recharges",
            Self::LiveCallsPeak => "live_calls_peak",
            Self::Webhooks => "webhooks",
            Self::WebhookMicros => "webhook_micros",
            Self::WebhookBucket => "webhook_bucket",
            Self::Closed => "closed",
        }
    }

    /// Counted from the books, so that counting again gives the same. The others are counted as they happen.
    pub fn is_of_books(self) -> bool {
        match self {
            Self::CallsStarted
            | Self::CallsSettled
            | Self::SecondsBilled
            | Self::Revenue
            | Self::Recharges
            | Self::Closed => true,
            Self::LiveCallsPeak | Self::Webhooks | Self::WebhookMicros | Self::WebhookBucket => false,
        }
    }
}

/// One count of one hour or day.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Figure {
    pub at: DateTime<Utc>,
    pub measure: Measure,
    pub label: String,
    pub value: i64,
}

pub fn hour_of(at: DateTime<Utc>) -> DateTime<Utc> {
    at.duration_trunc(TimeDelta::hours(1)).expect("an hour divides every time we keep")
}

pub fn day_of(at: DateTime<Utc>) -> DateTime<Utc> {
    at.duration_trunc(TimeDelta::days(1)).expect("a day divides every time we keep")
}

/// How much is looked at, up to now, in days of UTC.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Period {
    Today,
    Week,
    Month,
}

impl Period {
    pub const ALL: [Self; 3] = [Self::Today, Self::Week, Self::Month];

    pub fn code(self) -> &'static str {
        match self {
            Self::Today => "today",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    pub fn step(self) -> TimeDelta {
        match self {
            Self::Today => TimeDelta::hours(1),
            Self::Week | Self::Month => TimeDelta::days(1),
        }
    }

    pub fn begins(self, now: DateTime<Utc>) -> DateTime<Utc> {
        let days_before = match self {
            Self::Today => 0,
            Self::Week => 6,
            Self::Month => 29,
        };
        day_of(now) - TimeDelta::days(days_before)
    }

    /// The beginning of each of its hours or days; the last one is not over.
    pub fn points(self, now: DateTime<Utc>) -> Vec<Point> {
        let after = |at: &DateTime<Utc>| Some(*at + self.step());
        let times = std::iter::successors(Some(self.begins(now)), after).take_while(|at| *at <= now);
        times.map(Point::at).collect()
    }
}

/// All counts of one hour or day.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Point {
    pub at: DateTime<Utc>,
    pub calls_started: i64,
    pub calls_settled: i64,
    pub seconds_billed: i64,
    pub live_calls_peak: i64,
    /// Micro-units by currency.
    pub revenue: BTreeMap<String, i64>,
    pub recharges: BTreeMap<String, i64>,
    pub webhooks: BTreeMap<String, Tally>,
}

impl Point {
    pub fn at(at: DateTime<Utc>) -> Self {
        Self {
            at,
            calls_started: 0,
            calls_settled: 0,
            seconds_billed: 0,
            live_calls_peak: 0,
            revenue: BTreeMap::new(),
            recharges: BTreeMap::new(),
            webhooks: BTreeMap::new(),
        }
    }

    pub fn add(&mut self, measure: Measure, label: &str, value: i64) {
        let sender = |label: &str| label.rsplit_once(':').map_or(label, |(sender, _)| sender).to_owned();
        match measure {
            Measure::CallsStarted => self.calls_started += value,
            Measure::CallsSettled => self.calls_settled += value,
            Measure::SecondsBilled => self.seconds_billed += value,
            Measure::LiveCallsPeak => self.live_calls_peak = self.live_calls_peak.max(value),
            Measure::Revenue => *self.revenue.entry(label.to_owned()).or_default() += value,
            Measure::Recharges => *self.recharges.entry(label.to_owned()).or_default() += value,
            Measure::Webhooks => self.webhooks.entry(label.to_owned()).or_default().count += value,
            Measure::WebhookMicros => self.webhooks.entry(label.to_owned()).or_default().micros += value,
            Measure::WebhookBucket => {
                let tally = self.webhooks.entry(sender(label)).or_default();
                if let Some(bucket) = (0..=BOUNDS.len()).find(|bucket| label.ends_with(&bucket_label("", *bucket))) {
                    tally.buckets[bucket] += value;
                }
            }
            Measure::Closed => {}
        }
    }

    /// Takes in another, of an hour of the same day.
    pub fn merge(&mut self, other: &Self) {
        self.calls_started += other.calls_started;
        self.calls_settled += other.calls_settled;
        self.seconds_billed += other.seconds_billed;
        self.live_calls_peak = self.live_calls_peak.max(other.live_calls_peak);
        for (sums, more) in [(&mut self.revenue, &other.revenue), (&mut self.recharges, &other.recharges)] {
            more.iter().for_each(|(label, value)| *sums.entry(label.clone()).or_default() += value);
        }
        for (sender, tally) in &other.webhooks {
            self.webhooks.entry(sender.clone()).or_default().add(tally);
        }
    }

    pub fn recharges_credited(&self) -> i64 {
        self.recharges.get("credited").copied().unwrap_or(0)
    }

    /// Those that ended without money.
    pub fn recharges_lost(&self) -> i64 {
        self.recharges
            .iter()
            .filter(|(outcome, _)| !matches!(outcome.as_str(), "credited" | "open"))
            .map(|(_, n)| n)
            .sum()
    }
}

/// Upper ends of the buckets of a latency, in microseconds; whatever is longer is in one more.
pub const BOUNDS: [i64; 16] = [
    1_000,
    2_000,
    5_000,
    10_000,
    25_000,
    50_000,
    100_000,
    250_000,
    500_000,
    1_000_000,
    2_500_000,
    5_000_000,
    10_000_000,
    30_000_000,
    60_000_000,
    300_000_000,
];

/// How long many things took.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Tally {
    pub count: i64,
    pub micros: i64,
    pub buckets: [i64; BOUNDS.len() + 1],
}

impl Tally {
    pub fn note(&mut self, micros: i64) {
        let micros = micros.max(0);
        self.count += 1;
        self.micros += micros;
        self.buckets[BOUNDS.partition_point(|bound| *bound < micros)] += 1;
    }

    pub fn add(&mut self, other: &Self) {
        self.count += other.count;
        self.micros += other.micros;
        for (bucket, more) in self.buckets.iter_mut().zip(other.buckets) {
            *bucket += more;
        }
    }

    /// What so many thousandths of them did not exceed, as finely as the buckets tell: within a bucket they are taken
    /// to lie evenly. Those beyond the last bound are said to be at it.
    pub fn quantile(&self, thousandths: i64) -> Option<i64> {
        let all: i64 = self.buckets.iter().sum();
        let mut before = 0;
        for (bucket, count) in self.buckets.iter().copied().enumerate() {
            // In thousandths of one, so that nothing is rounded before the end.
            let wanted = all * thousandths - before * 1000;
            if count > 0 && wanted <= count * 1000 {
                let lower = if bucket == 0 { 0 } else { BOUNDS[bucket - 1] };
                let upper = BOUNDS.get(bucket).copied().unwrap_or(lower);
                return Some(lower + (upper - lower) * wanted.max(0) / (count * 1000));
            }
            before += count;
        }
        None
    }

    /// As figures of an hour, those that are not zero.
    pub fn figures(&self, sender: &str, at: DateTime<Utc>) -> Vec<Figure> {
        let figure = |measure, label: String, value| Figure { at, measure, label, value };
        let buckets = self.buckets.iter().enumerate();
        let buckets = buckets.map(|(bucket, n)| figure(Measure::WebhookBucket, bucket_label(sender, bucket), *n));
        let whole = [
            figure(Measure::Webhooks, sender.to_owned(), self.count),
            figure(Measure::WebhookMicros, sender.to_owned(), self.micros),
        ];
        whole.into_iter().chain(buckets).filter(|figure| figure.value != 0).collect()
    }
}

fn bucket_label(sender: &str, bucket: usize) -> String {
    match BOUNDS.get(bucket) {
        Some(bound) => format!("{sender}:{bound}"),
        None => format!("{sender}:inf"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noon() -> DateTime<Utc> {
        "2026-11-21T12:34:56Z".parse().unwrap()
    }

    #[test]
    fn a_period_ends_now_and_begins_at_midnight() {
        let lengths = Period::ALL.map(|period| period.points(noon()).len());
        assert_eq!(lengths, [13, 7, 30]);
        assert_eq!(Period::Week.begins(noon()).to_rfc3339(), "2026-11-15T00:00:00+00:00");
        assert_eq!(Period::Today.points(noon()).last().unwrap().at, hour_of(noon()));
    }

    #[test]
    fn a_tally_survives_being_written_as_figures() {
        let mut tally = Tally::default();
        for micros in [0, 1_000, 1_001, 24_000, 70_000_000, 400_000_000, -5] {
            tally.note(micros);
        }
        let mut point = Point::at(noon());
        for figure in tally.figures("stripe_delivery", noon()) {
            point.add(figure.measure, &figure.label, figure.value);
        }
        assert_eq!(point.webhooks["stripe_delivery"], tally);
        assert_eq!((tally.count, tally.buckets[0], tally.buckets[1]), (7, 3, 1));
    }

    #[test]
    fn quantiles_lie_in_their_buckets_and_never_fall() {
        let mut tally = Tally::default();
        assert_eq!(tally.quantile(500), None);
        for micros in (0..1000).map(|n| n * 100) {
            tally.note(micros);
        }
        let (median, most) = (tally.quantile(500).unwrap(), tally.quantile(950).unwrap());
        assert!((49_000..51_000).contains(&median) && (94_000..96_000).contains(&most), "{median} {most}");
        let all: Vec<_> = (0..=1000).map(|n| tally.quantile(n).unwrap()).collect();
        assert!(all.is_sorted());
    }

    #[test]
    fn days_add_what_hours_counted_and_keep_the_highest_peak() {
        let mut day = Point::at(day_of(noon()));
        for (measure, label, value) in [
            (Measure::LiveCallsPeak, "", 7),
            (Measure::LiveCallsPeak, "", 3),
            (Measure::Revenue, "USD", 5),
            (Measure::Revenue, "USD", 6),
            (Measure::Revenue, "EUR", 1),
            (Measure::Recharges, "credited", 2),
            (Measure::Recharges, "card_declined", 1),
            (Measure::Recharges, "open", 1),
        ] {
            day.add(measure, label, value);
        }
        assert_eq!((day.live_calls_peak, day.revenue["USD"], day.revenue["EUR"]), (7, 11, 1));
        assert_eq!((day.recharges_credited(), day.recharges_lost()), (2, 1));
    }
}
