//! Everybody's own page: who they are here, their password, and for callers the language they are spoken to in.

use actix_session::Session;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use crate::app::App;
use crate::domain::language::Language;
use crate::flows::change_language;
use crate::flows::set_password::change_own_password;
use crate::web::auth::throttle::Throttle;
use crate::web::auth::who::Person;
use crate::web::auth::{password, session};
use crate::web::pages::error::PageError;
use crate::web::pages::form::{Fields, Posted};
use crate::web::pages::layout::Layout;
use crate::web::pages::{html, see_other};
use crate::web::peer::Peer;

#[derive(Template)]
#[template(path = "user/me.html")]
struct MePage {
    layout: Layout,
    email: String,
    who: String,
    done: bool,
    /// A caller's.
    language: Option<Language>,
    languages: [Language; 6],
    old_error: Option<String>,
    new_error: Option<String>,
}

#[derive(Default)]
struct Wrong {
    old: Option<String>,
    new: Option<String>,
}

pub async fn get(req: HttpRequest, person: Person) -> Result<HttpResponse, PageError> {
    let query = Fields::read(req.query_string().as_bytes())?;
    page(StatusCode::OK, person, query.text("done") == "yes", Wrong::default())
}

/// Who signs in to no account is spoken to in no call.
pub async fn change_language(app: Data<App>, person: Person, posted: Posted) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    let account = person.account.ok_or(PageError::NotFound)?;
    let refused = |_| PageError::Refused("This is not a language that is spoken here.".to_owned());
    let language: Language = posted.text("language").parse().map_err(refused)?;
    let (actor, now) = (person.user.email, app.clock.now());
    app.db.write(move |tx| change_language::change_language(tx, &account.id, language, &actor, now)).await?;
    Ok(see_other("/me"))
}

/// The old password is asked for again, and guessing it is as slow as at the door: a browser left open is not enough.
pub async fn change_password(
    app: Data<App>,
    throttle: Data<Throttle>,
    session: Session,
    person: Person,
    Peer(from): Peer,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    let (old, new) = (posted.raw("old").to_owned(), posted.raw("new").to_owned());
    let same = new == posted.raw("again");
    let differs = (!same).then(|| "The two are not the same.".to_owned());
    if let Some(objection) = password::objection(&new).or(differs) {
        return refused(person, Wrong { new: Some(objection), ..Wrong::default() });
    }
    if let Some(seconds) = throttle.must_wait(&person.user.email, from) {
        let old = Some(format!("Too many tries. Wait {seconds} seconds, then try again."));
        return refused(person, Wrong { old, ..Wrong::default() });
    }
    let was = person.user.password_hash.clone();
    let fits = old.len() <= password::LONGEST && password::fits(old, Some(was.clone())).await;
    let staying = session::key_hash(&session).ok_or(PageError::SignInFirst)?;
    let changed = fits && {
        let (user, now, hash) = (person.user.clone(), app.clock.now(), password::hashed(new).await);
        let write = app.db.write_from(from, move |tx| change_own_password(tx, &user, &was, &hash, &staying, now));
        write.await?
    };
    if changed {
        return Ok(see_other("/me?done=yes"));
    }
    refused(person, Wrong { old: Some("This is not your password.".to_owned()), ..Wrong::default() })
}

fn refused(person: Person, wrong: Wrong) -> Result<HttpResponse, PageError> {
    page(StatusCode::UNPROCESSABLE_ENTITY, person, false, wrong)
}

fn page(status: StatusCode, person: Person, done: bool, wrong: Wrong) -> Result<HttpResponse, PageError> {
    let who = match &person.account {
        Some(account) => format!("Caller, account {}", account.id),
        None => format!("Administrator, role {}", person.user.role),
    };
    let page = MePage {
        language: person.account.as_ref().map(|account| account.language),
        languages: Language::ALL,
        email: person.user.email,
        layout: person.layout,
        who,
        done,
        old_error: wrong.old,
        new_error: wrong.new,
    };
    html(status, &page)
}
