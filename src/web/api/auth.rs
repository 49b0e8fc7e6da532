//! Who may use the API: whoever has the token of the settings, or one that was made here. There are no sessions.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::{StatusCode, header};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpRequest, ResponseError, web};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::app::App;
use crate::domain::call::supervision::Onlooker;
use crate::domain::scope::{Scope, Scopes};
use crate::domain::two_persons::Who;
use crate::flows::api_tokens::{OPERATOR, Refused, is_use_to_be_noted, note_use, token_of};
use crate::web::error::ApiError;

/// The program that asks: what its token is called, and what it is good for.
#[derive(Clone)]
pub struct Program {
    pub token: String,
    pub actor: String,
    /// Who made the token.
    person: String,
    scopes: Scopes,
}

/// Who is named in audit and ledger for what this request does.
pub fn actor(request: &HttpRequest) -> String {
    program(request.extensions().get()).actor
}

/// The same with who is behind the program, for what takes two persons.
pub fn who(request: &HttpRequest) -> Who {
    let Program { actor, person, .. } = program(request.extensions().get());
    Who { actor, person }
}

/// What the program may know of calls: supervisors only if it is good for that.
pub fn onlooker(request: &HttpRequest) -> Onlooker {
    let supervises = program(request.extensions().get()).scopes.allow(Scope::CallsSupervise);
    if supervises { Onlooker::House } else { Onlooker::Caller }
}

/// What [`bearer`] has let in.
pub fn program(found: Option<&Program>) -> Program {
    found.cloned().expect("nobody gets past `bearer` without a token")
}

pub async fn bearer(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let app = request.app_data::<web::Data<App>>().expect("the server has it").clone();
    match find(&request, &app).await {
        Ok(program) => {
            request.extensions_mut().insert(program);
            Ok(next.call(request).await?.map_into_boxed_body())
        }
        Err(problem) => Ok(request.into_response(problem.error_response())),
    }
}

async fn find(request: &ServiceRequest, app: &App) -> Result<Program, ApiError> {
    let given = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let Some((scheme, given)) = given.and_then(|value| value.split_once(' ')) else {
        return Err(ApiError::unauthorised("Send the header Authorization: Bearer and the token.").at("Authorization"));
    };
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(refused(Refused::Wrong));
    }
    let given = given.trim();
    if app.config.admin_token.as_ref().is_some_and(|token| is_same(given, token)) {
        let scopes = [Scope::Admin].into_iter().collect();
        let actor = format!("api:{OPERATOR}");
        return Ok(Program { token: OPERATOR.to_owned(), person: actor.clone(), actor, scopes });
    }
    let (bearer, now) = (given.to_owned(), app.clock.now());
    let found = app.db.read(move |tx| token_of(tx, &bearer, now)).await?;
    let token = found.map_err(refused)?;
    if is_use_to_be_noted(&token, now) {
        let id = token.id.clone();
        if let Err(error) = app.db.write(move |tx| note_use(tx, &id, now)).await {
            tracing::warn!(%error, "that a token was used could not be noted");
        }
    }
    let actor = format!("api:{}", token.name);
    Ok(Program { token: token.id, actor, person: token.created_by, scopes: token.scopes })
}

fn refused(why: Refused) -> ApiError {
    let detail = match why {
        Refused::Wrong => "The token is wrong.",
        Refused::Revoked => "The token was revoked.",
        Refused::Expired => "The token has expired.",
    };
    ApiError::unauthorised(detail).at("Authorization")
}

/// Compares digests, so that neither content nor length of the token shows in the time it takes.
fn is_same(given: &str, token: &SecretString) -> bool {
    Sha256::digest(given).ct_eq(&Sha256::digest(token.expose_secret())).into()
}

/// Lets only those in whose token is good for this.
pub async fn scoped(
    scope: Scope,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let program = program(request.extensions().get());
    if program.scopes.allow(scope) {
        return Ok(next.call(request).await?.map_into_boxed_body());
    }
    Ok(request.into_response(missing(scope, &program).error_response()))
}

/// For what takes a scope besides that of its address.
pub fn require(scope: Scope, request: &HttpRequest) -> Result<(), ApiError> {
    let program = program(request.extensions().get());
    if program.scopes.allow(scope) { Ok(()) } else { Err(missing(scope, &program)) }
}

fn missing(scope: Scope, program: &Program) -> ApiError {
    let detail = format!("This needs a token with the scope {scope}; yours has {}.", program.scopes);
    ApiError::new(StatusCode::FORBIDDEN, "missing_scope", detail).at(scope.code())
}
