//! The first page: what is left, whom it reaches for how long, what runs, what was.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;

use super::calls::{CallLine, line, lines};
use super::dialled::Dialled;
use super::outlook_words;
use super::promotional;
use super::shown_number::ShownNumber;
use crate::app::App;
use crate::domain::call::Call;
use crate::domain::currency::Currency;
use crate::domain::money::Money;
use crate::domain::promo::Grant;
use crate::domain::wallet::Wallet;
use crate::flows::FlowError;
use crate::flows::recharge_outlook::{Outlook, outlook};
use crate::flows::talk_time::{TalkTime, talk_times};
use crate::storage::{Tx, accounts, call_lists, promo_grants};
use crate::web::auth::who::Person;
use crate::web::pages::error::PageError;
use crate::web::pages::layout::Layout;
use crate::web::pages::show::{duration, money, price};
use crate::web::pages::{html, see_other};

const RECENT: i64 = 5;
const REACHED: usize = 5;

#[derive(Template)]
#[template(path = "user/home.html")]
struct HomePage {
    layout: Layout,
    available: String,
    promotional: Vec<String>,
    held: Option<String>,
    debt: Option<String>,
    live: Vec<LiveLine>,
    reached: Vec<ReachedLine>,
    /// What an automatic recharge would do.
    recharge: outlook_words::Words,
    calls: Vec<CallLine>,
}

/// A call that holds money.
struct LiveLine {
    call: CallLine,
    held: String,
}

/// A number, and for how long the balance reaches it.
struct ReachedLine {
    number: ShownNumber,
    /// Price and time; `None` if the plan has no rate for it any more.
    lasts: Option<(String, String)>,
}

/// All that is read from the books, at one moment.
struct Books {
    wallet: Wallet,
    grants: Vec<Grant>,
    live: Vec<Call>,
    reached: Vec<TalkTime>,
    outlook: Outlook,
    recent: Vec<CallLine>,
}

pub async fn get(app: Data<App>, person: Person) -> Result<HttpResponse, PageError> {
    let Some(account) = person.account else { return Ok(see_other("/admin")) };
    let (currency, rules, now) = (account.currency, app.config.rules, app.clock.now());
    let forms = app.forms.clone();
    let read = move |tx: &mut Tx| {
        let wallet = accounts::wallet(tx, &account.id)?.ok_or_else(|| FlowError::not_found("account", &account.id))?;
        let most_dialled = Dialled::read(tx, &account.id, now)?.most_dialled(REACHED);
        let most_seconds = rules.timing.most_seconds;
        Ok::<_, FlowError>(Books {
            wallet,
            grants: promo_grants::left(tx, &account.id)?,
            live: call_lists::live(tx, &account.id)?,
            reached: talk_times(tx, &account, wallet.available(), &most_dialled, most_seconds, now)?,
            outlook: outlook(tx, &account, &forms, &rules, now)?,
            recent: lines(tx, &account.id, currency, None, RECENT, now)?,
        })
    };
    let Books { wallet, grants, live, reached, outlook, recent } = app.db.read(read).await?;
    let shown = |amount: Money| amount.is_positive().then(|| money(amount, currency));
    let live_line = |call: &Call| LiveLine { call: line(call, currency, now), held: money(call.held, currency) };
    let page = HomePage {
        layout: person.layout,
        available: money(wallet.available(), currency),
        promotional: promotional::words(&grants, currency),
        held: shown(wallet.reserved),
        debt: shown(wallet.debt),
        live: live.iter().map(live_line).collect(),
        reached: reached.iter().map(|each| reached_line(each, currency, rules.timing.most_seconds)).collect(),
        recharge: outlook_words::state(&outlook, currency),
        calls: recent,
    };
    html(StatusCode::OK, &page)
}

fn reached_line(each: &TalkTime, currency: Currency, most_seconds: i64) -> ReachedLine {
    let lasts = each.lasts.map(|lasts| {
        let time = duration(lasts.seconds);
        let time = if lasts.seconds < most_seconds { time } else { format!("{time} or more") };
        (price(lasts.price_per_minute, currency), time)
    });
    ReachedLine { number: ShownNumber::from(&each.number), lasts }
}
