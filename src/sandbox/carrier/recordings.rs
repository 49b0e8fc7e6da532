//! The part of the REST API about recordings: which order is meant, the answers in its shapes, and the files, which are
//! silent.

use std::sync::Arc;

use actix_web::HttpResponse;
use serde_json::{Value, json};

use super::exchange::Exchange;
use super::lists::{Page, Span};
use super::model::{Form, Of, Recording, Refusal, World, rfc2822};
use super::rest::{Answered, refusal};

/// `at` is the path below the account: what stands before its last segment, and that.
pub fn answer(
    exchange: &Arc<Exchange>,
    method: &str,
    at: (&[&str], &str),
    form: &Form,
    page: Result<Page, Refusal>,
) -> Answered {
    let (before, last) = at;
    let (of, one) = match (before, last) {
        ([], _) => (Of::Account, None),
        (["Recordings"], sid) => (Of::Account, Some(sid)),
        (["Calls", call], _) => (Of::Call(call), None),
        (["Calls", call, "Recordings"], sid) => (Of::Call(call), Some(sid)),
        (["Conferences", room], _) => (Of::Room(room), None),
        (["Conferences", room, "Recordings"], sid) => (Of::Room(room), Some(sid)),
        _ => return Err(Refusal::not_found(last)),
    };
    let own = exchange.settings.account_sid.as_str();
    exchange.with(|model, now| {
        is_known(model, of)?;
        let shown = |model: &World, one: &Recording| shape(model, own, of, one);
        match (method, of, one) {
            ("GET", _, None) => {
                let found = listed(model, of, form)?;
                Ok((200, page?.envelope("recordings", found.into_iter().map(|one| shown(model, one)).collect())))
            }
            ("POST", Of::Call(call), None) => model.record_call(call, form, now).map(|one| (201, shown(model, &one))),
            ("GET", Of::Account, Some(sid)) if form.flag("IncludeSoftDeleted") == Some(true) => {
                model.recording(sid).map(|one| (200, shown(model, one))).ok_or_else(|| Refusal::not_found(sid))
            }
            ("GET", _, Some(sid)) => model.find_recording(of, sid).map(|one| (200, shown(model, one))),
            ("POST", Of::Call(_) | Of::Room(_), Some(sid)) => {
                model.update_recording(of, sid, form, now).map(|one| (200, shown(model, &one)))
            }
            ("DELETE", _, Some(sid)) => model.delete_recording(of, sid, now).map(|()| (204, Value::Null)),
            _ => Err(refusal(405, 20004, "Method not allowed")),
        }
    })
}

fn is_known(model: &World, of: Of) -> Result<(), Refusal> {
    match of {
        Of::Call(call) if model.call(call).is_none() => Err(Refusal::not_found(call)),
        Of::Room(room) if model.room(room).is_none() => Err(Refusal::not_found(room)),
        Of::Account | Of::Call(_) | Of::Room(_) => Ok(()),
    }
}

/// Newest first.
fn listed<'a>(model: &'a World, of: Of, form: &Form) -> Result<Vec<&'a Recording>, Refusal> {
    let created = Span::of(form, "DateCreated")?;
    let with_deleted = form.flag("IncludeSoftDeleted") == Some(true);
    let is_wanted = |one: &&Recording| {
        of.holds(one)
            && (with_deleted || !one.is_deleted)
            && created.holds(Some(one.started_at))
            && form.filled("CallSid").is_none_or(|call| one.call_sid == call)
            && form.filled("ConferenceSid").is_none_or(|room| one.room_sid.as_deref() == Some(room))
    };
    Ok(model.recordings().rev().filter(is_wanted).collect())
}

fn shape(model: &World, account: &str, of: Of, one: &Recording) -> Value {
    let below = match of {
        Of::Account => String::new(),
        Of::Call(call) => format!("/Calls/{call}"),
        Of::Room(room) => format!("/Conferences/{room}"),
    };
    let uri = format!("/2010-04-01/Accounts/{account}{below}/Recordings/{}", one.sid);
    let mut shown = json!({
        "sid": one.sid,
        "account_sid": account,
        "call_sid": one.call_sid,
        "conference_sid": one.room_sid,
        "api_version": "2010-04-01",
        "date_created": rfc2822(one.started_at),
        "date_updated": rfc2822(one.updated_at),
        "start_time": rfc2822(one.started_at),
        "duration": one.seconds.map(|seconds| seconds.to_string()),
        "status": if one.is_deleted { "deleted" } else { one.status.as_str() },
        "channels": one.channels,
        "source": one.source.as_str(),
        "error_code": null,
        "price": null,
        "price_unit": null,
        "encryption_details": null,
        "uri": format!("{uri}.json"),
    });
    match of {
        Of::Account => {
            shown["media_url"] = model.recording_url(&one.sid).into();
            shown["subresource_uris"] = json!({
                "add_on_results": format!("{uri}/AddOnResults.json"),
                "transcriptions": format!("{uri}/Transcriptions.json"),
            });
        }
        Of::Call(_) => shown["track"] = one.track.clone().into(),
        Of::Room(_) => {}
    }
    shown
}

/// The file of a recording, if `path` is the address of one: wav, or mp3 where that is asked for.
pub fn media(exchange: &Arc<Exchange>, method: &str, path: &str) -> Option<HttpResponse> {
    let start = format!("/2010-04-01/Accounts/{}/Recordings/", exchange.settings.account_sid);
    let name = path.strip_prefix(&start).filter(|name| method == "GET" && !name.ends_with(".json"))?;
    let (sid, kind) = name.split_once('.').unwrap_or((name, "wav"));
    let has_file = exchange.with(|model, _| model.recording(sid).is_some_and(|one| one.has_file()));
    match kind {
        "wav" if has_file => Some(HttpResponse::Ok().content_type("audio/x-wav").body(silent_wav())),
        "mp3" if has_file => Some(HttpResponse::Ok().content_type("audio/mpeg").body(silent_mp3())),
        _ => Some(HttpResponse::NotFound().finish()),
    }
}

/// A tenth of a second of 8 kHz, 8 bit, one channel.
fn silent_wav() -> Vec<u8> {
    const RATE: u32 = 8_000;
    const LENGTH: u32 = RATE / 10;
    let mut file = Vec::from(*b"RIFF");
    file.extend((36 + LENGTH).to_le_bytes());
    file.extend(*b"WAVEfmt ");
    file.extend(16_u32.to_le_bytes());
    // PCM in one channel.
    file.extend([1, 0, 1, 0]);
    file.extend(RATE.to_le_bytes());
    file.extend(RATE.to_le_bytes());
    // One byte each sample, eight bits of it used.
    file.extend([1, 0, 8, 0]);
    file.extend(*b"data");
    file.extend(LENGTH.to_le_bytes());
    file.resize(file.len() + LENGTH as usize, 0x80);
    file
}

/// Four frames of layer III, 32 kbit/s, 44.1 kHz, one channel, with nothing in them.
fn silent_mp3() -> Vec<u8> {
    let mut frame = vec![0xFF, 0xFB, 0x10, 0xC4];
    frame.resize(104, 0);
    frame.repeat(4)
}
