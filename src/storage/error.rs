//! What can go wrong with the database.

#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    #[error("the database refused: {0}")]
    Database(#[from] diesel::result::Error),
    #[error("no connection to the database: {0}")]
    NoConnection(String),
    /// A row that our own constraints should have made impossible.
    #[error("{table} holds a row that cannot be read: {what}")]
    Unreadable { table: &'static str, what: String },
    #[error("the process is shutting down")]
    ShuttingDown,
    #[error("the database address must begin with sqlite: or postgres://, not {0:?}")]
    UnknownAddress(String),
    #[error("the migrations failed: {0}")]
    Migrations(String),
}

impl StorageError {
    pub fn unreadable(table: &'static str, what: impl ToString) -> Self {
        Self::Unreadable { table, what: what.to_string() }
    }

    /// A UNIQUE constraint stood in the way: somebody else was first.
    pub fn is_duplicate(&self) -> bool {
        use diesel::result::{DatabaseErrorKind, Error};
        matches!(self, Self::Database(Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _)))
    }
}
