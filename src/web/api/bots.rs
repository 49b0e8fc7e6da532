//! Bots: made, changed and taken away by programs, and looked at by those that add them to calls.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::auth::actor;
use super::input::{Fields, Query, path_id};
use super::{created, settings};
use crate::app::App;
use crate::domain::bot::SETTINGS;
use crate::flows::bots::{BotKept, change_bot, make_bot, remove_bot};
use crate::storage::bots::{self, NamedBot};
use crate::voice::Place;
use crate::web::error::ApiError;

/// The same settings three times: as they are, for a new bot, and for a change. What is read and answered is made of the
/// table in `domain/bot.rs`; a test compares the names.
macro_rules! described {
    ($($(#[$says:meta])* $field:ident: $kind:ty,)*) => {
        /// A bot.
        #[derive(ToSchema)]
        #[expect(dead_code, reason = "describes what is made of the table of settings")]
        pub struct BotBody {
            #[schema(example = "weather")]
            name: String,
            /// What the carrier must be told to ask when this number is called (its voice URL, by POST).
            #[schema(example = "https://talk.example/webhooks/twilio/bots/weather")]
            voice_url: String,
            $($(#[$says])* $field: $kind,)*
        }

        /// A bot to be made. What is not mentioned is not said.
        #[derive(ToSchema)]
        #[expect(dead_code, reason = "describes the body that `Fields` reads")]
        pub struct NewBot {
            /// 1 to 40 letters a-z, digits and hyphens.
            #[schema(example = "weather")]
            name: String,
            $($(#[$says])* $field: Option<$kind>,)*
        }

        /// What is not mentioned stays.
        #[derive(ToSchema)]
        #[expect(dead_code, reason = "describes the body that `Fields` reads")]
        pub struct BotChange {
            $($(#[$says])* $field: Option<$kind>,)*
        }
    };
}

described! {
    /// One of the operator's own at the carrier. A new bot needs one.
    #[schema(example = "+15005550009")]
    number: String,
    /// `en`, `de`, `es`, `fr`, `it` or `pt`.
    #[schema(example = "en")]
    language: String,
    /// Words, or the address of a sound. A new bot needs one.
    #[schema(example = "Press 1 for the weather, or 9 to send me away.")]
    greeting: String,
    /// How long it waits for a key after whatever it says.
    #[schema(minimum = 1, maximum = 60, example = 10)]
    wait_seconds: i64,
    /// How often it greets before it leaves, if nobody presses a key it knows.
    #[schema(minimum = 1, maximum = 10, example = 3)]
    rounds: i64,
    /// What it says to the key 1: words, or the address of a sound. Empty: nothing.
    #[schema(example = "Sunny.")]
    key_1: String,
    #[schema(example = "It rains.")]
    key_2: String,
    #[schema(example = "It is windy.")]
    key_3: String,
    #[schema(example = "It snows.")]
    key_4: String,
    #[schema(example = "It hails.")]
    key_5: String,
    #[schema(example = "It is foggy.")]
    key_6: String,
    #[schema(example = "It is hot.")]
    key_7: String,
    #[schema(example = "It is cold.")]
    key_8: String,
    #[schema(example = "https://example.com/goodbye.mp3")]
    key_9: String,
    #[schema(example = "It is mild.")]
    key_0: String,
    #[schema(example = "It is dry.")]
    key_star: String,
    #[schema(example = "It is wet.")]
    key_hash: String,
    /// The keys after which it leaves, once it has said what it says to them.
    #[schema(example = "9")]
    leave_keys: String,
}

/// Some of them.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what is made of the table of settings")]
pub struct Bots {
    items: Vec<BotBody>,
    /// Give this as `after` for the next page; null on the last one.
    next: Option<String>,
}

/// List bots
#[utoipa::path(get, path = "/api/v1/bots", tag = "bots",
    params(("after" = Option<String>, Query), ("limit" = Option<i64>, Query, minimum = 1, maximum = 100)),
    responses((status = 200, body = Bots, description = "By name")))]
pub async fn list(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let mut query = Query::read(&request);
    let paging = query.paging()?;
    query.done()?;
    let (after, fetch) = (paging.after.clone(), paging.fetch());
    let found = app.db.read(move |tx| Ok::<_, ApiError>(bots::list(tx, after.as_deref(), fetch)?)).await?;
    let (found, next) = paging.cut(found, |bot| bot.name.clone());
    let items: Vec<_> = found.iter().map(|bot| body(&app, bot)).collect();
    Ok(HttpResponse::Ok().json(json!({ "items": items, "next": next })))
}

/// Show a bot
#[utoipa::path(get, path = "/api/v1/bots/{id}", tag = "bots", params(("id" = String, Path, description = "Its name.")),
    responses((status = 200, body = BotBody, description = "The bot")))]
pub async fn show(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let name = path_id(&request, "bot")?;
    let found = app.db.read(move |tx| bots::find(tx, &name)?.ok_or_else(|| ApiError::not_found("bot", &name)));
    Ok(HttpResponse::Ok().json(body(&app, &found.await?)))
}

/// Make a bot
///
/// Its number must be the operator's own at the carrier, with the bot's `voice_url`.
#[utoipa::path(post, path = "/api/v1/bots", tag = "bots", request_body = NewBot,
    responses((status = 201, body = BotBody, description = "The bot"), (status = 409, description = "bot_exists")))]
pub async fn create(
    request: HttpRequest,
    payload: web::Payload,
    app: web::Data<App>,
) -> Result<HttpResponse, ApiError> {
    let mut fields = Fields::read(&request, payload).await?;
    let (name, given) = (fields.text("name")?, settings::given(&mut fields, SETTINGS)?);
    fields.done()?;
    let (actor, now) = (actor(&request), app.clock.now());
    let made = kept(app.db.write(move |tx| make_bot(tx, &name, &given, &actor, now)).await?)?;
    Ok(created(&format!("/api/v1/bots/{}", made.name), body(&app, &made)))
}

/// Change a bot
///
/// It is heard at once, in calls that run, too.
#[utoipa::path(post, path = "/api/v1/bots/{id}/change", operation_id = "change_bot", tag = "bots",
    request_body = BotChange, params(("id" = String, Path, description = "Its name.")),
    responses((status = 200, body = BotBody, description = "The bot as it is now"), (status = 409, description = "bot_exists")))]
pub async fn change(
    request: HttpRequest,
    payload: web::Payload,
    app: web::Data<App>,
) -> Result<HttpResponse, ApiError> {
    let name = path_id(&request, "bot")?;
    let mut fields = Fields::read(&request, payload).await?;
    let given = settings::given(&mut fields, SETTINGS)?;
    fields.done()?;
    let (actor, now) = (actor(&request), app.clock.now());
    let changed = kept(app.db.write(move |tx| change_bot(tx, &name, &given, &actor, now)).await?)?;
    Ok(HttpResponse::Ok().json(body(&app, &changed)))
}

/// Remove a bot
///
/// Where it is in a call it leaves at the next key, or when it would greet again.
#[utoipa::path(post, path = "/api/v1/bots/{id}/remove", operation_id = "remove_bot", tag = "bots",
    params(("id" = String, Path, description = "Its name.")),
    responses((status = 204, description = "Nobody can add it any more")))]
pub async fn remove(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let name = path_id(&request, "bot")?;
    let (actor, now) = (actor(&request), app.clock.now());
    app.db.write(move |tx| remove_bot(tx, &name, &actor, now)).await?;
    Ok(HttpResponse::NoContent().finish())
}

fn kept(kept: BotKept) -> Result<NamedBot, ApiError> {
    match kept {
        BotKept::Now(bot) | BotKept::Already(bot) => Ok(bot),
        BotKept::NameTaken => Err(ApiError::conflict("bot_exists", "There is a bot of this name.").at("name")),
        BotKept::NumberTaken => Err(ApiError::conflict("bot_exists", "Another bot has this number.").at("number")),
        BotKept::Bad(bad) => Err(settings::refused(&bad)),
    }
}

fn body(app: &App, bot: &NamedBot) -> Value {
    let mut body = settings::shown(SETTINGS, &bot.bot);
    let voice_url = app.carrier.url(&Place::Bot { bot: bot.name.clone(), round: 0 });
    body.insert("name".to_owned(), bot.name.clone().into());
    body.insert("voice_url".to_owned(), voice_url.into());
    body.into()
}
