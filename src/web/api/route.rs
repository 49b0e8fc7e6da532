//! What stands at an address: what answers GET, what answers POST, and the scope each needs. Made of the same lines are
//! the server's routes and the description of the API.

use actix_web::http::{StatusCode, header};
use actix_web::middleware::from_fn;
use actix_web::web::{self, to};
use actix_web::{FromRequest, Handler, Resource, Responder, ResponseError, Route};

use super::auth;
use crate::domain::scope::Scope;
use crate::web::error::ApiError;

pub struct At {
    pub path: &'static str,
    pub get: Option<Scoped>,
    pub post: Option<Scoped>,
}

pub struct Scoped {
    pub scope: Scope,
    route: Route,
}

pub fn at(path: &'static str, get: Option<Scoped>, post: Option<Scoped>) -> At {
    At { path, get, post }
}

pub fn get<F, Args>(scope: Scope, handler: F) -> Scoped
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    Scoped { scope, route: guarded(scope, web::get().to(handler)) }
}

pub fn post<F, Args>(scope: Scope, handler: F) -> Scoped
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    Scoped { scope, route: guarded(scope, web::post().to(handler)) }
}

fn guarded(scope: Scope, route: Route) -> Route {
    route.wrap(from_fn(move |request, next| auth::scoped(scope, request, next)))
}

impl At {
    /// With an answer for every method it does not have.
    pub fn resource(self) -> Resource {
        let allowed = match (&self.get, &self.post) {
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
        let resource = web::resource(self.path).default_service(to(wrong_method));
        self.get.into_iter().chain(self.post).fold(resource, |resource, scoped| resource.route(scoped.route))
    }
}
