//! The API for programs: every route on one screen, and what answers where there is none. Each file of this folder is
//! one resource; `input` reads requests, `openapi` describes all of it.

mod accounts;
mod auth;
mod calls;
mod cards;
mod credits;
mod decks;
mod input;
mod legs;
mod openapi;
mod plans;
mod quotes;
#[cfg(test)]
mod tests;

use actix_web::http::{StatusCode, header};
use actix_web::middleware::from_fn;
use actix_web::web::{ServiceConfig, get, post, scope, to};
use actix_web::{HttpResponse, Resource, ResponseError, Route, web};
use serde::Serialize;

use crate::web::error::{ApiError, no_such_route};

/// Who is named in audit and ledger for what comes through the API.
const ACTOR: &str = "api";

pub fn routes(service: &mut ServiceConfig) {
    let v1 = scope("/v1")
        .wrap(from_fn(auth::bearer))
        .service(at("/accounts", Some(get().to(accounts::list)), Some(post().to(accounts::create))))
        .service(at("/accounts/{id}", Some(get().to(accounts::show)), None))
        .service(at("/accounts/{id}/credits", None, Some(post().to(credits::create))))
        .service(at("/accounts/{id}/transfers", Some(get().to(credits::statement)), None))
        .service(at("/accounts/{id}/cards", None, Some(post().to(cards::save))))
        .service(at("/accounts/{id}/recharge", None, Some(post().to(cards::agree))))
        .service(at("/quotes", None, Some(post().to(quotes::create))))
        .service(at("/calls", Some(get().to(calls::list)), Some(post().to(calls::create))))
        .service(at("/calls/{id}", Some(get().to(calls::show)), None))
        .service(at("/calls/{id}/hang-up", None, Some(post().to(calls::hang_up))))
        .service(at("/calls/{id}/legs", None, Some(post().to(legs::create))))
        .service(at("/calls/{id}/records", Some(get().to(legs::records)), None))
        .service(at("/decks", None, Some(post().to(decks::create))))
        .service(at("/plans", Some(get().to(plans::list)), Some(post().to(plans::create))))
        .default_service(to(no_such_route));
    let api = scope("/api")
        .service(at("/openapi.json", Some(get().to(openapi::document)), None))
        .service(v1)
        .default_service(to(no_such_route));
    service.service(api);
}

/// A resource, with an answer for every method it does not have.
fn at(path: &str, get: Option<Route>, post: Option<Route>) -> Resource {
    let allowed = match (&get, &post) {
        (Some(_), Some(_)) => "GET, POST",
        (Some(_), None) => "GET",
        (None, Some(_)) => "POST",
        (None, None) => "",
    };
    let wrong_method = move || async move {
        let detail = format!("This address answers {allowed} only.");
        let problem = ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "wrong_method", detail);
        let mut response = problem.error_response();
        response.headers_mut().insert(header::ALLOW, header::HeaderValue::from_static(allowed));
        response
    };
    let resource = web::resource(path).default_service(to(wrong_method));
    get.into_iter().chain(post).fold(resource, Resource::route)
}

/// A part of a list.
#[derive(Serialize, utoipa::ToSchema)]
struct Page<T> {
    items: Vec<T>,
    /// Give this as `after` for the next page; null on the last one.
    next: Option<String>,
}

fn created(location: &str, body: impl Serialize) -> HttpResponse {
    HttpResponse::Created().insert_header((header::LOCATION, location)).json(body)
}
