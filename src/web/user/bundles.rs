//! A caller's bundles of minutes: what is left of each, and those that can be bought.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;
use chrono::{DateTime, Utc};

use crate::app::App;
use crate::domain::bundle::{Bundle, Offer};
use crate::flows::FlowError;
use crate::flows::bundle_offers::{Bought, BundleWish, PaidBy, buy_bundle, price_for};
use crate::ids;
use crate::storage::{StorageError, Tx, accounts, bundle_offers, bundles};
use crate::web::auth::SignedIn;
use crate::web::pages::error::PageError;
use crate::web::pages::form::Posted;
use crate::web::pages::layout::Layout;
use crate::web::pages::show::{Moment, duration, money};
use crate::web::pages::{self, html, see_other};
use crate::web::peer::Peer;

const PLACE: &str = "/bundles";
const SHOWN: i64 = 50;

pub struct BundleLine {
    pub name: String,
    pub left: String,
    pub held: Option<String>,
    pub of: String,
    pub until: Moment,
    pub state: &'static str,
}

pub struct OfferLine {
    pub id: String,
    pub name: String,
    pub what: String,
    pub days: i64,
    /// With its tax.
    pub price: String,
    /// Made with the page, so that a button pressed twice buys once.
    pub key: String,
}

/// What an account has, and what it could have.
pub struct Bundles {
    pub lines: Vec<BundleLine>,
    pub offers: Vec<OfferLine>,
}

impl Bundles {
    pub fn find(tx: &mut Tx, account: &str, now: DateTime<Utc>) -> Result<Self, FlowError> {
        let unknown = || FlowError::not_found("account", account);
        let (account, plan) = accounts::find_with_plan(tx, account)?.ok_or_else(unknown)?;
        let offers = bundle_offers::open(tx, &plan.id)?;
        let offer =
            |offer: &Offer| OfferLine::of(offer, money(price_for(offer, &account, &plan, now).gross, account.currency));
        Ok(Self { lines: lines(tx, &account.id, now)?, offers: offers.iter().map(offer).collect() })
    }
}

impl OfferLine {
    pub fn of(offer: &Offer, price: String) -> Self {
        let terms = &offer.terms;
        Self {
            id: offer.id.clone(),
            name: terms.name.clone(),
            what: what(terms.seconds, terms.increment_seconds, &terms.prefixes.to_string()),
            days: terms.days,
            price,
            key: ids::new("req"),
        }
    }
}

/// `1:40:00 to +1, +44, in steps of 60 s`.
fn what(seconds: i64, increment_seconds: i64, prefixes: &str) -> String {
    let to = prefixes.split(", ").map(|prefix| format!("+{prefix}")).collect::<Vec<_>>().join(", ");
    let steps = if increment_seconds > 1 { format!(", in steps of {increment_seconds} s") } else { String::new() };
    format!("{} to {to}{steps}", duration(seconds))
}

fn lines(tx: &mut Tx, account: &str, now: DateTime<Utc>) -> Result<Vec<BundleLine>, StorageError> {
    let held = bundles::held(tx, account)?;
    let line = |bundle: Bundle| {
        let of_this = held.iter().filter(|(id, _)| *id == bundle.id);
        let held: i64 = of_this.map(|(_, seconds)| seconds).sum();
        BundleLine {
            left: duration(bundle.remaining),
            held: (held > 0).then(|| duration(held)),
            of: what(bundle.seconds, bundle.increment_seconds, &bundle.prefixes.to_string()),
            until: Moment(bundle.expires_at),
            state: if bundle.is_usable(now) {
                "usable"
            } else if bundle.remaining > 0 {
                "expired"
            } else {
                "used up"
            },
            name: bundle.name,
        }
    };
    Ok(bundles::list(tx, account, None, SHOWN)?.into_iter().map(line).collect())
}

#[derive(Template)]
#[template(path = "user/bundles.html")]
struct BundlesPage {
    layout: Layout,
    refused: Option<String>,
    /// Where a button leads, and what it says.
    place: String,
    button: &'static str,
    may_have: bool,
    bundles: Bundles,
}

pub async fn get(app: Data<App>, who: SignedIn) -> Result<HttpResponse, PageError> {
    page(&app, who, StatusCode::OK, None).await
}

async fn page(
    app: &App,
    who: SignedIn,
    status: StatusCode,
    refused: Option<String>,
) -> Result<HttpResponse, PageError> {
    let (account, now) = (who.account.id, app.clock.now());
    let bundles = app.db.read(move |tx| Bundles::find(tx, &account, now)).await?;
    let place = format!("{PLACE}/buy");
    html(status, &BundlesPage { layout: who.layout, refused, place, button: "Buy", may_have: true, bundles })
}

pub async fn buy(app: Data<App>, who: SignedIn, Peer(from): Peer, posted: Posted) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    let (offer, key) = (pages::id(posted.text("offer"))?, pages::id(posted.text("key"))?);
    let wish = BundleWish { account: who.account.id.clone(), offer, paid_by: PaidBy::Account, key };
    let (actor, now) = (who.user.email.clone(), app.clock.now());
    let bought = app.db.write_from(from, move |tx| buy_bundle(tx, &wish, &actor, now));
    match bought.await? {
        Bought::Now(_) | Bought::Already(_) => Ok(see_other(PLACE)),
        Bought::OtherOffer => Err(PageError::BadRequest("This form was sent before, and asked for something else.")),
        Bought::Refused(why) => page(&app, who, StatusCode::UNPROCESSABLE_ENTITY, Some(why.to_string())).await,
    }
}
