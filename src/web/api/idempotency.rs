//! The header Idempotency-Key: a POST that names one is done once, and whoever repeats it gets the answer it had.

use actix_web::body::{BoxBody, MessageBody, to_bytes};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpResponse, ResponseError, web};
use futures_util::{FutureExt, stream};
use sha2::{Digest, Sha256};

use super::auth::program;
use super::decks::LARGEST_DECK;
use super::input::{invalid, limited};
use crate::app::App;
use crate::flows::api_replies::{self, Begun};
use crate::ids;
use crate::storage::api_replies::{Asked, Reply};
use crate::web::error::ApiError;

pub const HEADER: &str = "Idempotency-Key";
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
const LONGEST_KEY: usize = 200;

/// Said by an answer that must not be kept: it holds a secret.
pub struct ShownOnce;

/// Middleware behind `auth::bearer`.
pub async fn keyed(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if request.method() != Method::POST {
        return Ok(next.call(request).await?.map_into_boxed_body());
    }
    let app = request.app_data::<web::Data<App>>().expect("the server has it").clone();
    let _busy = app.clock.busy();
    match key(request.headers()) {
        Ok(None) => Ok(next.call(request).await?.map_into_boxed_body()),
        Ok(Some(key)) => once(app, key, request, next).await,
        Err(problem) => Ok(request.into_response(problem.error_response())),
    }
}

fn key(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let mut given = headers.get_all(HEADER);
    let Some(key) = given.next() else { return Ok(None) };
    if given.next().is_some() {
        return Err(invalid(HEADER, "is given twice"));
    }
    let printable = |key: &&str| {
        (1..=LONGEST_KEY).contains(&key.len()) && key.bytes().all(|b| (b' '..=b'~').contains(&b)) && key.trim() == *key
    };
    let key = key.to_str().ok().filter(printable);
    let key = key.ok_or_else(|| invalid(HEADER, &format!("must be 1 to {LONGEST_KEY} printable ASCII characters")))?;
    Ok(Some(key.to_owned()))
}

async fn once(
    app: web::Data<App>,
    key: String,
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let asked = match asked(key, &mut request).await {
        Ok(asked) => asked,
        Err(problem) => return Ok(request.into_response(problem.error_response())),
    };
    let (lease, now, beginning) = (ids::secret(), app.clock.now(), asked.clone());
    let mine = lease.clone();
    let begun = app.db.write(move |tx| api_replies::begin(tx, &beginning, &mine, now)).await;
    let answer = match begun.map_err(ApiError::from) {
        Ok(Begun::Run) => return to_its_end(app, asked, lease, request, next).await,
        Ok(Begun::Replay(reply)) => replay(reply),
        Ok(Begun::InProgress) => {
            let detail = "The first request with this key is still being done. Ask again in a moment.";
            ApiError::conflict("in_progress", detail).at(HEADER).error_response()
        }
        Ok(Begun::OtherRequest) => {
            let detail = "This key was used for another request. Take a new key for each thing you want done.";
            ApiError::unprocessable("idempotency_key_reused", detail).at(HEADER).error_response()
        }
        Err(problem) => problem.error_response(),
    };
    Ok(request.into_response(answer))
}

/// Reads the body, and puts it back for whoever answers.
async fn asked(key: String, request: &mut ServiceRequest) -> Result<Asked, ApiError> {
    let payload = request.extract::<web::Payload>().await;
    let payload = payload.map_err(|_| ApiError::bad_request("unreadable_body", "The body could not be read."))?;
    let body = limited(payload, LARGEST_DECK).await?;
    let mut digest = Sha256::new();
    let address = request.uri().path_and_query().map_or("", |address| address.as_str());
    digest.update(format!("POST {address}\n"));
    digest.update(&body);
    let again = stream::once(async move { Ok(body) });
    request.set_payload(Payload::Stream { payload: Box::pin(again) });
    let token = program(request.extensions().get()).token;
    Ok(Asked { token, key, digest: hex::encode(digest.finalize()) })
}

/// A task of its own: whoever asked may hang up, and still finds the answer when asking again.
async fn to_its_end(
    app: web::Data<App>,
    asked: Asked,
    lease: String,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let busy = app.clock.busy();
    let work = async move {
        let _busy = busy;
        let response = next.call(request).await?.map_into_boxed_body();
        let shown_once = response.response().extensions().get::<ShownOnce>().is_some();
        let (request, response) = response.into_parts();
        let (head, body) = response.into_parts();
        let body =
            to_bytes(body).await.map_err(|error| actix_web::error::ErrorInternalServerError(error.to_string()))?;
        let reply = if shown_once { Some(once_only()) } else { reply(head.status(), head.headers(), &body) };
        let kept = app.db.write(move |tx| api_replies::finish(tx, &asked, &lease, reply.as_ref())).await;
        if let Err(error) = kept {
            tracing::warn!(%error, "a reply could not be kept");
        }
        Ok(ServiceResponse::new(request, head.set_body(BoxBody::new(body))))
    };
    let done = actix_web::rt::spawn(work.boxed_local()).await;
    done.map_err(|error| actix_web::error::ErrorInternalServerError(error.to_string()))?
}

/// `None` for faults of ours: the next one may do better.
fn reply(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Option<Reply> {
    if status.is_server_error() {
        return None;
    }
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    Some(Reply {
        status: status.as_u16(),
        content_type: text(header::CONTENT_TYPE),
        location: text(header::LOCATION),
        body: String::from_utf8(body.to_vec()).ok()?,
    })
}

fn once_only() -> Reply {
    let detail = "This was done, but its answer held a secret that is shown only once.";
    let problem = ApiError::conflict("secret_shown_once", detail);
    let body = problem.body();
    Reply {
        status: problem.status.as_u16(),
        content_type: Some("application/problem+json".to_owned()),
        location: None,
        body,
    }
}

fn replay(reply: Reply) -> HttpResponse {
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status);
    response.insert_header((REPLAYED, "true"));
    if let Some(content_type) = reply.content_type {
        response.content_type(content_type);
    }
    if let Some(location) = reply.location {
        response.insert_header((header::LOCATION, location));
    }
    response.body(reply.body)
}
