//! What recurs. The scheduler only makes jobs; the queue runs each once, however many nodes have a scheduler.

use tokio_cron_scheduler::{Job as CronJob, JobScheduler, JobSchedulerError};

use crate::app::App;
use crate::flows::Job;
use crate::jobs;

/// Second, minute, hour, day, month, weekday.
const RECURRING: [(&str, Job); 7] = [
    ("0 * * * * *", Job::Sweep),
    ("30 * * * * *", Job::LookAtLiveCalls),
    ("0 */5 * * * *", Job::CloseHours),
    ("0 30 * * * *", Job::ForgetSessions),
    ("0 40 * * * *", Job::ForgetReplies),
    ("45 */10 * * * *", Job::CatchUp),
    // By then a day's last lines are in every statement.
    ("0 20 3 * * *", Job::ReconcileYesterday),
];
/// What every process does for itself, and no other can: see [`jobs::keep_webhooks`].
const KEEP_WEBHOOKS: &str = "15 * * * * *";

pub async fn start(app: &App) -> Result<JobScheduler, JobSchedulerError> {
    let scheduler = JobScheduler::new().await?;
    for (times, job) in RECURRING {
        let app = app.clone();
        let recurring = CronJob::new_async(times, move |_, _| {
            let (app, job) = (app.clone(), job.clone());
            Box::pin(async move {
                let now = app.clock.now();
                if let Err(error) = app.db.write(move |tx| job.enqueue(tx, now)).await {
                    tracing::error!(%error, "a recurring job could not be made");
                }
            })
        })?;
        scheduler.add(recurring).await?;
    }
    let keeper = app.clone();
    let keeping = CronJob::new_async(KEEP_WEBHOOKS, move |_, _| {
        let app = keeper.clone();
        Box::pin(async move { jobs::keep_webhooks(&app).await })
    })?;
    scheduler.add(keeping).await?;
    scheduler.start().await?;
    catch_up_at_once(app).await;
    Ok(scheduler)
}

/// What was told while no process listened.
async fn catch_up_at_once(app: &App) {
    let now = app.clock.now();
    if let Err(error) = app.db.write(move |tx| Job::CatchUp.enqueue(tx, now)).await {
        tracing::error!(%error, "what was missed is asked for later");
    }
}
