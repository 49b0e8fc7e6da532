//! The books as they stand in the tables, read by nobody's code but this, and what they say without the names that chance
//! made: the digest by which two months are compared.

use std::collections::BTreeMap;

use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query, sql_types::Text};

pub enum Books {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    line: String,
}

pub const SECOND: i64 = 1_000_000;

/// In microseconds, from how either database writes it.
pub fn moment(text: &str) -> i64 {
    let moment = chrono::NaiveDateTime::parse_from_str(&text.replace('T', " "), "%Y-%m-%d %H:%M:%S%.f");
    let moment = moment.unwrap_or_else(|why| panic!("{text} is a time: {why}"));
    moment.and_utc().timestamp_micros()
}

/// A transfer, with the account's number of the month instead of its name.
pub struct Transfer {
    pub account: String,
    /// `credit:stripe:pi_…`
    pub fact: String,
    pub debit: String,
    pub credit: String,
    pub micros: i64,
}

impl Books {
    pub fn open(url: &str) -> Self {
        match url.strip_prefix("sqlite:") {
            Some(path) => Self::Sqlite(SqliteConnection::establish(path).expect("the books open")),
            None => Self::Postgres(PgConnection::establish(url).expect("the books open")),
        }
    }

    /// A question whose only column is `line`.
    fn lines(&mut self, question: &str) -> Vec<String> {
        let rows: Result<Vec<Row>, _> = match self {
            Self::Sqlite(books) => sql_query(question).load(books),
            Self::Postgres(books) => sql_query(question).load(books),
        };
        let rows = rows.unwrap_or_else(|error| panic!("{question}: {error}"));
        rows.into_iter().map(|row| row.line).collect()
    }

    /// The same, with its columns apart.
    pub fn rows<const N: usize>(&mut self, columns: [&str; N], from: &str) -> Vec<[String; N]> {
        let columns = columns.map(|column| format!("COALESCE(CAST({column} AS TEXT), '-')")).join(" || '|' || ");
        let lines = self.lines(&format!("SELECT {columns} AS line FROM {from}"));
        let split = |line: String| {
            let parts: Vec<String> = line.split('|').map(str::to_owned).collect();
            parts.try_into().unwrap_or_else(|_| panic!("{line} has {N} columns"))
        };
        lines.into_iter().map(split).collect()
    }

    pub fn transfers(&mut self) -> Vec<Transfer> {
        let columns = ["a.email", "t.fact_key", "t.debit", "t.credit", "t.amount"];
        let rows = self.rows(columns, "transfers t JOIN accounts a ON a.id = t.account_id");
        let transfer = |[account, fact, debit, credit, amount]: [String; 5]| {
            let micros = amount.parse().expect("a number");
            Transfer { account, fact, debit, credit, micros }
        };
        rows.into_iter().map(transfer).collect()
    }

    /// How often each of these occurs.
    pub fn counts(&mut self, what: &str, from: &str) -> Vec<(String, i64)> {
        let grouped = format!("{from} GROUP BY {what}");
        let rows = self.rows([what, "COUNT(*)"], &grouped);
        let mut counts: Vec<_> =
            rows.into_iter().map(|[what, count]| (what, count.parse().expect("a number"))).collect();
        counts.sort();
        counts
    }

    /// Balances, sums of every pair of places, bills by number, and how much there is of everything.
    pub fn digest(&mut self) -> Vec<String> {
        let mut lines = self.lines(
            "SELECT a.email || ' has ' || w.posted || ' and ' || w.promo || ' holds ' || w.reserved || ' owes ' || w.debt AS line
             FROM wallets w JOIN accounts a ON a.id = w.account_id",
        );
        lines.extend(self.moved());
        lines.extend(self.lines(
            "SELECT a.email || ' ' || c.request_key || ' ' || c.phase || ' ' || COALESCE(c.end_reason, '-') || ' held '
             || h.amount || ' charged ' || COALESCE(h.charged, -1) || ' extended ' || c.extension AS line
             FROM calls c JOIN accounts a ON a.id = c.account_id JOIN holds h ON h.call_id = c.id",
        ));
        lines.extend(self.lines(
            "SELECT a.email || ' ' || c.request_key || ' leg ' || l.position || ' ' || COALESCE(l.ended_how, '-') || ' '
             || COALESCE(l.carrier_seconds, -1) || ' s, billed ' || COALESCE(l.billed_seconds, -1) || ' cost '
             || COALESCE(l.cost, -1) AS line
             FROM legs l JOIN calls c ON c.id = l.call_id JOIN accounts a ON a.id = c.account_id",
        ));
        for (what, state) in [
            ("payments", "x.state || ' ' || COALESCE(x.verdict, '-')"),
            ("checkouts", "x.purpose || ' ' || x.state"),
            ("refunds", "x.state"),
            ("disputes", "x.phase || ' ' || COALESCE(x.taken, 0) || ' ' || COALESCE(x.returned, 0)"),
            ("bundles", "x.name || ' ' || x.price || ' ' || x.remaining"),
            ("promo_grants", "x.amount || ' ' || x.expired"),
            ("refusals", "x.deed || ' ' || x.code || ' ' || x.times"),
            ("alerts", "x.kind || ' ' || x.times"),
            ("cash_receipts", "x.state"),
            ("payment_methods", "CASE WHEN x.usable THEN 'usable' ELSE 'not' END"),
        ] {
            lines.extend(self.lines(&format!(
                "SELECT a.email || ' {what} ' || ({state}) || ': ' || COUNT(*) AS line
                 FROM {what} x JOIN accounts a ON a.id = x.account_id GROUP BY a.email, ({state})"
            )));
        }
        for (what, state) in
            [("vouchers", "state"), ("unassigned", "what || CASE WHEN done IS NULL THEN ' open' ELSE '' END")]
        {
            lines.extend(self.lines(&format!(
                "SELECT '{what} ' || ({state}) || ': ' || COUNT(*) AS line FROM {what} GROUP BY ({state})"
            )));
        }
        lines.sort();
        lines
    }

    /// Of each account, by kind of fact and places.
    fn moved(&mut self) -> Vec<String> {
        let kind = |name: &str| name.split(':').next().unwrap_or_default().to_owned();
        let mut sums = BTreeMap::<[String; 4], (i64, i64)>::new();
        for one in self.transfers() {
            let key = [one.account, kind(&one.fact), kind(&one.debit), kind(&one.credit)];
            let (count, sum) = sums.entry(key).or_default();
            (*count, *sum) = (*count + 1, *sum + one.micros);
        }
        sums.into_iter().map(|(key, (count, sum))| format!("{} {count} of {sum}", key.join(" "))).collect()
    }
}
