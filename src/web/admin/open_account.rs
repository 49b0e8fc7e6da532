//! Opening an account, with or without somebody who signs in to it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;

use super::shown_once::{self, Wish};
use crate::app::App;
use crate::domain::language::Language;
use crate::flows::FlowError;
use crate::flows::change_language::change_language;
use crate::flows::open_account::Opened;
use crate::flows::open_with_caller::open_with_caller;
use crate::storage::accounts::{self, Plan};
use crate::web::auth::{Administrator, Right};
use crate::web::pages::error::PageError;
use crate::web::pages::form::{Fields, Posted};
use crate::web::pages::layout::Layout;
use crate::web::pages::{html, see_other};
use crate::web::peer::Peer;
use crate::web::user::dial_form::Field;

#[derive(Default)]
struct Form {
    email: Field,
    plan: Field,
    language: Language,
    sign_in: bool,
    password_error: Option<String>,
}

#[derive(Template)]
#[template(path = "admin/open_account.html")]
struct OpenPage {
    layout: Layout,
    plans: Vec<Plan>,
    languages: [Language; 6],
    form: Form,
}

pub async fn form(app: Data<App>, who: Administrator) -> Result<HttpResponse, PageError> {
    who.require(Right::ManageAccounts)?;
    page(&app, StatusCode::OK, who, Form::default()).await
}

pub async fn post(
    app: Data<App>,
    who: Administrator,
    Peer(from): Peer,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    who.require(Right::ManageAccounts)?;
    let mut form = read(&posted);
    let wish = match form.sign_in.then(|| Wish::read(&posted)).transpose() {
        Ok(wish) => wish,
        Err(error) => {
            form.password_error = Some(error);
            return page(&app, StatusCode::UNPROCESSABLE_ENTITY, who, form).await;
        }
    };
    let hash = match &wish {
        Some(wish) => Some(wish.hash().await),
        None => None,
    };
    let (email, plan) = (form.email.value.clone(), form.plan.value.clone());
    let (language, actor, now) = (form.language, who.user.email.clone(), app.clock.now());
    let write = app.db.write_from(from, move |tx| {
        let opened = open_with_caller(tx, &email, &plan, hash, &actor, now)?;
        if let Opened::Account(account) = &opened {
            change_language(tx, &account.id, language, &actor, now)?;
        }
        Ok::<_, FlowError>(opened)
    });
    let account = match write.await? {
        Opened::Account(account) => account,
        refused @ (Opened::EmailTaken | Opened::BadEmail | Opened::UnknownPlan | Opened::OtherCurrency { .. }) => {
            refuse(&mut form, &refused);
            return page(&app, StatusCode::UNPROCESSABLE_ENTITY, who, form).await;
        }
    };
    let place = format!("/admin/accounts/{}", account.id);
    match wish {
        Some(wish) => shown_once::page(who.layout, &account.email, &wish, &place),
        None => Ok(see_other(&place)),
    }
}

fn read(fields: &Fields) -> Form {
    let field = |name| Field { value: fields.text(name).to_owned(), error: None };
    Form {
        email: field("email"),
        plan: field("plan"),
        // A select of ours offers no other.
        language: fields.text("language").parse().unwrap_or_default(),
        sign_in: fields.text("sign_in") == "yes",
        password_error: None,
    }
}

fn refuse(form: &mut Form, refused: &Opened) {
    let (field, said) = match refused {
        Opened::EmailTaken => (&mut form.email, "Somebody has an account or signs in with this address."),
        Opened::BadEmail => (&mut form.email, "This is not an e-mail address."),
        Opened::UnknownPlan | Opened::OtherCurrency { .. } => (&mut form.plan, "Choose a plan."),
        Opened::Account(_) => return,
    };
    field.error = Some(said.to_owned());
}

async fn page(app: &App, status: StatusCode, who: Administrator, form: Form) -> Result<HttpResponse, PageError> {
    let plans = app.db.read(accounts::all_plans).await?;
    html(status, &OpenPage { layout: who.layout, plans, languages: Language::ALL, form })
}
