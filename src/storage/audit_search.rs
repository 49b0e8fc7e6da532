//! Reading the audit: newest first, filtered by indexes, page by page. A text is looked for only among so many rows of
//! what the other filters leave, so that no question takes long however old the log is.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::schema::audit;
use super::{StorageError, Tx, utc};

/// Among so many entries a text is looked for before a page is answered.
pub const LOOKED_AT: usize = 2000;

/// Empty filters let everything through.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub actor: Option<String>,
    pub action: Option<String>,
    /// A subject or an account.
    pub subject: Option<String>,
    pub from: Option<DateTime<Utc>>,
    /// Not included.
    pub until: Option<DateTime<Utc>>,
    /// Somewhere in what was there before or after, or in the detail; capitals do not matter.
    pub text: Option<String>,
}

#[derive(Debug, Clone)]
pub struct Entry {
    pub id: String,
    pub at: DateTime<Utc>,
    pub actor: String,
    pub action: String,
    pub subject: String,
    pub detail: String,
    pub account: Option<String>,
    pub before: Option<String>,
    pub after: Option<String>,
    pub from_address: Option<String>,
}

/// A part of the log, and after which entry the search goes on; `None` at its end.
#[derive(Debug, Clone)]
pub struct Found {
    pub entries: Vec<Entry>,
    pub next: Option<String>,
}

#[derive(Queryable)]
struct Row {
    id: String,
    at: NaiveDateTime,
    actor: String,
    action: String,
    subject: String,
    detail: String,
    account_id: Option<String>,
    before_text: Option<String>,
    after_text: Option<String>,
    from_address: Option<String>,
}

/// At most `most` entries, of which a text is looked for in at most `look_at`. A page may be shorter, even empty, though
/// the log goes on: then `next` says where.
pub fn find(
    tx: &mut Tx,
    filter: &Filter,
    after: Option<&str>,
    most: usize,
    look_at: usize,
) -> Result<Found, StorageError> {
    let rows = if filter.text.is_some() { look_at.max(most) } else { most };
    let fetch = i64::try_from(rows + 1).unwrap_or(i64::MAX);
    let mut fetched = load(tx, filter, after, fetch)?;
    let mut more = fetched.len() > rows;
    fetched.truncate(rows);
    let mut last = fetched.last().map(|entry| entry.id.clone());
    if let Some(text) = &filter.text {
        let text = text.to_lowercase();
        fetched.retain(|entry| entry.says(&text));
        if fetched.len() > most {
            fetched.truncate(most);
            last = fetched.last().map(|entry| entry.id.clone());
            more = true;
        }
    }
    Ok(Found { entries: fetched, next: last.filter(|_| more) })
}

impl Entry {
    fn says(&self, lower_case: &str) -> bool {
        let texts = [Some(&self.detail), self.before.as_ref(), self.after.as_ref()];
        texts.into_iter().flatten().any(|text| text.to_lowercase().contains(lower_case))
    }
}

fn load(tx: &mut Tx, filter: &Filter, after: Option<&str>, most: i64) -> Result<Vec<Entry>, StorageError> {
    let mut query = audit::table.order((audit::at.desc(), audit::id.desc())).limit(most).select(COLUMNS).into_boxed();
    if let Some(actor) = &filter.actor {
        query = query.filter(audit::actor.eq(actor.clone()));
    }
    if let Some(action) = &filter.action {
        query = query.filter(audit::action.eq(action.clone()));
    }
    if let Some(subject) = &filter.subject {
        let is_account = audit::account_id.eq(subject.clone());
        query = query.filter(audit::subject.nullable().eq(subject.clone()).or(is_account));
    }
    if let Some(from) = filter.from {
        query = query.filter(audit::at.ge(from.naive_utc()));
    }
    if let Some(until) = filter.until {
        query = query.filter(audit::at.lt(until.naive_utc()));
    }
    if let Some(after) = after {
        let known: Option<NaiveDateTime> = audit::table.find(after).select(audit::at).first(tx.conn).optional()?;
        let Some(at) = known else { return Ok(vec![]) };
        // The first half alone would do for an index; the second tells rows of one moment apart.
        query = query.filter(audit::at.le(at)).filter(audit::at.lt(at).or(audit::id.lt(after.to_owned())));
    }
    let rows: Vec<Row> = query.load(tx.conn)?;
    Ok(rows.into_iter().map(entry).collect())
}

type Columns = (
    audit::id,
    audit::at,
    audit::actor,
    audit::action,
    audit::subject,
    audit::detail,
    audit::account_id,
    audit::before_text,
    audit::after_text,
    audit::from_address,
);
const COLUMNS: Columns = (
    audit::id,
    audit::at,
    audit::actor,
    audit::action,
    audit::subject,
    audit::detail,
    audit::account_id,
    audit::before_text,
    audit::after_text,
    audit::from_address,
);

fn entry(row: Row) -> Entry {
    Entry {
        id: row.id,
        at: utc(row.at),
        actor: row.actor,
        action: row.action,
        subject: row.subject,
        detail: row.detail,
        account: row.account_id,
        before: row.before_text,
        after: row.after_text,
        from_address: row.from_address,
    }
}
