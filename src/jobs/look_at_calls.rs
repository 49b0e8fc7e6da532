//! Running calls of an account look at its money, one after the other: whose time runs out first is served first.

use super::{Done, JobError, checkpoint};
use crate::app::App;
use crate::flows::Job;
use crate::storage::calls;

pub async fn all(app: &App, account: String) -> Result<Done, JobError> {
    let running = app.db.read(move |tx| calls::running(tx, &account)).await?;
    look(app, running).await
}

pub async fn without_money(app: &App, account: String) -> Result<Done, JobError> {
    let waiting = app.db.read(move |tx| calls::without_money(tx, &account)).await?;
    look(app, waiting).await
}

/// One that fails keeps no other from its turn.
async fn look(app: &App, calls: Vec<String>) -> Result<Done, JobError> {
    let mut failed = None;
    for call in calls {
        failed = look_at(app, call).await.err().or(failed);
    }
    failed.map_or(Ok(Done::Finished), Err)
}

/// When it is to look once more is a matter of its own checkpoint.
async fn look_at(app: &App, call: String) -> Result<(), JobError> {
    if let Done::Again(at) = checkpoint::run(app, call.clone()).await? {
        app.db.write(move |tx| Job::Checkpoint { call }.enqueue(tx, at)).await?;
    }
    Ok(())
}
