//! The stream that keeps a call's page up to date: a snapshot whenever it has changed. Browsers come back by
//! themselves when it breaks off, and begin with a snapshot again.

use std::convert::Infallible;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::header::{self, ContentEncoding};
use actix_web::web::{Bytes, Data, Path};
use futures_util::{Stream, stream};
use serde::Serialize;
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::snapshot::{Snapshot, snapshot};
use crate::app::App;
use crate::web::auth::Right;
use crate::web::auth::who::Person;
use crate::web::pages::error::PageError;
use crate::web::pages::show::Moment;

/// How often the books are looked at, in the machine's time: browsers live in that.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Looks without news after which a comment is sent, so that nobody on the way takes the line for dead.
const QUIET_LOOKS: u32 = 15;

/// Six hours of looks: longer than any call. A page that stays open asks anew and is checked anew.
const MOST_LOOKS: u32 = 6 * 3600;

struct Watch {
    app: App,
    call: String,
    looks: Interval,
    looked: u32,
    quiet: u32,
    sent: Option<Snapshot>,
}

#[derive(Serialize)]
struct Event<'a> {
    now: String,
    #[serde(flatten)]
    snapshot: &'a Snapshot,
}

pub async fn get(app: Data<App>, person: Person, id: Path<String>) -> Result<HttpResponse, PageError> {
    let call = super::allowed(&app, &person, Right::SeeCalls, &id).await?;
    let mut looks = interval(LOOK_EVERY);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let watch = Watch { app: App::clone(&app), call, looks, looked: 0, quiet: 0, sent: None };
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        // Compressing would hold events back.
        .insert_header(ContentEncoding::Identity)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header(("x-accel-buffering", "no"))
        .streaming(events(watch)))
}

/// Ends with the call, with a fault, or after hours.
fn events(watch: Watch) -> impl Stream<Item = Result<Bytes, Infallible>> {
    stream::unfold(watch, |mut watch| async move {
        let over = watch.sent.as_ref().is_some_and(|sent| sent.over);
        while !over && watch.looked < MOST_LOOKS {
            watch.looks.tick().await;
            watch.looked += 1;
            if let Some(event) = watch.look().await? {
                return Some((Ok(event), watch));
            }
        }
        None
    })
}

impl Watch {
    /// `None` if there is no call to look at; `Some(None)` if there is nothing to say.
    async fn look(&mut self) -> Option<Option<Bytes>> {
        let (call, now) = (self.call.clone(), self.app.clock.now());
        let seen = match self.app.db.read(move |tx| snapshot(tx, &call, now)).await {
            Ok(seen) => seen,
            Err(error) => {
                tracing::warn!(%error, call = self.call, "the events of a call broke off");
                return None;
            }
        };
        if self.sent.as_ref() != Some(&seen) {
            let event = Event { now: Moment(now).iso(), snapshot: &seen };
            let data = serde_json::to_string(&event).expect("a snapshot is plain data");
            self.sent = Some(seen);
            self.quiet = 0;
            return Some(Some(Bytes::from(format!("data: {data}\n\n"))));
        }
        self.quiet += 1;
        let comment = self.quiet.is_multiple_of(QUIET_LOOKS).then(|| Bytes::from_static(b": still here\n\n"));
        Some(comment)
    }
}
