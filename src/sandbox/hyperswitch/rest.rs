//! The HTTP side: reads requests, writes replies, breaks connections, and has the routes of the sandbox's own control.

use std::net::TcpListener;
use std::sync::Arc;

use actix_web::dev::Server;
use actix_web::http::StatusCode;
use actix_web::http::header::{ContentType, LOCATION};
use actix_web::web::{self, Bytes, Data, Json, Path};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use serde::Deserialize;
use serde_json::json;

use super::pages::Act;
use super::service::{Call, Service};
use crate::sandbox::cards::hosted::Shown;
use crate::sandbox::cards::rest::{broken_off, document};
use crate::sandbox::cards::{Fault, RefundEnd, Turn, form, html};
use crate::sandbox::watch::Moment;

pub(super) fn serve(listener: TcpListener, service: Arc<Service>) -> std::io::Result<Server> {
    let service = Data::from(service);
    let server = HttpServer::new(move || {
        App::new()
            .app_data(service.clone())
            .route("/", web::get().to(overview))
            .route("/sandbox.css", web::get().to(style))
            .route("/payment_link/{merchant}/{id}", web::get().to(look))
            .route("/payment_link/{merchant}/{id}", web::post().to(type_card))
            .route("/payment_link/{merchant}/{id}/authenticate", web::get().to(meet_bank))
            .route("/payment_link/{merchant}/{id}/authenticate", web::post().to(answer_bank))
            .route("/_sandbox/cards", web::post().to(save_card))
            .route("/_sandbox/faults", web::post().to(add_fault))
            .route("/_sandbox/charges", web::get().to(charges))
            .route("/_sandbox/refunds", web::get().to(refunds))
            .route("/_sandbox/refunds/{id}/succeed", web::post().to(let_refund_succeed))
            .route("/_sandbox/refunds/{id}/fail", web::post().to(let_refund_fail))
            .route("/_sandbox/payments/{id}/{turn}", web::post().to(turn))
            .route("/_sandbox/requests", web::get().to(requests))
            .default_service(web::to(api))
    });
    Ok(server.workers(1).disable_signals().listen(listener)?.run())
}

async fn api(request: HttpRequest, body: Bytes, service: Data<Service>) -> HttpResponse {
    let _busy = service.clock.busy();
    let call = Call {
        method: request.method().to_string(),
        path: request.path().to_owned(),
        query: request.query_string().to_owned(),
        body: String::from_utf8_lossy(&body).into_owned(),
        api_key: request.headers().get("api-key").and_then(|key| Some(key.to_str().ok()?.to_owned())),
        base_url: format!("{}://{}", request.connection_info().scheme(), request.connection_info().host()),
    };
    let service = service.into_inner();
    if !service.watch.tell(&call.method, &call.path, Moment::Arrived) {
        return broken_off();
    }
    let reply = service.answer(&call);
    if !service.watch.tell(&call.method, &call.path, Moment::Done) {
        return broken_off();
    }
    let Some((status, body)) = reply else { return broken_off() };
    let status = StatusCode::from_u16(status).expect("the statuses of this sandbox are all real");
    HttpResponse::build(status).content_type(ContentType::json()).body(body)
}

async fn overview(service: Data<Service>) -> HttpResponse {
    document(StatusCode::OK, service.overview())
}

async fn style() -> HttpResponse {
    HttpResponse::Ok().content_type("text/css; charset=utf-8").body(html::STYLE)
}

type Page = Path<(String, String)>;

async fn look(page: Page, service: Data<Service>) -> HttpResponse {
    visited(&page.1, &Act::Look, service)
}

async fn type_card(page: Page, body: String, service: Data<Service>) -> HttpResponse {
    visited(&page.1, &Act::TypeCard(form::parse(&body)), service)
}

async fn meet_bank(page: Page, service: Data<Service>) -> HttpResponse {
    visited(&page.1, &Act::MeetBank, service)
}

async fn answer_bank(page: Page, body: String, service: Data<Service>) -> HttpResponse {
    let agrees = form::parse(&body).get("outcome").is_some_and(|outcome| outcome == "complete");
    visited(&page.1, &Act::AnswerBank { agrees }, service)
}

fn visited(payment: &str, act: &Act, service: Data<Service>) -> HttpResponse {
    let _busy = service.clock.busy();
    match service.into_inner().visit(payment, act) {
        None => broken_off(),
        Some(Shown::GoTo(url)) => HttpResponse::SeeOther().insert_header((LOCATION, url)).finish(),
        Some(Shown::Page(status, page)) => {
            document(StatusCode::from_u16(status).expect("the statuses of this sandbox are all real"), page)
        }
    }
}

/// A test card by its name, saved as its owner would on a page.
#[derive(Deserialize)]
struct SavedCard {
    customer: String,
    card: String,
}

async fn save_card(saved: Json<SavedCard>, service: Data<Service>) -> HttpResponse {
    match service.save_card(&saved.customer, &saved.card) {
        Some(method) => HttpResponse::Ok().json(json!({"payment_method_id": method})),
        None => HttpResponse::NotFound().finish(),
    }
}

async fn add_fault(fault: Json<Fault>, service: Data<Service>) -> HttpResponse {
    service.fault(fault.into_inner());
    HttpResponse::NoContent().finish()
}

async fn charges(service: Data<Service>) -> HttpResponse {
    HttpResponse::Ok().json(service.charges())
}

async fn refunds(service: Data<Service>) -> HttpResponse {
    HttpResponse::Ok().json(service.refunds())
}

async fn let_refund_succeed(id: Path<String>, service: Data<Service>) -> HttpResponse {
    end_refund(&id, RefundEnd::Succeeds, service)
}

async fn let_refund_fail(id: Path<String>, service: Data<Service>) -> HttpResponse {
    end_refund(&id, RefundEnd::Fails, service)
}

/// Asked by the buttons of the page, which the browser then shows again, and by other programs.
fn end_refund(id: &str, end: RefundEnd, service: Data<Service>) -> HttpResponse {
    let _busy = service.clock.busy();
    if service.into_inner().end_refund(id, end) {
        HttpResponse::SeeOther().insert_header((LOCATION, "/")).finish()
    } else {
        HttpResponse::NotFound().finish()
    }
}

async fn turn(path: Path<(String, String)>, service: Data<Service>) -> HttpResponse {
    let _busy = service.clock.busy();
    let (payment, turn) = path.into_inner();
    let Ok(turn) = serde_json::from_value::<Turn>(turn.into()) else { return HttpResponse::NotFound().finish() };
    match service.into_inner().turn(&payment, turn) {
        true => HttpResponse::SeeOther().insert_header((LOCATION, "/")).finish(),
        false => HttpResponse::Conflict().finish(),
    }
}

async fn requests(service: Data<Service>) -> HttpResponse {
    let requests = service.requests();
    let requests =
        requests.iter().map(|(method, path, status)| json!({"method": method, "path": path, "status": status}));
    HttpResponse::Ok().json(requests.collect::<Vec<_>>())
}
