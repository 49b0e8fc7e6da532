//! The stream that keeps a page up to date: a snapshot whenever it has changed. A browser whose line broke comes back
//! with the name of the last snapshot it has and is sent nothing twice; one whose session has ended is told so.

use std::convert::Infallible;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use actix_session::SessionExt;
use actix_web::http::header::{self, ContentEncoding};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use futures_util::{Stream, stream};
use serde::Serialize;
use sha2::{Digest, Sha256};
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::error::PageError;
use crate::app::App;
use crate::flows::FlowError;
use crate::storage::Tx;
use crate::storage::users::User;
use crate::web::auth::session;

/// How often the books are looked at, in the machine's time: browsers live in that.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How soon a browser whose line broke comes back.
const BACK_AFTER_MILLIS: u32 = 2000;

/// Looks without news after which a comment is sent, so that nobody on the way takes the line for dead.
const QUIET_LOOKS: u32 = 15;

/// Six hours of looks: longer than any call. A page that stays open asks anew.
const MOST_LOOKS: u32 = 6 * 3600;

/// What a page shows at one moment.
pub struct Look {
    /// Names the snapshot; the same name is the same snapshot.
    id: String,
    data: String,
    /// Nothing of it will change any more.
    over: bool,
}

impl Look {
    /// `facts` are what stays as it is until something happens; `event` is sent with them when they have changed.
    pub fn new(number: i64, facts: &impl Serialize, event: &impl Serialize, over: bool) -> Self {
        let facts = serde_json::to_vec(facts).expect("a snapshot is plain data");
        let id = format!("{number}-{}", hex::encode(&Sha256::digest(facts)[..8]));
        Self { id, data: serde_json::to_string(event).expect("a snapshot is plain data"), over }
    }
}

/// When an event was sent, by our clock, so that the browser can go on by its own.
#[derive(Serialize)]
pub struct Stamped<'a, F: Serialize, M: Serialize> {
    pub now: i64,
    pub speed: u32,
    #[serde(flatten)]
    pub facts: &'a F,
    #[serde(flatten)]
    pub moving: M,
}

/// Looks for somebody at a moment; `None` if there is nothing for them to see any more.
type Looking = dyn Fn(&mut Tx, &User, DateTime<Utc>) -> Result<Option<Look>, FlowError> + Send + Sync;

enum Seen {
    SignedOut,
    Gone,
    Look(Look),
}

struct Watch {
    app: App,
    session: String,
    looking: Arc<Looking>,
    looks: Interval,
    looked: u32,
    quiet: u32,
    /// The name of what the browser has.
    sent: Option<String>,
    ended: bool,
}

pub fn feed(
    app: &App,
    req: &HttpRequest,
    looking: impl Fn(&mut Tx, &User, DateTime<Utc>) -> Result<Option<Look>, FlowError> + Send + Sync + 'static,
) -> Result<HttpResponse, PageError> {
    let session = session::key_hash(&req.get_session()).ok_or(PageError::SignInFirst)?;
    let last = req.headers().get("last-event-id").and_then(|id| id.to_str().ok()).map(str::to_owned);
    let mut looks = interval(LOOK_EVERY);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let looking = Arc::new(looking);
    let watch = Watch { app: app.clone(), session, looking, looks, looked: 0, quiet: 0, sent: last, ended: false };
    Ok(event_stream().streaming(events(watch)))
}

/// For a browser that is not signed in. Sent to the door like a page, it would only find a line that is no stream.
pub fn signed_out() -> HttpResponse {
    event_stream().body(SIGNED_OUT)
}

const SIGNED_OUT: &str = "event: signed_out\ndata: {}\n\n";

fn event_stream() -> actix_web::HttpResponseBuilder {
    let mut response = HttpResponse::Ok();
    response
        .content_type("text/event-stream")
        // Compressing would hold events back.
        .insert_header(ContentEncoding::Identity)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header(("x-accel-buffering", "no"));
    response
}

/// Ends with what is watched, with the session, with a fault, or after hours.
fn events(watch: Watch) -> impl Stream<Item = Result<Bytes, Infallible>> {
    stream::unfold(watch, |mut watch| async move {
        while !watch.ended && watch.looked < MOST_LOOKS {
            watch.looks.tick().await;
            watch.looked += 1;
            let event = watch.look().await;
            if !event.is_empty() {
                return Some((Ok(Bytes::from(event)), watch));
            }
        }
        None
    })
}

impl Watch {
    /// Empty if there is nothing to say.
    async fn look(&mut self) -> String {
        let (session, looking, now) = (self.session.clone(), self.looking.clone(), self.app.clock.now());
        let seen = self.app.db.read(move |tx| {
            let Some(user) = session::user(tx, &session, now)? else { return Ok(Seen::SignedOut) };
            Ok::<_, FlowError>(looking(tx, &user, now)?.map_or(Seen::Gone, Seen::Look))
        });
        let mut said = if self.looked == 1 { format!("retry: {BACK_AFTER_MILLIS}\n\n") } else { String::new() };
        match seen.await {
            Ok(Seen::Look(look)) => self.say(&look, &mut said),
            Ok(Seen::SignedOut) => {
                self.ended = true;
                said.push_str(SIGNED_OUT);
            }
            Ok(Seen::Gone) => self.ended = true,
            Err(error) => {
                tracing::warn!(%error, "the events of a page broke off");
                self.ended = true;
            }
        }
        said
    }

    fn say(&mut self, look: &Look, said: &mut String) {
        self.ended = look.over;
        if self.sent.as_ref() == Some(&look.id) {
            self.quiet += 1;
            if self.quiet.is_multiple_of(QUIET_LOOKS) {
                said.push_str(": still here\n\n");
            }
            // One that has the end already must hear it again, or it would come back for ever.
            if !look.over {
                return;
            }
        }
        self.quiet = 0;
        self.sent = Some(look.id.clone());
        write!(said, "id: {}\ndata: {}\n\n", look.id, look.data).expect("text takes text");
    }
}
