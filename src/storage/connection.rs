//! Opens connections. The address's scheme alone decides which database it is: Diesel's own choice would try one after
//! the other, and make an empty SQLite file of a PostgreSQL address that does not answer.

use diesel::connection::SimpleConnection;
use diesel::r2d2::{ManageConnection, R2D2Connection};
use diesel::{Connection, PgConnection, SqliteConnection};

use super::StorageError;

#[derive(diesel::MultiConnection)]
pub enum DbConn {
    Postgres(PgConnection),
    Sqlite(SqliteConnection),
}

/// What Diesel calls "either database".
pub type AnyBackend = <DbConn as diesel::Connection>::Backend;

#[derive(Clone, Debug)]
pub enum Address {
    Postgres(String),
    Sqlite(String),
}

impl Address {
    pub fn parse(url: &str) -> Result<Self, StorageError> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Ok(Self::Postgres(url.to_owned()))
        } else if let Some(path) = url.strip_prefix("sqlite:") {
            Ok(Self::Sqlite(path.to_owned()))
        } else {
            // Whatever precedes the credentials is enough to see the mistake.
            Err(StorageError::UnknownAddress(url.split([':', '/']).next().unwrap_or_default().to_owned()))
        }
    }

    pub fn open(&self) -> Result<DbConn, diesel::ConnectionError> {
        match self {
            Self::Postgres(url) => PgConnection::establish(url).map(DbConn::Postgres),
            Self::Sqlite(path) => {
                let mut connection = SqliteConnection::establish(path)?;
                // FULL, since NORMAL may lose the last commits when the power goes, and this is money.
                connection
                    .batch_execute(
                        "PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;",
                    )
                    .map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
                Ok(DbConn::Sqlite(connection))
            }
        }
    }
}

/// For the pool.
#[derive(Debug)]
pub struct Manager(pub Address);

impl ManageConnection for Manager {
    type Connection = DbConn;
    type Error = diesel::r2d2::Error;

    fn connect(&self) -> Result<DbConn, Self::Error> {
        self.0.open().map_err(diesel::r2d2::Error::ConnectionError)
    }

    fn is_valid(&self, connection: &mut DbConn) -> Result<(), Self::Error> {
        connection.ping().map_err(diesel::r2d2::Error::QueryError)
    }

    /// A panic in a transaction leaves it open; such a connection must not be used again.
    fn has_broken(&self, connection: &mut DbConn) -> bool {
        std::thread::panicking() || connection.is_broken()
    }
}
