//! What a plan settles for its calls besides prices.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::Value;
use utoipa::ToSchema;

use super::auth::actor;
use super::input::{Fields, Query, path_id};
use super::settings;
use crate::app::App;
use crate::domain::call::terms::TERMS;
use crate::flows::change_terms::{PlanTerms, ROOM_PROFILE, TermsChanged, change_terms, plan_terms};
use crate::web::error::ApiError;

/// The same terms twice: as they are, and for a change. What is read and answered is made of the table in
/// `domain/call/terms.rs`; a test compares the names.
macro_rules! described {
    ($($(#[$says:meta])* $field:ident: $kind:ty,)*) => {
        /// What a plan settles for its calls besides prices.
        #[derive(ToSchema)]
        #[expect(dead_code, reason = "describes what is made of the table of terms")]
        pub struct TermsBody {
            #[schema(example = "plan_01ja0000000000000000000000")]
            plan: String,
            $($(#[$says])* $field: $kind,)*
        }

        /// What is not mentioned stays.
        #[derive(ToSchema)]
        #[expect(dead_code, reason = "describes the body that `Fields` reads")]
        pub struct TermsChange {
            $($(#[$says])* $field: Option<$kind>,)*
        }
    };
}

described! {
    /// The name of the profile that rooms of its calls have.
    #[schema(example = "moderated")]
    room_profile: String,
    /// How calls are made longer: `rejoin`, `update` of the carrier's limit, which is not well documented, or `watchdog`,
    /// under which a call goes on at the house's cost while this service is away.
    #[schema(example = "rejoin")]
    extension: String,
    /// When the paying phone is transferred away: `ends_the_call`, so that it cannot be, or `keeps_paying`.
    #[schema(example = "ends_the_call")]
    payer_leaves: String,
    /// How many seconds each call holds money for at a time, so that calls of one account share it; renewed before they
    /// are over. At least twice the lead of the checkpoint; 0: the first call holds all that it can use.
    #[schema(minimum = 0, maximum = 14400, example = 300)]
    grant_seconds: u16,
    #[schema(example = true)]
    announcements_time_is_nearly_up: bool,
    #[schema(example = true)]
    announcements_one_minute_left: bool,
    #[schema(example = true)]
    announcements_topped_up: bool,
    #[schema(example = true)]
    announcements_recording: bool,
    /// Who hears what is said of time and money: `payer` or `everybody`.
    #[schema(example = "payer")]
    announcements_to: String,
    /// `never`, `on_request` or `always`.
    #[schema(example = "on_request")]
    recording: String,
    #[schema(minimum = 1, maximum = 3650, example = 30)]
    recording_kept_days: u16,
    /// The caller may see recordings and listen to them.
    #[schema(example = true)]
    recording_shown: bool,
    /// The caller sees supervisors; otherwise nobody learns that somebody listens.
    #[schema(example = false)]
    supervision_announced: bool,
    /// Words that everybody who is called hears before being joined; nothing if empty.
    #[schema(example = "A call for you.")]
    whisper: String,
    /// In per cent, by the country of the caller's own number: added to the prices, or `included` in them; `*` is every
    /// country without a tax of its own.
    #[schema(example = "DE 19; GB 20 included; * 0")]
    taxes: String,
    /// Whether the carrier listens for an answering machine on legs that are called: `off`, `detect`, until it knows, or
    /// `greeting_end`, until the machine's greeting is over. Nobody hears anything meanwhile.
    #[schema(example = "greeting_end")]
    machine_detection: String,
    /// Words, or the address of a sound of up to two minutes, that a machine is left; it is hung up if empty.
    #[schema(example = "Please call us back.")]
    machine_message: String,
}

/// Show what a plan settles for its calls
#[utoipa::path(get, path = "/api/v1/plans/{id}/terms", operation_id = "show_plan_terms", tag = "rates",
    params(("id" = String, Path)), responses((status = 200, body = TermsBody, description = "The terms")))]
pub async fn show(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    Query::read(&request).done()?;
    let id = path_id(&request, "plan")?;
    let terms = app.db.read(move |tx| plan_terms(tx, &id)).await?;
    Ok(HttpResponse::Ok().json(body(&terms)))
}

/// Change what a plan settles for its calls
///
/// It counts for calls that are dialled from then on.
#[utoipa::path(post, path = "/api/v1/plans/{id}/terms", operation_id = "change_plan_terms", tag = "rates",
    request_body = TermsChange, params(("id" = String, Path)),
    responses((status = 200, body = TermsBody, description = "The terms as they are now")))]
pub async fn change(
    request: HttpRequest,
    payload: web::Payload,
    app: web::Data<App>,
) -> Result<HttpResponse, ApiError> {
    let id = path_id(&request, "plan")?;
    let mut fields = Fields::read(&request, payload).await?;
    let mut given = settings::given(&mut fields, TERMS)?;
    given.extend(fields.optional_text(ROOM_PROFILE)?.map(|name| (ROOM_PROFILE.to_owned(), name)));
    fields.done()?;
    let (actor, timing, now) = (actor(&request), app.config.rules.timing, app.clock.now());
    match app.db.write(move |tx| change_terms(tx, &id, &given, &actor, &timing, now)).await? {
        TermsChanged::Now(terms) | TermsChanged::Already(terms) => Ok(HttpResponse::Ok().json(body(&terms))),
        TermsChanged::Bad(bad) => Err(settings::refused(&bad)),
    }
}

fn body(terms: &PlanTerms) -> Value {
    let mut body = settings::shown(TERMS, &terms.plan.terms);
    body.insert("plan".to_owned(), terms.plan.id.clone().into());
    body.insert(ROOM_PROFILE.to_owned(), terms.room.name.clone().into());
    body.into()
}
