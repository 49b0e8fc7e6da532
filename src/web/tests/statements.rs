//! Statements as a caller reads, prints and downloads them.

use chrono::TimeDelta;

use super::browser::House;
use super::history::{end, talk};
use crate::domain::money::Money;
use crate::storage::{StorageError, accounts};

#[actix_web::test]
async fn a_month_is_read_downloaded_and_ends_with_the_balance() {
    let house = House::build().await;
    let mut browser = house.browser().await;
    browser.sign_in("ann@example.org").await;
    for _ in 0..3 {
        let at = house.app.clock.now();
        let call = talk(&house, "+442079460001", at).await;
        end(&house, &call, 75, at + TimeDelta::seconds(80)).await;
    }
    let id = house.account.clone();
    let wallet = house.app.db.read(move |tx| accounts::wallet(tx, &id)).await;
    let balance = wallet.map_err(|error: StorageError| error).unwrap().unwrap().posted;
    let list = browser.get("/money/statements").await;
    let month = list.text.split("/money/statement?month=").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert!(list.text.contains("midnight UTC"), "{}", list.text);
    let page = browser.get(&format!("/money/statement?month={month}")).await;
    for shown in ["Balance at the beginning", "The month goes on", "+442079460001", &format!("<strong>{balance} ")] {
        assert!(page.text.contains(shown), "{shown}: {}", page.text);
    }
    assert!(!page.text.contains("to print"), "it is all of it");
    let file = browser.get(&format!("/money/statement.csv?month={month}")).await.text;
    let rows: Vec<_> = csv::Reader::from_reader(file.as_bytes()).into_records().map(Result::unwrap).collect();
    let (first, last) = (rows.first().unwrap(), rows.last().unwrap());
    assert_eq!((&first[2], &last[2], &last[9]), ("opening", "closing", balance.to_string().as_str()), "{file}");
    let moved: Money = rows.iter().filter(|row| !row[8].is_empty()).map(|row| row[8].parse::<Money>().unwrap()).sum();
    assert_eq!(first[9].parse::<Money>().unwrap() + moved, balance);
    let called = |row: &&csv::StringRecord| &row[2] == "call" && &row[5] == "+442079460001";
    assert_eq!((rows.iter().filter(called).count(), page.text.matches("+442079460001").count()), (3, 3), "{file}");
    for nothing in ["3000-01", "2999-12", "x", "2026-00"] {
        assert_eq!(browser.get(&format!("/money/statement?month={nothing}")).await.status, 404, "{nothing}");
    }
}
