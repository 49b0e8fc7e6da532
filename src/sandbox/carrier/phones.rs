//! The page of the simulated phones: who is being called, what each hears, and buttons to answer and hang up.

use std::fmt::Write;
use std::sync::Arc;

use actix_web::http::header::LOCATION;
use actix_web::{HttpResponse, web};
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::control::deed_named;
use super::exchange::{Exchange, lock};
use super::model::{CallSnapshot, CallStatus, Direction, Event, NUMBERS};
use super::twiml::is_dialable;

type Shared = web::Data<Arc<Exchange>>;

/// More phones than this make the page slow and nobody reads them.
const SHOWN: usize = 40;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;\
    color:#1b2330;background:#f6f7f9}h1{font-size:1.5rem}article{background:#fff;border:1px solid #d5dae1;\
    border-radius:.5rem;padding:1rem;margin:1rem 0}header{display:flex;gap:1rem;flex-wrap:wrap;align-items:center}\
    h2{font-size:1.1rem;margin:0}ol{font-family:ui-monospace,monospace;font-size:.85rem;padding-left:1rem;\
    list-style:none}time{color:#5b6675}form{display:inline}button{font:inherit;padding:.3rem .9rem}\
    td,th{text-align:left;padding:.1rem 1rem .1rem 0}pre{white-space:pre-wrap}";

pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/", web::get().to(page))
        .route("/phones", web::get().to(page))
        .route("/phones/call", web::get().to(caller))
        .route("/phones/call", web::post().to(call_in))
        .route("/phones/{sid}/keys", web::post().to(keys))
        .route("/phones/{sid}/{deed}", web::post().to(press));
}

async fn press(exchange: Shared, path: web::Path<(String, String)>) -> HttpResponse {
    let (sid, deed) = path.into_inner();
    let Some(event) = deed_named(&deed, &sid) else { return HttpResponse::NotFound().finish() };
    exchange.happen(event);
    HttpResponse::SeeOther().insert_header((LOCATION, "/phones")).finish()
}

#[derive(Deserialize)]
struct Key {
    digit: String,
}

async fn keys(exchange: Shared, sid: web::Path<String>, key: web::Form<Key>) -> HttpResponse {
    if exchange.with(|model, _| model.call(&sid).is_none()) || !is_dialable(&key.digit) {
        return HttpResponse::NotFound().finish();
    }
    exchange.happen(Event::PhonePresses { call: sid.into_inner(), digits: key.into_inner().digit });
    HttpResponse::SeeOther().insert_header((LOCATION, "/phones")).finish()
}

#[derive(Deserialize)]
struct CallIn {
    from: String,
    to: String,
}

async fn call_in(exchange: Shared, wanted: web::Form<CallIn>) -> HttpResponse {
    let from = Some(wanted.from.trim()).filter(|from| !from.is_empty());
    match exchange.with(|model, now| model.phone_calls(from, &wanted.to, now)) {
        Ok(_) => HttpResponse::SeeOther().insert_header((LOCATION, "/phones")).finish(),
        Err(refused) => HttpResponse::BadRequest().body(refused.message),
    }
}

/// Stands apart from the page that renews itself, which would forget what is typed.
async fn caller(exchange: Shared) -> HttpResponse {
    let option = |number: &str| format!("<option>{}</option>", escape(number));
    let owned: String = exchange.with(|model, _| model.numbers().map(|one| option(&one.number)).collect());
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>Call a number</title>\
         <style>{STYLE}</style></head><body><h1>Call a number</h1><form method=\"post\" action=\"/phones/call\">\
         <p><label>From, empty to withhold it <input name=\"from\" type=\"tel\"></label></p>\
         <p><label>To, a number owned at this carrier <select name=\"to\">{owned}</select></label></p>\
         <p><button>Call</button></p></form><p><a href=\"/phones\">All phones</a></p></body></html>"
    );
    HttpResponse::Ok().content_type("text/html; charset=utf-8").body(html)
}

async fn page(exchange: Shared) -> HttpResponse {
    let mut calls = exchange.snapshots();
    calls.reverse();
    // What is going on stands above what is over.
    calls.sort_by_key(|call| call.status.is_final());
    let mut phones = String::new();
    for call in calls.iter().take(SHOWN) {
        phones.push_str(&phone(call));
    }
    if phones.is_empty() {
        phones.push_str("<p>No phone has been called yet.</p>");
    }
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta http-equiv=\"refresh\" content=\"2\"><title>Simulated phones</title><style>{STYLE}</style></head><body>\
         <h1>Simulated phones</h1><p>It is {} for the carrier. The page renews itself every two seconds. \
         <a href=\"/phones/call\">Call a number</a></p>{phones}\
         <h2>What a number does</h2>{}<h2>Switches and faults</h2>{}</body></html>",
        clock_time(exchange.clock.now()),
        numbers(),
        switches(&exchange),
    );
    HttpResponse::Ok().content_type("text/html; charset=utf-8").body(html)
}

fn phone(call: &CallSnapshot) -> String {
    let button = |deed: &str, word: &str| {
        format!("<form method=\"post\" action=\"/phones/{}/{deed}\"><button>{word}</button></form>", call.sid)
    };
    let buttons = match call.status {
        CallStatus::Ringing if call.direction == Direction::Inbound => button("hangup", "Hang up"),
        CallStatus::Ringing => button("answer", "Answer") + &button("hangup", "Hang up"),
        CallStatus::InProgress => button("hangup", "Hang up") + &keypad(call),
        CallStatus::Queued
        | CallStatus::Completed
        | CallStatus::Busy
        | CallStatus::Failed
        | CallStatus::NoAnswer
        | CallStatus::Canceled => String::new(),
    };
    let left = call.still_allows.map(|seconds| format!("<span>{seconds} s still allowed</span>")).unwrap_or_default();
    let place = call.queue.as_ref().map(|queue| format!("<span>waits in {queue}</span>"));
    let place = place.or_else(|| call.bridge.as_ref().map(|bridge| format!("<span>talks in {bridge}</span>")));
    let (who, with_whom) = people(call);
    let mut heard = String::new();
    for line in &call.heard {
        let (at, line) = (clock_time(line.at), escape(&line.line));
        write!(heard, "<li><time>{at}</time> {line}</li>").expect("writing to a String never fails");
    }
    format!(
        "<article><header><h2>{}</h2><strong>{}</strong><span>{}</span>{}{left}{buttons}</header>\
         <ol>{heard}</ol><small>{}</small></article>",
        escape(&who),
        call.status.as_str(),
        escape(&with_whom),
        place.unwrap_or_default(),
        call.sid,
    )
}

fn keypad(call: &CallSnapshot) -> String {
    let key = |digit| format!("<button name=\"digit\" value=\"{digit}\" aria-label=\"Press {digit}\">{digit}</button>");
    let keys: String = "123456789*0#".chars().map(key).collect();
    format!("<form method=\"post\" action=\"/phones/{}/keys\">{keys}</form>", call.sid)
}

/// Whose phone it is, and what it has to do with whom.
fn people(call: &CallSnapshot) -> (String, String) {
    match call.direction {
        Direction::Inbound => (call.from.clone(), format!("calls {}", call.to)),
        Direction::OutboundApi | Direction::OutboundDial => (call.to.clone(), format!("called by {}", call.from)),
    }
}

fn numbers() -> String {
    let rows: String = NUMBERS
        .iter()
        .map(|(ending, does)| format!("<tr><td><code>…{ending}</code></td><td>{}</td></tr>", escape(does)))
        .collect();
    format!("<table><thead><tr><th>Ends in</th><th>The phone</th></tr></thead><tbody>{rows}</tbody></table>")
}

fn switches(exchange: &Arc<Exchange>) -> String {
    let switches = exchange.with(|model, _| serde_json::to_string_pretty(&model.switches));
    let faults = serde_json::to_string_pretty(&lock(&exchange.faults).waiting());
    let text = |json: serde_json::Result<String>| escape(&json.expect("plain fields always become JSON"));
    format!(
        "<pre>{}</pre><p>Change them with <code>PUT /_sandbox/switches</code>. Faults that wait, set with \
         <code>POST /_sandbox/faults</code>:</p><pre>{}</pre>",
        text(switches),
        text(faults)
    )
}

fn clock_time(moment: DateTime<Utc>) -> String {
    moment.format("%H:%M:%S%.3f").to_string()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}
