//! Calling in on its pages: numbers, phones and PINs, made, shown once, refused beside their field, and taken away.

use super::browser::{Browser, House};
use crate::storage::audit_search::{Filter, find};
use crate::storage::{StorageError, Tx, access_numbers, known_phones};

async fn signed_in(house: &House, name: &str) -> Browser {
    let mut browser = house.browser().await;
    browser.sign_in(&format!("{name}@example.org")).await;
    browser
}

async fn audit(house: &House) -> Vec<(String, String)> {
    let read = house.app.db.read(|tx| find(tx, &Filter::default(), None, 100, 100)).await;
    let entries = read.map_err(|error: StorageError| error).unwrap().entries;
    entries.into_iter().map(|entry| (entry.action, entry.actor)).collect()
}

fn shown(page: &str, id: &str) -> String {
    let marked = format!("<code id=\"{id}\">");
    page.split_once(&marked).map(|(_, rest)| rest.split('<').next().unwrap().to_owned()).unwrap_or_default()
}

fn fields<'a>(with: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let ready = [("number", "+1 415 555 0200"), ("label", "Town"), ("language", "de"), ("asks", "strangers")];
    let others = ready.into_iter().filter(|(name, _)| with.iter().all(|(known, _)| known != name));
    others.chain(with.iter().copied()).collect()
}

#[actix_web::test]
async fn a_number_is_added_changed_closed_and_removed_and_the_audit_knows() {
    let house = House::build().await;
    let mut owner = signed_in(&house, "owner").await;
    let page = owner.get("/admin/access").await;
    assert!(
        page.text.contains("/webhooks/twilio/access</code>") && page.text.contains("/webhooks/twilio/access/status")
    );
    assert_eq!(owner.post("/admin/access", "/admin/access", &fields(&[])).await.location(), "/admin/access");
    let made = house.app.db.read(|tx: &mut Tx| access_numbers::list(tx, None, 9)).await;
    let made = made.map_err(|error: StorageError| error).unwrap().remove(0);
    assert_eq!((made.number.as_str(), made.settings.label.as_str()), ("+14155550200", "Town"));
    let mut ann = signed_in(&house, "ann").await;
    assert!(ann.get("/access").await.text.contains("tel:+14155550200"));
    let one = format!("/admin/access/{}", made.id);
    let closing = [("label", "Town"), ("language", "de"), ("asks", "everybody"), ("closed", "true")];
    assert_eq!(owner.post(&one, &one, &closing).await.location(), "/admin/access");
    assert!(owner.get("/admin/access").await.text.contains("<td>closed</td>"));
    assert!(!ann.get("/access").await.text.contains("tel:+14155550200"), "a closed one is not offered");
    assert_eq!(owner.post(&one, &format!("{one}/remove"), &[]).await.location(), "/admin/access");
    assert_eq!(owner.get(&one).await.status, 404);
    let deeds: Vec<_> =
        audit(&house).await.into_iter().filter(|(action, _)| action.ends_with("access_number")).collect();
    let actions: Vec<_> = deeds.iter().map(|(action, _)| action.split('_').next().unwrap()).collect();
    assert_eq!(actions, ["remove", "change", "make"]);
}

#[actix_web::test]
async fn what_cannot_be_a_number_is_said_beside_its_field() {
    let house = House::build().await;
    let mut owner = signed_in(&house, "owner").await;
    owner.post("/admin/access", "/admin/access", &fields(&[])).await;
    for (name, typed) in [("number", "hello"), ("number", "+14155550200"), ("language", "tlh"), ("asks", "nobody")] {
        let number = if name == "number" { typed } else { "+14155550201" };
        let page = owner.post("/admin/access", "/admin/access", &fields(&[("number", number), (name, typed)])).await;
        assert!(page.status == 422 && page.text.contains(&format!("id=\"{name}_error\"")), "{name} {typed}");
    }
    let viewer = signed_in(&house, "viewer").await.get("/admin/access").await;
    assert!(viewer.status == 200 && !viewer.text.contains("method=\"post\" action=\"/admin/access\""));
}

#[actix_web::test]
async fn a_pin_is_shown_once_and_a_new_one_keeps_the_number_of_the_card() {
    let house = House::build().await;
    let mut ann = signed_in(&house, "ann").await;
    let first = ann.post("/access", "/access/pin", &[]).await;
    let (card, pin) = (shown(&first.text, "card"), shown(&first.text, "pin"));
    assert_eq!((card.len(), pin.len()), (9, 7), "{card} {pin}");
    assert!(shown(&ann.get("/access").await.text, "pin").is_empty(), "it is not shown again");
    let place = format!("/admin/accounts/{}/access", house.account);
    let second = signed_in(&house, "support").await.post(&place, &format!("{place}/pin"), &[]).await;
    assert_eq!((second.status, shown(&second.text, "card")), (200, card));
    let set: Vec<_> = audit(&house).await.into_iter().filter(|(action, _)| action == "set_access_pin").collect();
    assert_eq!(
        set.iter().map(|(_, actor)| actor.as_str()).collect::<Vec<_>>(),
        ["support@example.org", "ann@example.org"]
    );
    assert!(!house.lines(None).await.iter().any(|line| line.contains(&pin.replace(' ', ""))), "nothing keeps it");
}

#[actix_web::test]
async fn a_callers_phone_has_to_be_proven_and_an_administrators_word_is_taken() {
    let house = House::build().await;
    let mut ann = signed_in(&house, "ann").await;
    let added = ann.post("/access", "/access/phones", &[("number", "+1 415 555 0177")]).await;
    assert_eq!(added.location(), "/access");
    let page = ann.get("/access").await.text;
    assert!(page.contains("+1 415-555-0177") && page.contains("not proven yet"), "{page}");
    let place = format!("/admin/accounts/{}/access", house.account);
    let mut support = signed_in(&house, "support").await;
    let vouched = support.post(&place, &format!("{place}/phones"), &[("number", "+14155550177")]).await;
    assert_eq!(vouched.location(), place);
    assert!(ann.get("/access").await.text.contains("known since"));
    let mut bob = signed_in(&house, "bob").await;
    let taken = bob.post("/access", "/access/phones", &[("number", "+14155550177")]).await;
    assert!(taken.status == 422 && taken.text.contains("cannot be added"), "a phone makes one account known");
    let bad = bob.post("/access", "/access/phones", &[("number", "hello")]).await;
    assert!(bad.status == 422 && bad.text.contains("id=\"number_error\""));
    let id = house.account.clone();
    let phones = house.app.db.read(move |tx: &mut Tx| known_phones::of_account(tx, &id)).await;
    let phone = phones.map_err(|error: StorageError| error).unwrap().remove(0);
    assert_eq!(ann.post("/access", &format!("/access/phones/{}/remove", phone.id), &[]).await.location(), "/access");
    assert_eq!(bob.post("/access", "/access/phones", &[("number", "+14155550177")]).await.status, 303);
}

#[actix_web::test]
async fn an_account_has_so_many_phones_and_no_more() {
    let house = House::build().await;
    let mut ann = signed_in(&house, "ann").await;
    for last in 0..10 {
        let number = format!("+141555501{last:02}");
        assert_eq!(ann.post("/access", "/access/phones", &[("number", &number)]).await.status, 303);
    }
    let again = ann.post("/access", "/access/phones", &[("number", "+14155550100")]).await;
    let more = ann.post("/access", "/access/phones", &[("number", "+14155550110")]).await;
    assert_eq!((again.status, more.status), (303, 422));
}
