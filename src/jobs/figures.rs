//! Figures by the hour: counts the hours that are over, looks at live calls, and brings the times that webhooks took
//! from this process to the others'.

use super::{Done, JobError};
use crate::app::App;
use crate::flows;
use crate::flows::figures::Counted;

pub async fn close_hours(app: &App) -> Result<Done, JobError> {
    let now = app.clock.now();
    Ok(match app.db.write(move |tx| flows::figures::close_hours(tx, now)).await? {
        Counted::All => Done::Finished,
        Counted::More => Done::Again(now),
    })
}

pub async fn look_at_live_calls(app: &App) -> Result<Done, JobError> {
    let now = app.clock.now();
    app.db.write(move |tx| flows::figures::look_at_live_calls(tx, now)).await?;
    Ok(Done::Finished)
}

/// Each process keeps its own times until they are added here: once a minute, and at its end. Those since the last
/// minute are lost if it dies, and nothing but a figure depends on them.
pub async fn keep_webhooks(app: &App) {
    let answered = app.webhook_times.take();
    if answered.is_empty() {
        return;
    }
    let kept = answered.clone();
    if let Err(error) = app.db.write(move |tx| flows::figures::add_webhooks(tx, &kept)).await {
        tracing::warn!(%error, "the times of webhooks could not be kept; they wait for the next minute");
        app.webhook_times.put_back(answered);
    }
}
