//! Which plots the dashboard has, and what each is made of.

use std::collections::BTreeMap;

use super::chart::{Drawing, Kind, Series, draw};
use crate::domain::figures::{Period, Point, Tally};
use crate::domain::money::{MICROS, Money};

/// Colours there are; what is beyond is gathered in the last.
const MOST_SERIES: usize = 6;
/// How long a message of the card processor was on its way, which is not our doing.
const DELIVERY: &str = "_delivery";

/// A drawing with its words, and its numbers as a table.
pub struct Plot {
    /// For names inside the page.
    pub id: &'static str,
    pub title: &'static str,
    pub about: String,
    pub drawing: Drawing,
    pub names: Vec<String>,
    pub rows: Vec<Row>,
}

pub struct Row {
    pub place: String,
    pub values: Vec<String>,
}

/// What is drawn, before it is drawn.
struct Subject {
    id: &'static str,
    title: &'static str,
    kind: Kind,
    /// A number as the axis has it, and as the table has it.
    tick: fn(i64) -> String,
    exact: fn(i64) -> String,
    series: Vec<Series>,
}

pub fn all(period: Period, points: &[Point]) -> Vec<Plot> {
    let one = |name: &str, value: fn(&Point) -> i64| Series {
        name: name.to_owned(),
        values: points.iter().map(|point| Some(value(point))).collect(),
    };
    let mut subjects = vec![
        Subject {
            id: "live_calls",
            title: "Live calls at most",
            kind: Kind::Lines,
            tick: count,
            exact: count_exact,
            series: vec![one("Live calls", |point| point.live_calls_peak)],
        },
        Subject {
            id: "minutes",
            title: "Minutes billed",
            kind: Kind::Bars,
            tick: count,
            exact: count_exact,
            series: vec![one("Minutes", |point| point.seconds_billed / 60)],
        },
        Subject {
            id: "revenue",
            title: "Revenue from calls",
            kind: Kind::Lines,
            tick: units,
            exact: amount,
            series: by_label(points, |point| &point.revenue),
        },
        Subject {
            id: "recharges",
            title: "Recharges by outcome",
            kind: Kind::Bars,
            tick: count,
            exact: count_exact,
            series: recharges(points),
        },
        latency("webhooks", "Time to answer webhooks", points, |sender| !sender.ends_with(DELIVERY)),
    ];
    let delivery =
        latency("delivery", "The card processors' messages on their way", points, |sender| sender.ends_with(DELIVERY));
    if !delivery.series.is_empty() {
        subjects.push(delivery);
    }
    let places: Vec<_> = points.iter().map(|point| place(period, point)).collect();
    subjects.into_iter().map(|subject| plot(subject, &places)).collect()
}

fn place(period: Period, point: &Point) -> String {
    match period {
        Period::Today => point.at.format("%H:%M").to_string(),
        Period::Week | Period::Month => point.at.format("%-d %b").to_string(),
    }
}

fn plot(subject: Subject, places: &[String]) -> Plot {
    let Subject { id, title, kind, tick, exact, series } = subject;
    let row = |(number, place): (usize, &String)| Row {
        place: place.clone(),
        values: series.iter().map(|one| one.values[number].map_or("–".to_owned(), exact)).collect(),
    };
    Plot {
        id,
        title,
        about: about(places, &series, exact),
        drawing: draw(kind, places, &series, tick),
        rows: places.iter().enumerate().map(row).collect(),
        names: series.into_iter().map(|one| one.name).collect(),
    }
}

/// The drawing in a sentence, for whoever does not see it.
fn about(places: &[String], series: &[Series], exact: fn(i64) -> String) -> String {
    let (Some(first), Some(last)) = (places.first(), places.last()) else { return String::new() };
    let highest = series.iter().filter_map(|one| {
        let most = one.values.iter().flatten().max()?;
        Some(format!("{}: at most {}", one.name, exact(*most)))
    });
    let highest: Vec<_> = highest.collect();
    let said = if highest.is_empty() { "nothing to show".to_owned() } else { highest.join("; ") };
    format!("From {first} to {last} (UTC). {said}.")
}

/// A row for each label there is, the largest first; those beyond the colours there are become one.
fn by_label(points: &[Point], counts: fn(&Point) -> &BTreeMap<String, i64>) -> Vec<Series> {
    let mut sums: BTreeMap<&String, i64> = BTreeMap::new();
    points.iter().flat_map(counts).for_each(|(label, value)| *sums.entry(label).or_default() += value);
    let mut labels: Vec<_> = sums.into_iter().collect();
    labels.sort_by_key(|(label, sum)| (std::cmp::Reverse(*sum), *label));
    let labels: Vec<&String> = labels.into_iter().map(|(label, _)| label).collect();
    let own = if labels.len() > MOST_SERIES { MOST_SERIES - 1 } else { labels.len() };
    let values = |among: &[&String]| -> Vec<Option<i64>> {
        let value = |point: &Point| among.iter().filter_map(|label| counts(point).get(*label)).sum();
        points.iter().map(|point| Some(value(point))).collect()
    };
    let mut series: Vec<_> =
        labels[..own].iter().map(|label| Series { name: (*label).clone(), values: values(&[label]) }).collect();
    if own < labels.len() {
        series.push(Series { name: "others".to_owned(), values: values(&labels[own..]) });
    }
    series
}

/// Codes of decline in words without underlines.
fn recharges(points: &[Point]) -> Vec<Series> {
    let series = by_label(points, |point| &point.recharges).into_iter();
    series.map(|one| Series { name: one.name.replace('_', " "), ..one }).collect()
}

fn latency(id: &'static str, title: &'static str, points: &[Point], of: fn(&str) -> bool) -> Subject {
    let mut senders: Vec<&String> =
        points.iter().flat_map(|point| point.webhooks.keys()).filter(|name| of(name)).collect();
    senders.sort();
    senders.dedup();
    let mut series = vec![];
    for sender in senders {
        for (name, thousandths) in [("median", 500), ("95 %", 950)] {
            let value =
                |point: &Point| point.webhooks.get(sender).and_then(|tally: &Tally| tally.quantile(thousandths));
            let name = format!("{}, {name}", sender.replace('_', " "));
            series.push(Series { name, values: points.iter().map(value).collect() });
        }
    }
    Subject { id, title, kind: Kind::Lines, tick: time, exact: time, series }
}

/// `950`, `12k`, `3M`.
fn count(value: i64) -> String {
    match value {
        10_000_000.. => format!("{}M", value / 1_000_000),
        10_000.. => format!("{}k", value / 1_000),
        _ => value.to_string(),
    }
}

fn count_exact(value: i64) -> String {
    value.to_string()
}

/// Micro-units as the axis has them.
fn units(micros: i64) -> String {
    if micros % MICROS == 0 { count(micros / MICROS) } else { amount(micros) }
}

fn amount(micros: i64) -> String {
    Money::from_micros(micros).to_string()
}

fn time(micros: i64) -> String {
    match micros {
        60_000_000.. => format!("{} s", micros / 1_000_000),
        1_000_000.. => format!("{}.{} s", micros / 1_000_000, micros / 100_000 % 10),
        1_000.. => format!("{} ms", micros / 1_000),
        0 => "0".to_owned(),
        _ => format!("{micros} µs"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::figures::Measure;

    #[test]
    fn numbers_of_an_axis_are_short_and_those_of_a_table_exact() {
        assert_eq!([0, 9_999, 20_000, 50_000_000].map(count), ["0", "9999", "20k", "50M"]);
        assert_eq!([0, 500_000, 2_000_000, 20_000_000_000].map(units), ["0", "0.50", "2", "20k"]);
        assert_eq!([0, 400, 25_000, 1_550_000, 90_000_000].map(time), ["0", "400 µs", "25 ms", "1.5 s", "90 s"]);
        assert_eq!(amount(1_234_567), "1.234567");
    }

    #[test]
    fn the_smallest_of_many_reasons_are_gathered() {
        let now = chrono::DateTime::UNIX_EPOCH;
        let mut point = Point::at(now);
        for (number, reason) in ["credited", "a", "b", "c", "d", "e", "f", "g_h"].into_iter().enumerate() {
            point.add(Measure::Recharges, reason, 100 - i64::try_from(number).unwrap());
        }
        let series = recharges(&[point]);
        let names: Vec<_> = series.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["credited", "a", "b", "c", "d", "others"]);
        assert_eq!(series[5].values, [Some(95 + 94 + 93)]);
    }

    #[test]
    fn every_plot_has_a_row_of_numbers_for_every_place() {
        let points = Period::Month.points(chrono::DateTime::UNIX_EPOCH + chrono::TimeDelta::days(400));
        for plot in all(Period::Month, &points) {
            assert_eq!(plot.rows.len(), 30, "{}", plot.id);
            assert!(plot.rows.iter().all(|row| row.values.len() == plot.names.len()));
            assert!(plot.about.starts_with("From "), "{}", plot.about);
        }
    }
}
