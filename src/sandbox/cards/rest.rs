//! The HTTP side: reads requests, writes replies, breaks connections, and has the routes of the sandbox's own control.

use std::net::TcpListener;
use std::sync::Arc;

use actix_web::dev::Server;
use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, CONTENT_SECURITY_POLICY, ContentType, LOCATION};
use actix_web::web::{self, Bytes, Data, Json, Path};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use futures_util::stream;
use serde_json::json;

use super::changes::CardTurn;
use super::disputes::Turn;
use super::faults::Fault;
use super::hosted::{Act, Shown, Visit};
use super::processor::{Call, Processor, Reply};
use super::refunds::RefundEnd;
use super::{form, html};
use crate::sandbox::watch::Moment;

pub(super) fn serve(listener: TcpListener, processor: Arc<Processor>) -> std::io::Result<Server> {
    let processor = Data::from(processor);
    let server = HttpServer::new(move || {
        App::new()
            .app_data(processor.clone())
            .route("/", web::get().to(page))
            .route("/sandbox.css", web::get().to(style))
            .route("/c/pay/{id}", web::get().to(look))
            .route("/c/pay/{id}", web::post().to(type_card))
            .route("/c/pay/{id}/authenticate", web::get().to(meet_bank))
            .route("/c/pay/{id}/authenticate", web::post().to(answer_bank))
            .route("/_sandbox/faults", web::post().to(add_fault))
            .route("/_sandbox/charges", web::get().to(charges))
            .route("/_sandbox/refunds", web::get().to(refunds))
            .route("/_sandbox/refunds/{id}/succeed", web::post().to(let_refund_succeed))
            .route("/_sandbox/refunds/{id}/fail", web::post().to(let_refund_fail))
            .route("/_sandbox/charges/{intent}/{turn}", web::post().to(turn))
            .route("/_sandbox/cards/{method}/{turn}", web::post().to(turn_card))
            .route("/_sandbox/payouts/{currency}", web::post().to(pay_out))
            .route("/_sandbox/requests", web::get().to(requests))
            .default_service(web::to(api))
    });
    Ok(server.workers(1).disable_signals().listen(listener)?.run())
}

async fn api(request: HttpRequest, body: Bytes, processor: Data<Processor>) -> HttpResponse {
    let _busy = processor.clock.busy();
    let header = |name: &str| Some(request.headers().get(name)?.to_str().ok()?.to_owned());
    let reading = request.method() == "GET";
    let call = Call {
        method: request.method().to_string(),
        path: request.path().to_owned(),
        params: if reading { request.query_string().to_owned() } else { String::from_utf8_lossy(&body).into_owned() },
        authorization: header(AUTHORIZATION.as_str()),
        key: header("idempotency-key"),
        base_url: format!("{}://{}", request.connection_info().scheme(), request.connection_info().host()),
    };
    let processor = processor.into_inner();
    if !processor.watch.tell(&call.method, &call.path, Moment::Arrived) {
        return broken_off();
    }
    let reply = processor.answer(&call);
    if !processor.watch.tell(&call.method, &call.path, Moment::Done) {
        return broken_off();
    }
    match reply {
        Reply::Lost => broken_off(),
        Reply::Answer { answer, request, replayed } => {
            let status = StatusCode::from_u16(answer.status).expect("the statuses of this sandbox are all real");
            let mut reply = HttpResponse::build(status);
            reply.content_type(ContentType::json()).insert_header(("request-id", request));
            if replayed {
                reply.insert_header(("idempotent-replayed", "true"));
            }
            if let Some(key) = call.key {
                reply.insert_header(("idempotency-key", key));
            }
            reply.body(answer.body)
        }
    }
}

/// The connection closes with the promised bytes missing: whatever the caller got, it is no answer.
pub(in crate::sandbox) fn broken_off() -> HttpResponse {
    let nothing = stream::once(async { Err::<Bytes, _>(std::io::Error::other("lost on purpose")) });
    HttpResponse::Ok().no_chunking(1_000).streaming(nothing)
}

async fn page(processor: Data<Processor>) -> HttpResponse {
    document(StatusCode::OK, processor.page())
}

async fn style() -> HttpResponse {
    HttpResponse::Ok().content_type("text/css; charset=utf-8").body(html::STYLE)
}

async fn look(id: Path<String>, processor: Data<Processor>) -> HttpResponse {
    visited(id.into_inner(), Act::Look, processor)
}

async fn type_card(id: Path<String>, body: String, processor: Data<Processor>) -> HttpResponse {
    visited(id.into_inner(), Act::TypeCard(form::parse(&body)), processor)
}

async fn meet_bank(id: Path<String>, processor: Data<Processor>) -> HttpResponse {
    visited(id.into_inner(), Act::MeetBank, processor)
}

async fn answer_bank(id: Path<String>, body: String, processor: Data<Processor>) -> HttpResponse {
    let agrees = form::parse(&body).get("outcome").is_some_and(|outcome| outcome == "complete");
    visited(id.into_inner(), Act::AnswerBank { agrees }, processor)
}

fn visited(session: String, act: Act, processor: Data<Processor>) -> HttpResponse {
    let _busy = processor.clock.busy();
    match processor.into_inner().visit(&Visit { session, act }) {
        None => broken_off(),
        Some(Shown::GoTo(url)) => HttpResponse::SeeOther().insert_header((LOCATION, url)).finish(),
        Some(Shown::Page(status, page)) => {
            document(StatusCode::from_u16(status).expect("the statuses of this sandbox are all real"), page)
        }
    }
}

pub(in crate::sandbox) fn document(status: StatusCode, page: String) -> HttpResponse {
    let mut reply = HttpResponse::build(status);
    reply.insert_header((CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'self'; frame-ancestors 'none'"));
    reply.insert_header(("cache-control", "no-store"));
    reply.content_type(ContentType::html()).body(page)
}

async fn refunds(processor: Data<Processor>) -> HttpResponse {
    HttpResponse::Ok().json(processor.refunds())
}

async fn let_refund_succeed(id: Path<String>, processor: Data<Processor>) -> HttpResponse {
    end_refund(&id, RefundEnd::Succeeds, processor)
}

async fn let_refund_fail(id: Path<String>, processor: Data<Processor>) -> HttpResponse {
    end_refund(&id, RefundEnd::Fails, processor)
}

/// Asked by the buttons of the page, which the browser then shows again, and by other programs.
fn end_refund(id: &str, end: RefundEnd, processor: Data<Processor>) -> HttpResponse {
    let _busy = processor.clock.busy();
    if processor.into_inner().end_refund(id, end) {
        HttpResponse::SeeOther().insert_header((LOCATION, "/")).finish()
    } else {
        HttpResponse::NotFound().finish()
    }
}

/// Asked by the buttons of the page, and by other programs.
async fn turn(path: Path<(String, String)>, processor: Data<Processor>) -> HttpResponse {
    let _busy = processor.clock.busy();
    let (intent, turn) = path.into_inner();
    let Ok(turn) = serde_json::from_value::<Turn>(turn.into()) else { return HttpResponse::NotFound().finish() };
    turned(processor.into_inner().turn(&intent, turn))
}

async fn turn_card(path: Path<(String, String)>, processor: Data<Processor>) -> HttpResponse {
    let _busy = processor.clock.busy();
    let (method, turn) = path.into_inner();
    let Ok(turn) = serde_json::from_value::<CardTurn>(turn.into()) else { return HttpResponse::NotFound().finish() };
    turned(processor.into_inner().turn_card(&method, turn))
}

fn turned(could: bool) -> HttpResponse {
    match could {
        true => HttpResponse::SeeOther().insert_header((LOCATION, "/")).finish(),
        false => HttpResponse::Conflict().finish(),
    }
}

async fn pay_out(currency: Path<String>, processor: Data<Processor>) -> HttpResponse {
    let _busy = processor.clock.busy();
    processor.pay_out(&currency);
    HttpResponse::SeeOther().insert_header((LOCATION, "/")).finish()
}

async fn add_fault(fault: Json<Fault>, processor: Data<Processor>) -> HttpResponse {
    processor.fault(fault.into_inner());
    HttpResponse::NoContent().finish()
}

async fn charges(processor: Data<Processor>) -> HttpResponse {
    HttpResponse::Ok().json(processor.charges())
}

async fn requests(processor: Data<Processor>) -> HttpResponse {
    let requests = processor.requests();
    let requests =
        requests.iter().map(|(method, path, status)| json!({"method": method, "path": path, "status": status}));
    HttpResponse::Ok().json(requests.collect::<Vec<_>>())
}
