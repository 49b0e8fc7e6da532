//! What callers are told, sentence by sentence in every language, and the files that are played instead.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;

use crate::app::App;
use crate::domain::call::sentence::Sentence;
use crate::domain::language::Language;
use crate::flows::sounds::set_sound;
use crate::storage::sounds::{self, Sound};
use crate::voice::words::spoken;
use crate::web::auth::{Administrator, Right};
use crate::web::pages::error::PageError;
use crate::web::pages::form::{Fields, Posted};
use crate::web::pages::layout::Layout;
use crate::web::pages::{html, see_other};
use crate::web::peer::Peer;
use crate::web::user::dial_form::Field;

struct Line {
    sentence: &'static str,
    language: Language,
    words: String,
    sound: Option<String>,
}

#[derive(Default)]
struct Form {
    sentence: Field,
    language: Field,
    url: Field,
}

#[derive(Template)]
#[template(path = "admin/sounds.html")]
struct SoundsPage {
    layout: Layout,
    lines: Vec<Line>,
    sentences: Vec<&'static str>,
    languages: [Language; 6],
    form: Form,
}

pub async fn get(app: Data<App>, who: Administrator) -> Result<HttpResponse, PageError> {
    who.require(Right::ManageIntegrations)?;
    page(&app, StatusCode::OK, who, Form::default()).await
}

pub async fn post(
    app: Data<App>,
    who: Administrator,
    Peer(from): Peer,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    who.require(Right::ManageIntegrations)?;
    let mut form = read(&posted);
    let sentence = checked::<Sentence>(&mut form.sentence, "Choose a sentence.");
    let language = checked::<Language>(&mut form.language, "Choose a language.");
    let (Some(sentence), Some(language)) = (sentence, language) else {
        return page(&app, StatusCode::UNPROCESSABLE_ENTITY, who, form).await;
    };
    let (url, actor, now) = (form.url.value.clone(), who.user.email.clone(), app.clock.now());
    let write = app.db.write_from(from, move |tx| set_sound(tx, sentence, language, &url, &actor, now));
    match write.await? {
        Ok(()) => Ok(see_other("/admin/sounds")),
        Err(bad) => {
            form.url.error = Some(bad.to_string());
            page(&app, StatusCode::UNPROCESSABLE_ENTITY, who, form).await
        }
    }
}

fn read(posted: &Fields) -> Form {
    let field = |name| Field { value: posted.text(name).to_owned(), error: None };
    Form { sentence: field("sentence"), language: field("language"), url: field("url") }
}

/// What was chosen, or a message beside it.
fn checked<T: std::str::FromStr>(field: &mut Field, wrong: &str) -> Option<T> {
    let chosen = field.value.parse().ok();
    if chosen.is_none() {
        field.error = Some(wrong.to_owned());
    }
    chosen
}

async fn page(app: &App, status: StatusCode, who: Administrator, form: Form) -> Result<HttpResponse, PageError> {
    let sounds = app.db.read(sounds::all).await?;
    let every = Sentence::ALL.into_iter().flat_map(|sentence| Language::ALL.map(|language| (sentence, language)));
    let page = SoundsPage {
        layout: who.layout,
        lines: every.map(|(sentence, language)| line(sentence, language, &sounds)).collect(),
        sentences: Sentence::ALL.map(Sentence::code).to_vec(),
        languages: Language::ALL,
        form,
    };
    html(status, &page)
}

fn line(sentence: Sentence, language: Language, sounds: &[Sound]) -> Line {
    let sound = sounds.iter().find(|sound| (sound.sentence, sound.language) == (sentence, language));
    Line {
        sentence: sentence.code(),
        language,
        words: spoken(sentence, None, language),
        sound: sound.map(|sound| sound.url.clone()),
    }
}
