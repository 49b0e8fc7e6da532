//! What was told of a charge before anybody knew whose it is, is read and booked again.

use super::{Done, JobError};
use crate::app::App;
use crate::flows::FlowError;
use crate::flows::strays::{taken, to_take};
use crate::notices;
use crate::storage::Tx;
use crate::wire::Incoming;

pub async fn run(app: &App, id: String) -> Result<Done, JobError> {
    let Some((stray, bodies)) = app.db.read(move |tx| to_take(tx, &id)).await? else { return Ok(Done::Finished) };
    let (processor, now) = (app.processors.of(&stray.processor)?, app.clock.now());
    let path = format!("/webhooks/{}", stray.processor);
    let incoming = |body: String| Incoming {
        url: String::new(),
        path: path.clone(),
        headers: vec![],
        body: body.into_bytes(),
        now,
    };
    let told: Vec<_> = bodies.into_iter().map(incoming).collect();
    // All of them or none: what is booked is not told from what was known by looking at it twice.
    let book = move |tx: &mut Tx| {
        let mut account = None;
        for incoming in &told {
            if let Ok(Some(notice)) = notices::read(&*processor, incoming) {
                account = notices::book_again(tx, &*processor, notice, incoming, now)?.or(account);
            }
        }
        match account {
            Some(account) => taken(tx, &stray, &account, now),
            None => Ok::<_, FlowError>(()),
        }
    };
    app.db.write(book).await?;
    Ok(Done::Finished)
}
