//! `talktime reconcile payments | carrier`: our books beside somebody else's. What differs is shown and kept, and the command then
//! ends with 1; nothing is repaired.

use std::process::ExitCode;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use clap::{Args, Subcommand};
use serde::Serialize;
use tokio::sync::mpsc;

use super::{ACTOR, CommandError, output};
use crate::app::App;
use crate::clock::Clock;
use crate::config::Settings;
use crate::domain::reconcile::{Difference, Reconciliation, Said, Side, Span};
use crate::jobs::{reconcile, reconcile_calls};

#[derive(Subcommand)]
pub enum Reconcile {
    /// What card processors owe us, by their statements and by our books.
    Payments(When),
    /// Our legs and the carrier's list of calls.
    Carrier(When),
}

/// The day before, in UTC, if nothing else is said.
#[derive(Args)]
pub struct When {
    /// A day such as 2026-11-21, or a time such as 2026-11-21T12:00:00Z.
    #[arg(long, value_parser = moment)]
    from: Option<DateTime<Utc>>,
    /// The same; what happened then is not included.
    #[arg(long, value_parser = moment)]
    to: Option<DateTime<Utc>>,
    #[arg(long)]
    json: bool,
}

impl When {
    fn span(&self, now: DateTime<Utc>) -> Result<Span, CommandError> {
        let usual = reconcile::day_before(now);
        let span = Span { from: self.from.unwrap_or(usual.from), to: self.to.unwrap_or(usual.to) };
        if span.from < span.to {
            return Ok(span);
        }
        Err(CommandError::Said(format!("{} is not before {}; give --from and --to", span.from, span.to)))
    }
}

fn moment(text: &str) -> Result<DateTime<Utc>, String> {
    if let Ok(day) = text.parse::<NaiveDate>() {
        return Ok(day.and_time(NaiveTime::MIN).and_utc());
    }
    let time = DateTime::parse_from_rfc3339(text).map(|time| time.to_utc());
    time.map_err(|_| format!("{text:?} is neither a day such as 2026-11-21 nor a time such as 2026-11-21T12:00:00Z"))
}

pub async fn run(command: &Reconcile, settings: &Settings) -> Result<ExitCode, CommandError> {
    let config = settings.service()?;
    super::migrate(&config.database.url).await?;
    let (wake, _) = mpsc::unbounded_channel();
    let app = App::build(config, Clock::running(1), wake)?;
    match command {
        Reconcile::Payments(when) => payments(&app, when).await,
        Reconcile::Carrier(when) => carrier(&app, when).await,
    }
}

async fn payments(app: &App, when: &When) -> Result<ExitCode, CommandError> {
    let span = when.span(app.clock.now())?;
    let mut all_alike = true;
    for processor in app.processors.names() {
        let made = reconcile::payments(app, processor, span, ACTOR.to_owned()).await;
        let (made, differences) = made.map_err(|error| CommandError::Said(error.to_string()))?;
        all_alike &= differences.is_empty();
        show(&made, &differences, when.json);
    }
    Ok(if all_alike { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn carrier(app: &App, when: &When) -> Result<ExitCode, CommandError> {
    let made = reconcile_calls::calls(app, when.span(app.clock.now())?, ACTOR.to_owned()).await;
    let (made, differences) = made.map_err(|error| CommandError::Said(error.to_string()))?;
    show(&made, &differences, when.json);
    Ok(if differences.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

#[derive(Serialize)]
struct Shown<'a> {
    id: &'a str,
    kind: &'static str,
    source: &'a str,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    alike: i64,
    differences: Vec<ShownDifference<'a>>,
}

#[derive(Serialize)]
struct ShownDifference<'a> {
    key: &'a str,
    side: Side,
    account: Option<&'a str>,
    at: DateTime<Utc>,
    fields: &'a [Said],
}

fn show(made: &Reconciliation, differences: &[Difference], json: bool) {
    if json {
        let Reconciliation { id, source, span, alike, .. } = made;
        let differences = differences.iter().map(|one| {
            let Difference { key, side, account, at, fields } = one;
            ShownDifference { key, side: *side, account: account.as_deref(), at: *at, fields }
        });
        let kind = made.kind.code();
        let differences = differences.collect();
        output::json(&Shown { id, kind, source, from: span.from, to: span.to, alike: *alike, differences });
        return;
    }
    for one in differences {
        println!("{}: {}", one.key, said(one));
    }
    let Reconciliation { id, source, span, alike, differing, .. } = made;
    println!("{source} from {} to {}: {alike} alike, {differing} differing ({id})", span.from, span.to);
}

fn said(one: &Difference) -> String {
    let word = |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".to_owned());
    let fields = one.fields.iter().map(|Said { name, ours, theirs }| match one.side {
        Side::Ours => format!("{name} {}", word(ours)),
        Side::Theirs => format!("{name} {}", word(theirs)),
        Side::Both => format!("{name} {} in our books, {} in theirs", word(ours), word(theirs)),
    });
    let fields = fields.collect::<Vec<_>>().join(", ");
    match one.side {
        Side::Ours => format!("only in our books: {fields}"),
        Side::Theirs => format!("only in theirs: {fields}"),
        Side::Both => fields,
    }
}
