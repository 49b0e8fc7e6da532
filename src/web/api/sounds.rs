//! Sounds: files that are played instead of the sentences the house speaks.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::Page;
use super::auth::actor;
use super::input::{Fields, Query, invalid};
use crate::app::App;
use crate::domain::call::sentence::Sentence;
use crate::domain::language::Language;
use crate::flows::sounds::set_sound;
use crate::storage::Tx;
use crate::storage::sounds::{self, Sound};
use crate::web::error::ApiError;

/// What is to be played instead of a sentence.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body that `Fields` reads")]
pub struct NewSound {
    /// `time_is_up`, `nobody_there`, `time_is_nearly_up`, `one_minute_left`, `topped_up`, `recording`; or what somebody who
    /// calls in hears: `ask_code`, `ask_pin`, `wrong_code`, `too_many_tries`, `balance`, `ask_number`, `not_a_number`,
    /// `no_rate`, `too_many_calls`, `not_enough_credit`, `being_topped_up`, `call_again`, `cannot_call`, `not_in_service`
    /// or `time_to_talk`.
    #[schema(example = "recording")]
    sentence: String,
    /// `en`, `de`, `es`, `fr`, `it` or `pt`.
    #[schema(example = "de")]
    language: String,
    /// The address of a sound file; without one the sentence is spoken again.
    #[schema(example = "https://media.example/recorded.mp3")]
    url: Option<String>,
}

/// A sentence that is played and not spoken.
#[derive(Serialize, ToSchema)]
pub struct SoundBody {
    #[schema(example = "recording")]
    sentence: &'static str,
    #[schema(example = "de")]
    language: &'static str,
    #[schema(example = "https://media.example/recorded.mp3")]
    url: String,
}

/// List the sounds
#[utoipa::path(get, path = "/api/v1/sounds", operation_id = "list_sounds", tag = "announcements",
    responses((status = 200, body = Page<SoundBody>, description = "All of them; what is not here is spoken")))]
pub async fn list(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    Query::read(&request).done()?;
    Ok(HttpResponse::Ok().json(app.db.read(all).await?))
}

/// Set a sound
///
/// Instead of the one there was; without `url` the sentence is spoken again.
#[utoipa::path(post, path = "/api/v1/sounds", operation_id = "set_sound", tag = "announcements", request_body = NewSound,
    responses((status = 200, body = Page<SoundBody>, description = "All sounds as they are then")))]
pub async fn set(request: HttpRequest, payload: web::Payload, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let mut fields = Fields::read(&request, payload).await?;
    let sentence: Sentence = fields.parsed("sentence")?;
    let language: Language = fields.parsed("language")?;
    let url = fields.optional_text("url")?.unwrap_or_default();
    fields.done()?;
    let (actor, now) = (actor(&request), app.clock.now());
    let sounds = app.db.write(move |tx| {
        let set = set_sound(tx, sentence, language, &url, &actor, now)?;
        set.map_err(|bad| invalid("url", &bad.to_string()))?;
        all(tx)
    });
    Ok(HttpResponse::Ok().json(sounds.await?))
}

fn all(tx: &mut Tx) -> Result<Page<SoundBody>, ApiError> {
    let body =
        |sound: Sound| SoundBody { sentence: sound.sentence.code(), language: sound.language.code(), url: sound.url };
    Ok(Page { items: sounds::all(tx)?.into_iter().map(body).collect(), next: None })
}
