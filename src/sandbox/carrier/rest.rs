//! The carrier's REST API: who is asking, what is asked, and the answers in its shapes. What an order does is the
//! model's business.

use std::net::{Shutdown, TcpStream};
use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use base64::Engine;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::exchange::{Exchange, RequestRecord, lock};
use super::faults::FaultKind;
use super::json;
use super::lists;
use super::model::{Form, Refusal};
use super::numbers;
use super::queues;
use super::recordings;
use crate::sandbox::watch::Moment;

pub type Answered = Result<(u16, Value), Refusal>;

pub async fn handle(request: HttpRequest, body: web::Bytes, exchange: web::Data<Arc<Exchange>>) -> HttpResponse {
    let _busy = exchange.clock.busy();
    let method = request.method().as_str().to_owned();
    let path = request.uri().path().to_owned();
    let form = Form(match method.as_str() {
        "GET" => pairs(request.query_string().as_bytes()),
        _ => pairs(&body),
    });
    let number = exchange.number_of(&path, &form.0);
    let mut struck = lock(&exchange.faults).strike_request(&method, &path, &number).map(|fault| fault.kind);
    if !exchange.watch.tell(&method, &path, Moment::Arrived) {
        struck = Some(FaultKind::LostBefore);
    }
    let file = recordings::media(&exchange, &method, &path);
    let is_open_file = file.is_some() && !exchange.with(|model, _| model.switches.media_needs_password);
    let answer = match struck {
        Some(FaultKind::LostBefore) => Ok((0, Value::Null)),
        Some(FaultKind::TooManyRequests) => Err(refusal(429, 20429, "Too Many Requests")),
        Some(FaultKind::ServerError) => Err(refusal(500, 20500, "Internal Server Error")),
        _ if !is_allowed(&request, &exchange) && !is_open_file => Err(refusal(401, 20003, "Authenticate")),
        _ if file.is_some() => Ok((200, Value::Null)),
        _ => route(&exchange, &method, &path, &form),
    };
    let is_lost = matches!(struck, Some(FaultKind::LostBefore | FaultKind::LostAfter))
        || !exchange.watch.tell(&method, &path, Moment::Done);
    let reply = match (file, &answer) {
        (Some(file), Ok((200, Value::Null))) => file,
        _ => reply_of(answer),
    };
    let status = (!is_lost).then(|| reply.status().as_u16());
    exchange.record_request(RequestRecord { at: exchange.clock.now(), method, path, params: form.0, status });
    if is_lost {
        cut(&request);
    }
    reply
}

fn route(exchange: &Arc<Exchange>, method: &str, path: &str, form: &Form) -> Answered {
    let missing = || Refusal::not_found(path);
    let segments: Vec<String> =
        path.split('/').skip(1).map(|part| percent_decode_str(part).decode_utf8_lossy().into_owned()).collect();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let Some((["2010-04-01", "Accounts", account], rest)) = segments.split_first_chunk::<3>().map(|(a, b)| (*a, b))
    else {
        return Err(missing());
    };
    let own = exchange.settings.account_sid.as_str();
    if account.trim_end_matches(".json") != own {
        return Err(refusal(401, 20003, "Authenticate"));
    }
    // The last segment names what is asked and the shape of the answer; only JSON is spoken here.
    let Some((last, before)) = rest.split_last() else { return Ok((200, json::account(own))) };
    let last = last.strip_suffix(".json").ok_or_else(missing)?;
    let page = lists::Page::of(path, form);
    let answer = match (method, before, last) {
        ("POST", [], "Calls") => {
            exchange.with(|model, now| model.create_call(form, now).map(|call| (201, json::call(own, &call, now))))
        }
        ("GET", [], "Calls") => exchange.with(|model, now| lists::calls(model, own, form, page?, now)),
        ("GET", ["Calls"], sid) => exchange
            .with(|model, now| model.call(sid).map(|call| (200, json::call(own, call, now))).ok_or_else(missing)),
        ("POST", ["Calls"], sid) => {
            exchange.with(|model, now| model.update_call(sid, form, now).map(|call| (200, json::call(own, &call, now))))
        }
        ("DELETE", ["Calls"], sid) => exchange.with(|model, _| model.delete_call(sid).map(|()| (204, Value::Null))),
        ("GET", [], "Conferences") => exchange.with(|model, _| lists::rooms(model, own, form, page?)),
        ("GET", ["Conferences"], sid) => {
            exchange.with(|model, _| model.room(sid).map(|room| (200, json::room(own, room))).ok_or_else(missing))
        }
        ("POST", ["Conferences"], sid) => {
            exchange.with(|model, now| model.update_room(sid, form, now).map(|room| (200, json::room(own, &room))))
        }
        (_, ["Conferences", room], "Participants") => participants(exchange, method, room, form, page),
        (_, ["Conferences", room, "Participants"], who) => participant(exchange, method, room, who, form),
        (_, [], "IncomingPhoneNumbers") => numbers::all(exchange, method, form, page),
        (_, ["IncomingPhoneNumbers"], sid) => numbers::one(exchange, method, sid, form),
        (_, [], "Queues") | (_, ["Queues", ..], _) => queues::answer(exchange, method, (before, last), form, page),
        (_, [] | [_, _], "Recordings") | (_, ["Recordings"] | [_, _, "Recordings"], _) => {
            recordings::answer(exchange, method, (before, last), form, page)
        }
        (_, [], "Calls" | "Conferences") | (_, ["Calls" | "Conferences"], _) => {
            Err(refusal(405, 20004, "Method not allowed"))
        }
        _ => Err(missing()),
    };
    // The model names what is missing by its SID, the API by the whole path.
    answer.map_err(|refused| if refused.code == 20404 { missing() } else { refused })
}

fn participants(
    exchange: &Arc<Exchange>,
    method: &str,
    room: &str,
    form: &Form,
    page: Result<lists::Page, Refusal>,
) -> Answered {
    let own = exchange.settings.account_sid.as_str();
    match method {
        "POST" => exchange.with(|model, now| {
            let (room, one) = model.add_participant(room, form, now)?;
            let mut answer = json::participant(own, model, &room.sid, &one);
            answer["queue_time"] = json!("0");
            Ok((201, answer))
        }),
        "GET" => exchange.with(|model, _| {
            let sid = model.room_called(room).map(|room| room.sid.clone());
            lists::participants(model, own, &sid.ok_or_else(|| Refusal::not_found(room))?, form, page?)
        }),
        _ => Err(refusal(405, 20004, "Method not allowed")),
    }
}

fn participant(exchange: &Arc<Exchange>, method: &str, room: &str, who: &str, form: &Form) -> Answered {
    let own = exchange.settings.account_sid.as_str();
    exchange.with(|model, now| {
        let missing = || Refusal::not_found(who);
        let room = model.room_called(room).map(|room| room.sid.clone()).ok_or_else(missing)?;
        match method {
            "GET" => {
                let one = model.room(&room).and_then(|room| room.participant(who)).ok_or_else(missing)?;
                Ok((200, json::participant(own, model, &room, one)))
            }
            "POST" => {
                let one = model.update_participant(&room, who, form, now)?;
                Ok((200, json::participant(own, model, &room, &one)))
            }
            "DELETE" => model.remove_participant(&room, who, now).map(|()| (204, Value::Null)),
            _ => Err(refusal(405, 20004, "Method not allowed")),
        }
    })
}

fn reply_of(answer: Answered) -> HttpResponse {
    match answer {
        Ok((204, _)) => HttpResponse::NoContent().finish(),
        Ok((status, body)) => HttpResponse::build(StatusCode::from_u16(status).unwrap_or(StatusCode::OK)).json(body),
        Err(Refusal { http, code, message }) => {
            let status = StatusCode::from_u16(http).expect("refusals carry real HTTP statuses");
            let more_info = format!("https://www.twilio.com/docs/errors/{code}");
            let body = json!({ "code": code, "message": message, "more_info": more_info, "status": http });
            HttpResponse::build(status).json(body)
        }
    }
}

pub fn refusal(http: u16, code: u32, message: &str) -> Refusal {
    Refusal { http, code, message: message.to_owned() }
}

fn is_allowed(request: &HttpRequest, exchange: &Exchange) -> bool {
    let header = request.headers().get("Authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let settings = &exchange.settings;
    let pair = format!("{}:{}", settings.account_sid, settings.auth_token);
    let given = header
        .strip_prefix("Basic ")
        .and_then(|given| base64::engine::general_purpose::STANDARD.decode(given.trim()).ok());
    given.is_some_and(|given| given == pair.as_bytes())
}

/// Drops the connection in the middle of the exchange: the client never sees an answer.
fn cut(request: &HttpRequest) {
    if let Some(stream) = request.conn_data::<Arc<TcpStream>>() {
        // It may be gone already, which is what is wanted.
        drop(stream.shutdown(Shutdown::Both));
    }
}

fn pairs(text: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(text).into_owned().collect()
}
