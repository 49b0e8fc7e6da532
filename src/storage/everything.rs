//! Every row as text, so that a test sees that nothing has changed, also in tables that are new. On SQLite only.

use diesel::prelude::*;
use diesel::sql_types::Text;

use super::{StorageError, Tx};

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// All rows but sessions; with an account, only what is its.
pub fn lines(tx: &mut Tx, account: Option<&str>) -> Result<Vec<String>, StorageError> {
    let tables = "SELECT name AS line FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'
                  AND name <> 'sessions' ORDER BY name";
    let mut lines = vec![];
    for table in ask(tx, tables)? {
        let columns = ask(tx, &format!("SELECT name AS line FROM pragma_table_info('{table}')"))?;
        let whose = match account {
            None => "1".to_owned(),
            Some(account) if table == "accounts" => format!("id = '{account}'"),
            Some(account) if columns.iter().any(|column| column == "account_id") => format!("account_id = '{account}'"),
            Some(_) => continue,
        };
        let values: Vec<_> = columns.iter().map(|column| format!("quote(\"{column}\")")).collect();
        let values = values.join(" || ' ' || ");
        lines.extend(ask(tx, &format!("SELECT '{table} ' || {values} AS line FROM {table} WHERE {whose} ORDER BY 1"))?);
    }
    Ok(lines)
}

fn ask(tx: &mut Tx, query: &str) -> Result<Vec<String>, StorageError> {
    let rows: Vec<Line> = diesel::sql_query(query).load(tx.conn)?;
    Ok(rows.into_iter().map(|row| row.line).collect())
}
