//! What recurs. The scheduler only makes jobs; the queue runs each once, however many nodes have a scheduler.

use tokio_cron_scheduler::{Job as CronJob, JobScheduler, JobSchedulerError};

use crate::app::App;
use crate::flows::Job;

/// Second, minute, hour, day, month, weekday.
const RECURRING: [(&str, Job); 3] =
    [("0 * * * * *", Job::Sweep), ("0 30 * * * *", Job::ForgetSessions), ("0 40 * * * *", Job::ForgetReplies)];

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
    scheduler.start().await?;
    Ok(scheduler)
}
