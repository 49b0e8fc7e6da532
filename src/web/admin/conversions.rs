//! Conversions of currencies: the rows there are, and one more.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::account::forms::typed;
use super::upload::moment;
use crate::app::App;
use crate::domain::conversion::{self, Conversion};
use crate::domain::currency::Currency;
use crate::flows::keep_conversions::keep_conversions;
use crate::storage::conversions::{self, Listed};
use crate::web::auth::{Administrator, Right};
use crate::web::pages::error::PageError;
use crate::web::pages::form::{Fields, Posted};
use crate::web::pages::layout::Layout;
use crate::web::pages::show::Moment;
use crate::web::pages::{self, html, see_other};
use crate::web::peer::Peer;
use crate::web::user::dial_form::Field;

const ON_A_PAGE: i64 = 50;

struct Line {
    from: &'static str,
    to: &'static str,
    rate: String,
    since: Moment,
    by: String,
}

#[derive(Default)]
struct Form {
    from: Field,
    to: Field,
    rate: Field,
    effective_from: Field,
}

#[derive(Template)]
#[template(path = "admin/conversions.html")]
struct ConversionsPage {
    layout: Layout,
    lines: Vec<Line>,
    older: Option<String>,
    may_change: bool,
    form: Form,
}

pub async fn get(req: HttpRequest, app: Data<App>, who: Administrator) -> Result<HttpResponse, PageError> {
    let query = Fields::read(req.query_string().as_bytes())?;
    let after = Some(query.text("after")).filter(|after| !after.is_empty()).map(pages::id).transpose()?;
    page(&app, StatusCode::OK, who, after, Form::default()).await
}

async fn page(
    app: &App,
    status: StatusCode,
    who: Administrator,
    after: Option<String>,
    form: Form,
) -> Result<HttpResponse, PageError> {
    let rows = app.db.read(move |tx| conversions::list(tx, after.as_deref(), ON_A_PAGE)).await?;
    let full = i64::try_from(rows.len()).is_ok_and(|count| count == ON_A_PAGE);
    let older = rows.last().filter(|_| full).map(|last| last.id.clone());
    let (lines, may_change) = (rows.into_iter().map(line).collect(), who.may(Right::ChangeRates));
    html(status, &ConversionsPage { layout: who.layout, lines, older, may_change, form })
}

fn line(row: Listed) -> Line {
    let Conversion { from, to, rate, effective_from } = row.conversion;
    Line { from: from.code(), to: to.code(), rate: rate.to_string(), since: Moment(effective_from), by: row.added_by }
}

pub async fn post(
    app: Data<App>,
    who: Administrator,
    Peer(from): Peer,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    who.require(Right::ChangeRates)?;
    let now = app.clock.now();
    let mut form = Form {
        from: typed(&posted, "from"),
        to: typed(&posted, "to"),
        rate: typed(&posted, "rate"),
        effective_from: typed(&posted, "effective_from"),
    };
    let source = read(&mut form.from, |text| text.parse::<Currency>().map_err(|error| error.to_string()));
    let target = read(&mut form.to, |text| text.parse::<Currency>().map_err(|error| error.to_string()));
    let rate = read(&mut form.rate, conversion::rate);
    let since = read(&mut form.effective_from, |text| Ok(moment(text)?.unwrap_or(now)));
    let (Some(source), Some(target), Some(rate), Some(since)) = (source, target, rate, since) else {
        return page(&app, StatusCode::UNPROCESSABLE_ENTITY, who, None, form).await;
    };
    let given = match Conversion::new(source, target, rate, since) {
        Ok(given) => given,
        Err(why) => {
            form.to.error = Some(why);
            return page(&app, StatusCode::UNPROCESSABLE_ENTITY, who, None, form).await;
        }
    };
    let actor = who.user.email.clone();
    app.db.write_from(from, move |tx| keep_conversions(tx, &[given], &actor, now)).await?;
    Ok(see_other("/admin/conversions"))
}

/// What was typed, or a message beside it.
fn read<T>(field: &mut Field, how: impl Fn(&str) -> Result<T, String>) -> Option<T> {
    how(&field.value).map_err(|why| field.error = Some(why)).ok()
}
