//! The description of the API for programs that read descriptions, at `/api/openapi.json`.

use actix_web::HttpResponse;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::{Modify, OpenApi};

use super::{accounts, calls, cards, credits, decks, legs, plans, quotes};
use crate::web::error::{BadDeckLine, Problem};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Talktime",
        description = "Prepaid calling. Amounts are decimal strings in the currency beside them; errors are problem \
                       documents (RFC 9457) with a stable `code`; lists are paged by `limit` and `after`."
    ),
    paths(
        accounts::list, accounts::create, accounts::show, cards::save, cards::agree, credits::create, credits::statement, quotes::create,
        calls::list, calls::create, calls::show, calls::hang_up, legs::create, legs::records, decks::create, plans::list, plans::create,
    ),
    components(schemas(Problem, BadDeckLine)),
    modifiers(&Token)
)]
pub struct Description;

/// The token of TALKTIME_ADMIN_TOKEN, needed everywhere.
struct Token;

impl Modify for Token {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        let scheme = SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build());
        let components = api.components.get_or_insert_default();
        components.add_security_scheme("token", scheme);
        api.security = Some(vec![SecurityRequirement::new("token", [] as [&str; 0])]);
    }
}

pub async fn document() -> HttpResponse {
    HttpResponse::Ok().json(Description::openapi())
}
