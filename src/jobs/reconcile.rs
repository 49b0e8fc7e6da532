//! Reads a card processor's statement page by page and has it compared with our books: the day before every day, and any
//! span when somebody asks.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, Utc};

use super::{Done, JobError};
use crate::app::App;
use crate::domain::reconcile::{Difference, Reconciliation, Span};
use crate::flows::Job;
use crate::flows::reconcile::{reconcile_payments, take_in};
use crate::payments::Processor;
use crate::storage::Tx;

/// Who did it, where no person asked.
pub(super) const ACTOR: &str = "schedule";
/// What we booked just inside of a span may stand just outside of it in a statement. A refund is asked for so long.
const MARGIN: TimeDelta = TimeDelta::hours(24);

pub async fn yesterday(app: &App) -> Result<Done, JobError> {
    let (now, names) = (app.clock.now(), app.processors.names().collect::<Vec<_>>());
    let make = move |tx: &mut Tx| {
        for processor in names {
            let processor = processor.to_owned();
            Job::ReconcilePayments { processor, span: day_before(now), actor: None }.enqueue(tx, now)?;
        }
        Job::ReconcileCalls { span: day_before(now), actor: None }.enqueue(tx, now)?;
        Ok::<_, JobError>(())
    };
    app.db.write(make).await?;
    Ok(Done::Finished)
}

/// In UTC.
pub fn day_before(now: DateTime<Utc>) -> Span {
    let today = now.date_naive();
    let midnight = |date: NaiveDate| date.and_time(NaiveTime::MIN).and_utc();
    Span { from: midnight(today - Days::new(1)), to: midnight(today) }
}

pub async fn run(app: &App, processor: String, span: Span, actor: Option<String>) -> Result<Done, JobError> {
    payments(app, &processor, span, actor.unwrap_or_else(|| ACTOR.to_owned())).await?;
    Ok(Done::Finished)
}

pub async fn payments(
    app: &App,
    processor: &str,
    span: Span,
    actor: String,
) -> Result<(Reconciliation, Vec<Difference>), JobError> {
    let (processor, now) = (app.processors.of(processor)?, app.clock.now());
    read_statement(app, &*processor, &Span { from: span.from - MARGIN, to: span.to + MARGIN }).await?;
    let name = processor.name();
    Ok(app.db.write(move |tx| reconcile_payments(tx, name, span, &actor, now)).await?)
}

/// Each page is kept when it comes, so that what was read is not lost with the next.
async fn read_statement(app: &App, processor: &dyn Processor, span: &Span) -> Result<(), JobError> {
    for list in processor.lists() {
        let mut after = None;
        loop {
            let response = app.outbound.send(&processor.list_request(list, span, after.as_deref())).await;
            let page = processor.list_page(list, after.as_deref(), &response);
            let page = page.map_err(|doubt| JobError::Processor(format!("{list}: {doubt:?}")))?;
            let (name, lines, now) = (processor.name(), page.lines, app.clock.now());
            app.db.write(move |tx| take_in(tx, name, &lines, now)).await?;
            match page.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
    }
    Ok(())
}
