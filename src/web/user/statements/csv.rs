//! A whole month as a file for spreadsheets, sent piece by piece as it is read: one row a transfer, between one for what was
//! there before and one for what is there after.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::{Bytes, Data};
use futures_util::stream::try_unfold;

use crate::app::App;
use crate::domain::money::Money;
use crate::domain::statement::Month;
use crate::flows::statement::{Line, Statement, statement};
use crate::storage::Tx;
use crate::web::pages::download::lines;
use crate::web::pages::error::PageError;
use crate::web::pages::show::Moment;

const AT_ONCE: i64 = 1000;

const COLUMNS: [&str; 11] =
    ["id", "at", "kind", "note", "call", "number", "destination", "billed_seconds", "amount", "balance", "currency"];

struct Progress {
    app: Data<App>,
    account: Arc<str>,
    month: Month,
    after: Option<String>,
    balance: Option<Money>,
    over: bool,
}

pub async fn file(app: &Data<App>, account: String, month: Month) -> Result<HttpResponse, PageError> {
    let name = format!("attachment; filename=\"statement-{month}.csv\"");
    let start = Progress { app: app.clone(), account: account.into(), month, after: None, balance: None, over: false };
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((header::CONTENT_DISPOSITION, name))
        .streaming(try_unfold(start, async |progress| Ok::<_, actix_web::Error>(next(progress).await?))))
}

async fn next(mut progress: Progress) -> Result<Option<(Bytes, Progress)>, PageError> {
    if progress.over {
        return Ok(None);
    }
    let (account, month, after) = (progress.account.clone(), progress.month, progress.after.take());
    let read = move |tx: &mut Tx| statement(tx, &account, month, after.as_deref(), AT_ONCE);
    let part = progress.app.db.read(read).await?;
    let mut rows = vec![];
    let mut balance = match progress.balance {
        Some(balance) => balance,
        None => {
            rows.push(COLUMNS.map(str::to_owned).to_vec());
            rows.push(standing("opening", Moment(month.begin()), part.opening, &part));
            part.opening
        }
    };
    for line in &part.lines {
        balance += line.amount;
        rows.push(row(line, balance, &part));
    }
    if part.next.is_none() {
        let end = month.end().min(progress.app.clock.now());
        rows.push(standing("closing", Moment(end), balance, &part));
    }
    progress.over = part.next.is_none();
    (progress.after, progress.balance) = (part.next, Some(balance));
    Ok(Some((lines(rows)?, progress)))
}

fn standing(kind: &str, at: Moment, balance: Money, of: &Statement) -> Vec<String> {
    let mut row = vec![String::new(); COLUMNS.len()];
    row[1] = at.iso();
    row[2] = kind.to_owned();
    row[9] = balance.to_string();
    row[10] = of.account.currency.to_string();
    row
}

fn row(line: &Line, balance: Money, of: &Statement) -> Vec<String> {
    let leg = line.leg.as_ref();
    vec![
        line.entry.id.clone(),
        Moment(line.entry.at).iso(),
        line.kind.code().to_owned(),
        line.entry.note.clone(),
        leg.map_or_else(String::new, |leg| leg.call.clone()),
        leg.map_or_else(String::new, |leg| leg.number.clone()),
        leg.map_or_else(String::new, |leg| leg.destination.clone()),
        leg.map_or_else(String::new, |leg| leg.billed_seconds.to_string()),
        line.amount.to_string(),
        balance.to_string(),
        of.account.currency.to_string(),
    ]
}
