//! A fresh database for each story.

use std::process::Command;

use tempfile::TempDir;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Sqlite,
    Postgres,
}

/// Gone with the story, unless it failed.
pub struct Database {
    pub url: String,
    _folder: Option<TempDir>,
}

impl Database {
    pub fn fresh(kind: Kind) -> Self {
        let database = match kind {
            Kind::Sqlite => {
                let folder = tempfile::tempdir().expect("a folder for the story");
                let url = format!("sqlite:{}", folder.path().join("story.sqlite").display());
                Self { url, _folder: Some(folder) }
            }
            Kind::Postgres => Self { url: fresh_postgres(), _folder: None },
        };
        talktime::storage::Db::migrate(&database.url).expect("migrations run");
        database
    }
}

/// A database of its own on the server that `./test` started.
fn fresh_postgres() -> String {
    let server = std::env::var("TEST_POSTGRES")
        .expect("TEST_POSTGRES names a PostgreSQL server to make databases on; ./test starts one");
    let name = talktime::ids::new("story");
    let made = Command::new("psql").args([&server, "-qc", &format!("CREATE DATABASE {name}")]).status();
    assert!(made.expect("psql runs").success(), "the story's database could not be made on {server}");
    let (base, _) = server.rsplit_once('/').expect("the address ends with a database");
    format!("{base}/{name}")
}
