//! The page of automatic recharge. Its figures are sent once to see the words with them in, and once more, ticked, to
//! agree: nobody agrees to words they have not seen.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::form::RechargeForm;
use super::words::{Standing, standing};
use crate::app::App;
use crate::domain::consent;
use crate::domain::recharge::{Agreement, WhyNot};
use crate::flows::FlowError;
use crate::flows::recharge::PaymentForms;
use crate::flows::recharge_outlook::{Outlook, outlook};
use crate::storage::agreements::Consent;
use crate::storage::{StorageError, Tx, agreements, payments};
use crate::web::auth::SignedIn;
use crate::web::pages::error::PageError;
use crate::web::pages::form::Fields;
use crate::web::pages::html;
use crate::web::pages::layout::Layout;
use crate::web::pages::show::Moment;

struct Agreed {
    text: String,
    version: String,
    at: Moment,
}

#[derive(Template)]
#[template(path = "user/recharge.html")]
struct RechargePage {
    layout: Layout,
    currency: String,
    standing: Standing,
    agreed: Option<Agreed>,
    form: RechargeForm,
    smallest: String,
    /// The words that would be agreed to, if the figures are right.
    wanted: Option<String>,
    version: &'static str,
}

/// With figures in the address: the words with them in. Without: how it stands.
pub async fn get(req: HttpRequest, app: Data<App>, who: SignedIn) -> Result<HttpResponse, PageError> {
    let query = Fields::read(req.query_string().as_bytes())?;
    if req.query_string().is_empty() {
        let account = who.account.id.clone();
        let kept = app.db.read(move |tx| agreements::find(tx, &account)).await;
        let kept = kept.map_err(|error: StorageError| error)?;
        let form = kept.map(|kept| RechargeForm::of(&kept.agreement)).unwrap_or_default();
        return page(&app, StatusCode::OK, who, form, None).await;
    }
    let mut form = RechargeForm::read(&query);
    let wanted = form.agreement(app.processors.chosen().smallest(who.account.currency), who.account.currency);
    let status = if wanted.is_some() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    page(&app, status, who, form, wanted).await
}

pub async fn page(
    app: &App,
    status: StatusCode,
    who: SignedIn,
    form: RechargeForm,
    wanted: Option<Agreement>,
) -> Result<HttpResponse, PageError> {
    let currency = who.account.currency;
    let (account, forms, rules, now) = (who.account, app.forms.clone(), app.config.rules, app.clock.now());
    let read = move |tx: &mut Tx| {
        let cards = payments::usable_methods(tx, &account.id)?;
        let resting = match outlook(tx, &account, &forms, &rules, now)? {
            Outlook::Rests { why_not: WhyNot::CardsRest, until, .. } => until,
            Outlook::Rests { .. } | Outlook::Charge { .. } | Outlook::Underway | Outlook::Off => None,
        };
        let has_card = cards.iter().any(|card| forms.reaches(&card.processor));
        Ok::<_, FlowError>((agreements::find(tx, &account.id)?, has_card, resting))
    };
    let (kept, has_card, resting) = app.db.read(read).await?;
    let page = RechargePage {
        layout: who.layout,
        currency: currency.to_string(),
        standing: standing(kept.as_ref(), has_card, resting),
        agreed: kept.map(|kept| agreed(kept.consent)),
        form,
        smallest: app.processors.chosen().smallest(currency).to_string(),
        wanted: wanted.map(|agreement| consent::text(&agreement, currency)),
        version: consent::VERSION,
    };
    html(status, &page)
}

fn agreed(consent: Consent) -> Agreed {
    Agreed { text: consent.text, version: consent.version, at: Moment(consent.at) }
}
