//! The JSON of calls, conferences and participants, field by field as the carrier documents it.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::model::{Call, CallStatus, Member, Participant, Queue, Room, World, rfc2822};

const VERSION: &str = "2010-04-01";

pub fn account(account: &str) -> Value {
    json!({
        "sid": account,
        "friendly_name": "Sandbox",
        "status": "active",
        "type": "Full",
        "uri": format!("/{VERSION}/Accounts/{account}.json"),
    })
}

pub fn call(account: &str, call: &Call, now: DateTime<Utc>) -> Value {
    let uri = format!("/{VERSION}/Accounts/{account}/Calls/{}", call.sid);
    let parts = [
        "notifications",
        "recordings",
        "payments",
        "events",
        "siprec",
        "streams",
        "transcriptions",
        "user_defined_message_subscriptions",
        "user_defined_messages",
    ];
    let is_over = call.status == CallStatus::Completed;
    json!({
        "sid": call.sid,
        "account_sid": account,
        "parent_call_sid": call.line.parent,
        "phone_number_sid": call.line.number,
        "group_sid": null,
        "trunk_sid": null,
        "to": call.to,
        "to_formatted": formatted(&call.to),
        "from": call.from,
        "from_formatted": formatted(&call.from),
        "status": call.status.as_str(),
        "direction": call.line.direction.as_str(),
        "start_time": call.dialled_at.map(rfc2822),
        "end_time": call.ended_at.filter(|_| is_over).map(rfc2822),
        "date_created": rfc2822(call.created_at),
        "date_updated": rfc2822(call.updated_at),
        "duration": call.told_seconds().map(|seconds| seconds.to_string()),
        "price": call.told_price(now),
        "price_unit": "USD",
        "answered_by": call.detection.as_ref().and_then(|detection| detection.verdict),
        "api_version": VERSION,
        "annotation": null,
        "forwarded_from": null,
        "caller_name": null,
        "queue_time": "0",
        "uri": format!("{uri}.json"),
        "subresource_uris": links(&uri, &parts),
    })
}

pub fn room(account: &str, room: &Room) -> Value {
    let uri = format!("/{VERSION}/Accounts/{account}/Conferences/{}", room.sid);
    json!({
        "sid": room.sid,
        "account_sid": account,
        "friendly_name": room.name,
        "status": room.status.as_str(),
        "region": "us1",
        "date_created": rfc2822(room.created_at),
        "date_updated": rfc2822(room.updated_at),
        "api_version": VERSION,
        "reason_conference_ended": room.ended.as_ref().map(|ended| ended.reason.as_str()),
        "call_sid_ending_conference": room.ended.as_ref().and_then(|ended| ended.by_call.clone()),
        "uri": format!("{uri}.json"),
        "subresource_uris": links(&uri, &["participants", "recordings"]),
    })
}

pub fn participant(account: &str, model: &World, room: &str, one: &Participant) -> Value {
    let status = model.call(&one.call_sid).map_or("complete", |call| match call.status {
        CallStatus::Queued => "queued",
        CallStatus::Ringing => "ringing",
        CallStatus::InProgress => "connected",
        CallStatus::Completed => "complete",
        CallStatus::Busy | CallStatus::Failed | CallStatus::NoAnswer | CallStatus::Canceled => "failed",
    });
    json!({
        "account_sid": account,
        "call_sid": one.call_sid,
        "label": one.label,
        "conference_sid": room,
        "date_created": rfc2822(one.created_at),
        "date_updated": rfc2822(one.updated_at),
        "end_conference_on_exit": one.end_on_exit,
        "muted": one.muted,
        "hold": one.hold,
        "start_conference_on_enter": one.start_on_enter,
        "coaching": one.coaching,
        "call_sid_to_coach": one.coached_call,
        "status": status,
        "queue_time": null,
        "uri": format!("/{VERSION}/Accounts/{account}/Conferences/{room}/Participants/{}.json", one.call_sid),
    })
}

pub fn queue(account: &str, queue: &Queue, now: DateTime<Utc>) -> Value {
    let uri = format!("/{VERSION}/Accounts/{account}/Queues/{}", queue.sid);
    json!({
        "sid": queue.sid,
        "account_sid": account,
        "friendly_name": queue.name,
        "current_size": queue.members.len(),
        "max_size": queue.max_size,
        "average_wait_time": queue.average_wait_seconds(now),
        "date_created": rfc2822(queue.created_at),
        "date_updated": rfc2822(queue.updated_at),
        "uri": format!("{uri}.json"),
        "subresource_uris": links(&uri, &["members"]),
    })
}

pub fn member(account: &str, queue: &str, member: &Member, position: usize, now: DateTime<Utc>) -> Value {
    json!({
        "queue_sid": queue,
        "call_sid": member.call_sid,
        "date_enqueued": rfc2822(member.enqueued_at),
        "position": position,
        "wait_time": member.wait_seconds(now),
        "uri": format!("/{VERSION}/Accounts/{account}/Queues/{queue}/Members/{}.json", member.call_sid),
    })
}

fn links(uri: &str, parts: &[&str]) -> Value {
    let address = |part: &str| format!("{uri}/{}.json", camel(part));
    Value::Object(parts.iter().map(|part| ((*part).to_owned(), Value::String(address(part)))).collect::<Map<_, _>>())
}

fn camel(snake: &str) -> String {
    let capital = |word: &str| word[..1].to_uppercase() + &word[1..];
    snake.split('_').map(capital).collect()
}

/// Numbers of North America get their brackets, others stay as they are.
fn formatted(number: &str) -> String {
    match number.strip_prefix("+1") {
        Some(digits) if digits.len() == 10 => format!("({}) {}-{}", &digits[..3], &digits[3..6], &digits[6..]),
        _ => number.to_owned(),
    }
}
