//! The sandbox's own addresses, under `/_sandbox`: what tests and demos do to the carrier and see of it over HTTP.

use std::sync::Arc;

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use super::exchange::{Exchange, lock};
use super::faults::Fault;
use super::json;
use super::model::{Event, Misbilling, Queue, Refusal, Switches};
use super::twiml::is_dialable;

type Shared = web::Data<Arc<Exchange>>;

/// Nobody waits longer than the longest call lasts.
const LONGEST_WAIT: u32 = 14_400;

/// One fault, several, or a seed for those that strike by chance.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    #[serde(default)]
    faults: Vec<Fault>,
    seed: Option<u64>,
}

pub fn routes(config: &mut web::ServiceConfig) {
    config.service(
        web::scope("/_sandbox")
            .route("/faults", web::get().to(list_faults))
            .route("/faults", web::post().to(add_faults))
            .route("/faults", web::delete().to(clear_faults))
            .route("/calls", web::get().to(calls))
            .route("/calls", web::post().to(call_in))
            .route("/calls/{sid}/press", web::post().to(press))
            .route("/calls/{sid}/misbill", web::post().to(misbill))
            .route("/stray-calls", web::post().to(stray_call))
            .route("/calls/{sid}/{deed}", web::post().to(deed))
            .route("/queues", web::get().to(queues))
            .route("/bridges", web::get().to(bridges))
            .route("/hears", web::get().to(hears))
            .route("/requests", web::get().to(requests))
            .route("/webhooks", web::get().to(webhooks))
            .route("/switches", web::get().to(switches))
            .route("/switches", web::put().to(set_switches)),
    );
}

async fn list_faults(exchange: Shared) -> HttpResponse {
    HttpResponse::Ok().json(lock(&exchange.faults).waiting())
}

async fn add_faults(exchange: Shared, body: web::Bytes) -> HttpResponse {
    let single = serde_json::from_slice::<Fault>(&body).map(|fault| Wanted { faults: vec![fault], seed: None });
    let wanted = match single.or_else(|_| serde_json::from_slice::<Wanted>(&body)) {
        Ok(wanted) => wanted,
        Err(error) => return HttpResponse::BadRequest().json(json!({ "message": error.to_string() })),
    };
    let mut faults = lock(&exchange.faults);
    if let Some(seed) = wanted.seed {
        faults.seed(seed);
    }
    wanted.faults.into_iter().for_each(|fault| faults.add(fault));
    HttpResponse::Created().json(faults.waiting())
}

async fn clear_faults(exchange: Shared) -> HttpResponse {
    lock(&exchange.faults).clear();
    HttpResponse::NoContent().finish()
}

async fn calls(exchange: Shared) -> HttpResponse {
    HttpResponse::Ok().json(exchange.snapshots())
}

/// Somebody calls an owned number.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CallIn {
    /// Withheld if it is not there.
    from: Option<String>,
    to: String,
}

async fn call_in(exchange: Shared, wanted: web::Json<CallIn>) -> HttpResponse {
    let called = exchange.with(|model, now| {
        let call = model.phone_calls(wanted.from.as_deref(), &wanted.to, now)?;
        Ok::<_, Refusal>(call.snapshot(model.switches.failed_queue_wait, now))
    });
    match called {
        Ok(call) => HttpResponse::Created().json(call),
        Err(refused) => HttpResponse::BadRequest().json(json!({ "message": refused.message })),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Press {
    digits: String,
    /// From now; at once if it is not there.
    #[serde(default)]
    after_seconds: u32,
}

async fn press(exchange: Shared, sid: web::Path<String>, wanted: web::Json<Press>) -> HttpResponse {
    let Press { digits, after_seconds } = wanted.into_inner();
    if !is_dialable(&digits) {
        return HttpResponse::BadRequest().json(json!({ "message": "digits are 0-9, A-D, *, #, w and W" }));
    }
    if exchange.with(|model, _| model.call(&sid).is_none()) {
        return HttpResponse::NotFound().finish();
    }
    let wait = "W".repeat(after_seconds.min(LONGEST_WAIT) as usize);
    exchange.happen(Event::PhonePresses { call: sid.into_inner(), digits: wait + &digits });
    HttpResponse::NoContent().finish()
}

async fn misbill(exchange: Shared, sid: web::Path<String>, wrong: web::Json<Misbilling>) -> HttpResponse {
    match exchange.with(|model, now| model.misbill(&sid, wrong.into_inner(), now)) {
        Ok(()) => HttpResponse::NoContent().finish(),
        Err(_) => HttpResponse::NotFound().finish(),
    }
}

/// A call that nobody ordered.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stray {
    to: String,
    seconds: u32,
}

async fn stray_call(exchange: Shared, wanted: web::Json<Stray>) -> HttpResponse {
    let sid = exchange.with(|model, now| model.stray_call(&wanted.to, wanted.seconds.into(), now));
    HttpResponse::Created().json(json!({ "sid": sid }))
}

async fn queues(exchange: Shared) -> HttpResponse {
    let account = exchange.settings.account_sid.clone();
    let found = exchange.with(|model, now| {
        let shown = |queue: &Queue| {
            let mut shown = json::queue(&account, queue, now);
            shown["members"] = queue.members.iter().map(|member| member.call_sid.clone()).collect();
            shown
        };
        model.queues().map(shown).collect::<Vec<_>>()
    });
    HttpResponse::Ok().json(found)
}

async fn bridges(exchange: Shared) -> HttpResponse {
    HttpResponse::Ok().json(exchange.with(|model, _| model.bridges().to_vec()))
}

/// Every pair of which the first hears the second now.
async fn hears(exchange: Shared) -> HttpResponse {
    let pair = |(listener, speaker)| json!({ "listener": listener, "speaker": speaker });
    let pairs = exchange.with(|model, _| model.hearers()).into_iter().map(pair).collect::<Vec<_>>();
    HttpResponse::Ok().json(pairs)
}

async fn requests(exchange: Shared) -> HttpResponse {
    HttpResponse::Ok().json(exchange.requests())
}

async fn webhooks(exchange: Shared) -> HttpResponse {
    HttpResponse::Ok().json(exchange.webhooks())
}

async fn switches(exchange: Shared) -> HttpResponse {
    HttpResponse::Ok().json(exchange.with(|model, _| model.switches.clone()))
}

async fn set_switches(exchange: Shared, wanted: web::Json<Switches>) -> HttpResponse {
    exchange.with(|model, _| model.switches = wanted.into_inner());
    HttpResponse::NoContent().finish()
}

async fn deed(exchange: Shared, path: web::Path<(String, String)>) -> HttpResponse {
    let (sid, deed) = path.into_inner();
    let Some(event) = deed_named(&deed, &sid) else { return HttpResponse::NotFound().finish() };
    if exchange.with(|model, _| model.call(&sid).is_none()) {
        return HttpResponse::NotFound().finish();
    }
    exchange.happen(event);
    let snapshot = exchange.snapshots().into_iter().find(|call| call.sid == sid);
    HttpResponse::Ok().json(snapshot)
}

/// What can be done with a simulated phone.
pub fn deed_named(deed: &str, sid: &str) -> Option<Event> {
    match deed {
        "answer" => Some(Event::PhoneAnswers(sid.to_owned())),
        "hangup" => Some(Event::PhoneHangsUp(sid.to_owned())),
        "star" => Some(Event::PhonePressesStar(sid.to_owned())),
        _ => None,
    }
}
