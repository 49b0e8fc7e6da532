//! Transactions that wait for what another one holds. PostgreSQL alone has such: with SQLite one writes at a time.

use std::sync::mpsc::{Sender, channel};

use diesel::sql_types::BigInt;
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, sql_query};
use talktime::flows::FlowError;
use talktime::storage::Tx;
use tokio::task::{JoinHandle, block_in_place};

use super::World;

/// A transaction that has done its work and holds what it has locked until the story lets it go.
pub struct Holder {
    let_go: Sender<()>,
    ended: JoinHandle<Result<(), FlowError>>,
}

impl Holder {
    pub fn of(world: &World, work: impl FnOnce(&mut Tx) -> Result<(), FlowError> + Send + 'static) -> Self {
        let db = world.service.app.db.clone();
        let ((holds, it_holds), (let_go, may_go)) = (channel(), channel());
        let ended = tokio::spawn(async move {
            let held = db.write(move |tx| {
                work(tx)?;
                holds.send(()).expect("the story waits for it");
                may_go.recv().expect("the story lets it go");
                Ok(())
            });
            held.await
        });
        block_in_place(|| it_holds.recv()).expect("it holds what it wanted");
        Self { let_go, ended }
    }

    pub async fn let_go(self) {
        self.let_go.send(()).expect("it holds it until then");
        self.ended.await.expect("no panic").expect("it is done");
    }
}

#[derive(QueryableByName)]
struct Waiting {
    #[diesel(sql_type = BigInt)]
    waiting: i64,
}

/// Until all of these wait for a lock, or one of them does not have to and has ended: `false`.
pub fn all_wait<T>(world: &World, works: &[&JoinHandle<T>]) -> bool {
    let mut conn = PgConnection::establish(&world.database.url).expect("the server answers");
    let mut waiting = || {
        let query = "SELECT COUNT(*) AS waiting FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event_type = 'Lock'";
        sql_query(query).get_result::<Waiting>(&mut conn).expect("it knows").waiting
    };
    let wanted = i64::try_from(works.len()).expect("few");
    block_in_place(|| {
        while !works.iter().any(|work| work.is_finished()) {
            if waiting() >= wanted {
                return true;
            }
        }
        false
    })
}
