//! Cash: an agent's balance pays as the customer's is credited, and a crash between the two loses and doubles nothing.

use diesel::{Connection, RunQueryDsl, sql_query};
use talktime::domain::agent::NoSale;
use talktime::domain::cash::{NotTaken, Receipt, State};
use talktime::domain::two_persons::{Limits, Who};
use talktime::flows::cash::{Taken, credit_cash, take_cash, take_cash_by_agent};
use talktime::flows::sweep::sweep;
use talktime::flows::two_persons::{Asked, Deed};
use talktime::storage::{Db, StorageError, cash_receipts, ledger};

use super::vouchers::agent;
use crate::on_both_databases;
use crate::support::World;

fn deed(account: &str, amount: &str, key: &str) -> Deed {
    Deed {
        account: account.to_owned(),
        key: key.to_owned(),
        amount: amount.parse().expect("an amount"),
        reason: "at the counter".to_owned(),
    }
}

async fn take(world: &World, agent: &str, account: &str, amount: &str, key: &str) -> Taken {
    let (deed, agent, now) = (deed(account, amount, key), agent.to_owned(), world.now());
    let taken = world.service.app.db.write(move |tx| take_cash_by_agent(tx, &agent, &deed, "agent@example.com", now));
    taken.await.expect("it is decided")
}

fn receipt(taken: Taken) -> Receipt {
    match taken {
        Taken::Now(receipt) => *receipt,
        other => panic!("the cash is taken: {other:?}"),
    }
}

async fn state(world: &World, id: &str) -> State {
    let id = id.to_owned();
    let found = world.service.app.db.read(move |tx| cash_receipts::find(tx, &id)).await;
    found.map_err(|error: StorageError| error).expect("it is read").expect("it is there").state
}

async fn balances(world: &World, agent: &str, account: &str) -> (String, String) {
    (world.wallet(agent).await.posted.to_string(), world.wallet(account).await.posted.to_string())
}

async fn books_balance(world: &World) {
    let broken = world.service.app.db.read(ledger::check).await.map_err(|error: StorageError| error);
    assert_eq!(broken.expect("the books are read"), Vec::<String>::new());
}

/// Cash that is taken by a process that dies before it does more, and what it had in hand with it.
async fn taken_by_the_dying(world: &World, agent: &str, account: &str) -> Receipt {
    let url = &world.service.app.config.database.url;
    let dying = Db::open(url, 1, |_| {}).expect("the database is there");
    let (deed, agent, now) = (deed(account, "20", "a"), agent.to_owned(), world.now());
    let taken = dying.write(move |tx| take_cash_by_agent(tx, &agent, &deed, "agent@example.com", now));
    let taken = receipt(taken.await.expect("it is decided"));
    lose_the_job(world);
    taken
}

fn lose_the_job(world: &World) {
    let order = "DELETE FROM jobs WHERE kind = 'credit_cash'";
    let url = &world.service.app.config.database.url;
    let lost = match url.strip_prefix("sqlite:") {
        Some(path) => {
            let mut conn = diesel::SqliteConnection::establish(path).expect("the file opens");
            sql_query("PRAGMA busy_timeout = 5000").execute(&mut conn).expect("it can wait");
            sql_query(order).execute(&mut conn)
        }
        None => {
            let mut conn = diesel::PgConnection::establish(url).expect("the server answers");
            sql_query(order).execute(&mut conn)
        }
    };
    assert_eq!(lost.expect("the job is lost"), 1);
}

async fn sweeps(world: &mut World) {
    world.wait(180).await;
    let now = world.now();
    world.service.app.db.write(move |tx| sweep(tx, now)).await.expect("it is swept");
    world.wait(5).await;
}

on_both_databases! {
    async fn cash_that_an_agent_takes_reaches_the_account_against_a_numbered_receipt(world: World) {
        let (agent, account) = (agent(world, "30").await, world.caller("0").await);
        let first = receipt(take(world, &agent, &account, "20", "a").await);
        assert!(matches!(take(world, &agent, &account, "20", "a").await, Taken::Already(_)), "the form is sent twice");
        let other = take(world, &agent, &account, "10", "a").await;
        assert_eq!(other, Taken::Refused(NotTaken::OtherReceipt));
        books_balance(world).await;
        world.wait(2).await;
        assert_eq!(balances(world, &agent, &account).await, ("12.00".to_owned(), "20.00".to_owned()));
        assert_eq!(state(world, &first.id).await, State::Credited);
        let second = receipt(take(world, &agent, &account, "1", "b").await);
        assert_eq!((first.number, second.number), (1, 2));
        assert!(second.shown_number().ends_with("-00002"), "{}", second.shown_number());
        let poor = take(world, &agent, &account, "50", "c").await;
        assert!(matches!(poor, Taken::Refused(NotTaken::Sale(NoSale::NotEnough { .. }))), "{poor:?}");
        assert_eq!(take(world, &agent, &agent, "1", "d").await, Taken::Refused(NotTaken::AgentsAccount));
        let other = self::agent(world, "5").await;
        assert_eq!(take(world, &agent, &other, "1", "f").await, Taken::Refused(NotTaken::AgentsAccount));
        let nobody = take(world, &account, &agent, "1", "e").await;
        assert_eq!(nobody, Taken::Refused(NotTaken::Sale(NoSale::NotAnAgent)));
        world.wait(2).await;
    }

    async fn a_crash_between_the_agents_debit_and_the_customers_credit_loses_nothing(world: World) {
        let (agent, account) = (agent(world, "30").await, world.caller("0").await);
        let taken = taken_by_the_dying(world, &agent, &account).await;
        world.wait(60).await;
        assert_eq!(balances(world, &agent, &account).await, ("12.00".to_owned(), "0.00".to_owned()), "it is on its way");
        books_balance(world).await;
        sweeps(world).await;
        assert_eq!(balances(world, &agent, &account).await, ("12.00".to_owned(), "20.00".to_owned()));
        assert_eq!(state(world, &taken.id).await, State::Credited);
    }

    async fn a_crash_after_the_customers_credit_doubles_nothing(world: World) {
        let (agent, account) = (agent(world, "30").await, world.caller("0").await);
        let taken = taken_by_the_dying(world, &agent, &account).await;
        let (half, now) = (taken.clone(), world.now());
        world.service.app.db.write(move |tx| credit_cash(tx, &half, now)).await.expect("it is credited");
        assert_eq!(state(world, &taken.id).await, State::Taken);
        books_balance(world).await;
        sweeps(world).await;
        assert_eq!(balances(world, &agent, &account).await, ("12.00".to_owned(), "20.00".to_owned()));
        assert_eq!(state(world, &taken.id).await, State::Credited);
    }

    async fn cash_that_the_house_takes_is_credited_at_once_and_much_of_it_waits(world: World) {
        let account = world.caller("0").await;
        let limits: Limits = "100".parse().expect("a limit");
        for (amount, key, waits) in [("100", "a", false), ("100", "a", false), ("101", "b", true)] {
            let (deed, limits, now) = (deed(&account, amount, key), limits.clone(), world.now());
            let taken = world.service.app.db.write(move |tx| take_cash(tx, &deed, &Who::person("ann@example.com"), &limits, now));
            assert_eq!(matches!(taken.await.expect("it is decided"), Asked::Waits(_)), waits, "{amount}");
        }
        assert_eq!(world.wallet(&account).await.posted.to_string(), "100.00");
    }
}
