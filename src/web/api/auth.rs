//! Who may use the API: whoever has the one token of the settings. There are no sessions here.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header;
use actix_web::middleware::Next;
use actix_web::{Error, ResponseError, web};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::app::App;
use crate::web::error::ApiError;

pub async fn bearer(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let token = request.app_data::<web::Data<App>>().and_then(|app| app.config.admin_token.clone());
    match check(&request, token.as_ref()) {
        Ok(()) => Ok(next.call(request).await?.map_into_boxed_body()),
        Err(problem) => Ok(request.into_response(problem.error_response())),
    }
}

fn check(request: &ServiceRequest, token: Option<&SecretString>) -> Result<(), ApiError> {
    let Some(token) = token else {
        return Err(ApiError::unauthorised("The API is closed: the operator has not set TALKTIME_ADMIN_TOKEN."));
    };
    let given = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let Some((scheme, given)) = given.and_then(|value| value.split_once(' ')) else {
        return Err(ApiError::unauthorised("Send the header Authorization: Bearer and the token.").at("Authorization"));
    };
    if scheme.eq_ignore_ascii_case("bearer") && is_same(given.trim(), token.expose_secret()) {
        return Ok(());
    }
    Err(ApiError::unauthorised("The token is wrong.").at("Authorization"))
}

/// Compares digests, so that neither content nor length of the token shows in the time it takes.
fn is_same(given: &str, token: &str) -> bool {
    Sha256::digest(given).ct_eq(&Sha256::digest(token)).into()
}
