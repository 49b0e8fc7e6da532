//! The audit log as its readers see it.

use actix_web::test::TestRequest;

use super::browser::{Browser, House, PROXY, Page};
use crate::storage::audit::{self, Change};
use crate::storage::{StorageError, Tx};

async fn owner(house: &House) -> Browser {
    let mut browser = house.browser().await;
    browser.sign_in("owner@example.org").await;
    browser
}

/// Bodies of the table's rows.
fn rows(page: &Page) -> Vec<&str> {
    page.text
        .split("<tbody>")
        .nth(1)
        .map_or(vec![], |body| body.split("</tr>").filter(|row| row.contains("<td>")).collect())
}

#[actix_web::test]
async fn a_change_is_found_by_who_what_whom_when_and_what_it_was() {
    let house = House::build().await;
    let mut owner = owner(&house).await;
    let page = format!("/admin/accounts/{}", house.account);
    owner.post(&page, &format!("{page}/block"), &[("reason", "looks odd")]).await;
    let (account, today) = (house.account.clone(), house.app.clock.now().format("%Y-%m-%d").to_string());
    for (query, found) in [
        ("actor=owner%40example.org&action=block_account".to_owned(), 1),
        ("actor=viewer%40example.org".to_owned(), 0),
        (format!("subject={account}&text=BLOCKED"), 1),
        (format!("subject={account}&text=odd"), 1),
        (format!("subject={account}&text=nothing+like+it"), 0),
        (format!("action=block_account&from={today}&to={today}"), 1),
        ("action=block_account&from=2999-01-01".to_owned(), 0),
        ("action=block_account&to=1999-01-01".to_owned(), 0),
    ] {
        let page = owner.get(&format!("/admin/audit?{query}")).await;
        assert_eq!((page.status, rows(&page).len()), (200, found), "{query}");
        if found == 1 {
            assert!(page.text.contains("<td>open</td><td>blocked</td>"), "{}", page.text);
        }
    }
    assert_eq!(owner.get("/admin/audit?from=soon").await.status, 422);
    let file = owner.get(&format!("/admin/audit.csv?subject={account}")).await;
    assert!(file.text.starts_with("id,at,actor,") && file.text.contains(",open,blocked,looks odd"), "{}", file.text);
    assert!(file.headers.get("content-disposition").unwrap().to_str().unwrap().contains("audit.csv"));
}

#[actix_web::test]
async fn the_log_is_read_newest_first_to_its_end_each_entry_once() {
    let house = House::build().await;
    let now = house.app.clock.now();
    let write = move |tx: &mut Tx| {
        (0..120).try_for_each(|number| {
            let detail = format!("number {number}");
            let change = Change {
                actor: "clerk",
                action: "count",
                subject: "things",
                account: None,
                detail: &detail,
                before: None,
                after: (number == 3).then_some("needle"),
            };
            audit::change(tx, &change, now + chrono::TimeDelta::seconds(number / 7))
        })
    };
    house.app.db.write(write).await.map_err(|error: StorageError| error).unwrap();
    let mut owner = owner(&house).await;
    let (mut seen, mut query) = (vec![], "actor=clerk".to_owned());
    loop {
        let page = owner.get(&format!("/admin/audit?{query}")).await;
        let numbers = rows(&page).into_iter().map(|row| row.rsplit("number ").next().unwrap().to_owned());
        seen.extend(numbers.map(|rest| rest.split('<').next().unwrap().parse::<i64>().unwrap()));
        match page.text.split("/admin/audit?").nth(1).filter(|_| page.text.contains("Older entries")) {
            Some(rest) => query = rest.split('"').next().unwrap().replace("&#38;", "&"),
            None => break,
        }
    }
    assert!(seen.is_sorted_by_key(|number| -(number / 7)), "{seen:?}");
    seen.sort_unstable();
    assert_eq!(seen, (0..120).collect::<Vec<_>>());
    assert_eq!(rows(&owner.get("/admin/audit?actor=clerk&text=needle").await).len(), 1);
}

#[actix_web::test]
async fn an_entry_says_from_which_address_it_was_asked() {
    let house = House::build().await;
    let mut owner = owner(&house).await;
    let page = format!("/admin/accounts/{}", house.account);
    let csrf = owner.get(&page).await.hidden("csrf");
    for (step, peer, expected) in [("block", "203.0.113.7", "203.0.113.7"), ("unblock", PROXY, "198.51.100.8")] {
        let form = TestRequest::post().uri(&format!("{page}/{step}"));
        let form = form.peer_addr(format!("{peer}:99").parse().unwrap());
        let form = form.insert_header(("x-forwarded-for", "1.2.3.4, 198.51.100.8"));
        assert_eq!(owner.send(form.set_form([("csrf", csrf.as_str()), ("reason", "x")])).await.status, 303);
        let page = owner.get(&format!("/admin/audit?action={step}_account")).await;
        let row = rows(&page)[0];
        assert!(row.contains(&format!("<small>{expected}</small>")), "{step}: {row}");
    }
}
