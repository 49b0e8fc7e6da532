//! In which language callers are spoken to, what is played instead, and what is said into a call from its page.

use super::browser::{Browser, House, LONDON};
use super::history::talk;
use crate::domain::language::Language;
use crate::flows::FlowError;
use crate::storage::audit_search::{Filter, find};
use crate::storage::{StorageError, accounts, calls};

async fn signed_in(house: &House, name: &str) -> Browser {
    let mut browser = house.browser().await;
    browser.sign_in(&format!("{name}@example.org")).await;
    browser
}

async fn language(house: &House) -> Language {
    let id = house.account.clone();
    let found = house.app.db.read(move |tx| accounts::find(tx, &id)).await;
    found.map_err(|error: StorageError| error).unwrap().unwrap().language
}

/// Who did this, and from what to what.
async fn deeds(house: &House, action: &'static str) -> Vec<(String, String)> {
    let all = house.app.db.read(|tx| Ok::<_, StorageError>(find(tx, &Filter::default(), None, 1000, 1000)?.entries));
    let some = all.await.unwrap().into_iter().filter(|entry| entry.action == action);
    some.map(|entry| (entry.actor, entry.after.unwrap_or_default())).collect()
}

#[actix_web::test]
async fn callers_choose_their_language_and_administrators_choose_it_for_them() {
    let house = House::build().await;
    let mut ann = signed_in(&house, "ann").await;
    assert!(ann.get("/me").await.text.contains("<option value=\"en\" selected>English"));
    let chosen = ann.post("/me", "/me/language", &[("language", "de")]).await;
    assert_eq!((chosen.status, chosen.location()), (303, "/me"));
    assert!(ann.get("/me").await.text.contains("<option value=\"de\" selected>Deutsch"));
    assert_eq!(ann.post("/me", "/me/language", &[("language", "xx")]).await.status, 422);
    assert_eq!(language(&house).await, Language::German);
    let mut support = signed_in(&house, "support").await;
    assert_eq!(support.post("/me", "/me/language", &[("language", "it")]).await.status, 404);
    let page = format!("/admin/accounts/{}", house.account);
    assert!(support.get(&page).await.text.contains("<dt>Language</dt><dd>Deutsch</dd>"));
    let changed = support.post(&page, &format!("{page}/language"), &[("language", "fr")]).await;
    assert_eq!((changed.status, language(&house).await), (303, Language::French));
    let wrong = support.post(&page, &format!("{page}/language"), &[("language", "xx")]).await;
    assert!(wrong.status == 422 && wrong.text.contains("id=\"language_error\""), "{}", wrong.text);
    let by = |who: &str, what: &str| (format!("{who}@example.org"), what.to_owned());
    assert_eq!(deeds(&house, "change_language").await, [by("support", "fr"), by("ann", "de")]);
}

#[actix_web::test]
async fn an_account_is_opened_with_the_language_of_its_callers() {
    let house = House::build().await;
    let mut support = signed_in(&house, "support").await;
    let fields = [("email", "new@example.org"), ("plan", "basic"), ("language", "pt")];
    let opened = support.post("/admin/accounts/new", "/admin/accounts", &fields).await;
    assert!(support.get(opened.location()).await.text.contains("<dd>Português</dd>"));
}

#[actix_web::test]
async fn owners_have_a_file_played_instead_of_words_and_the_words_again() {
    let house = House::build().await;
    let mut owner = signed_in(&house, "owner").await;
    let (spoken, url) = ("Dieses Gespräch wird aufgezeichnet.", "https://media.example/recorded.mp3");
    assert!(owner.get("/admin/sounds").await.text.contains(spoken));
    for (sentence, language, address, wrong) in [
        ("recording", "de", "recorded.mp3", "url_error"),
        ("hello", "de", url, "sentence_error"),
        ("recording", "xx", url, "language_error"),
    ] {
        let fields = [("sentence", sentence), ("language", language), ("url", address)];
        let refused = owner.post("/admin/sounds", "/admin/sounds", &fields).await;
        let named = format!("id=\"{wrong}\"");
        assert!(refused.status == 422 && refused.text.contains(&named), "{}", refused.text);
    }
    for (address, heard) in [(url, url), ("", spoken)] {
        let fields = [("sentence", "recording"), ("language", "de"), ("url", address)];
        assert_eq!(owner.post("/admin/sounds", "/admin/sounds", &fields).await.status, 303);
        assert!(owner.get("/admin/sounds").await.text.contains(heard));
    }
    let by = |after: &str| ("owner@example.org".to_owned(), after.to_owned());
    assert_eq!(deeds(&house, "set_sound").await, [by(""), by(url)]);
}

#[actix_web::test]
async fn something_is_said_into_a_call_from_its_page() {
    let house = House::build().await;
    let call = talk(&house, LONDON, house.app.clock.now()).await;
    let mut ann = signed_in(&house, "ann").await;
    let page = format!("/calls/{call}");
    assert!(ann.get(&page).await.text.contains("Say something into the call"));
    let operations = format!("{page}/operations");
    let id = call.clone();
    let other = house.app.db.read(move |tx| Ok::<_, FlowError>(calls::find(tx, &id)?.unwrap().legs.remove(1).id));
    let other = other.await.unwrap();
    let fields = [("operation", "announce"), ("leg", other.as_str()), ("message", "Mind the gap.")];
    let said = ann.post(&page, &operations, &fields).await;
    assert_eq!((said.status, said.location()), (303, page.as_str()));
    let shown = ann.get(&page).await.text;
    assert!(shown.contains("7946 0000 is to hear: “Mind the gap.”") || shown.contains("is to hear: “Mind the gap.”"));
    let nothing = ann.post(&page, &operations, &[("operation", "announce"), ("leg", ""), ("message", "")]).await;
    assert_eq!(nothing.status, 422, "{}", nothing.text);
    let recording = ann.post(&page, &operations, &[("operation", "announce_recording"), ("leg", "")]).await;
    assert_eq!(recording.status, 303);
    assert!(ann.get(&page).await.text.contains("is to hear that the call is being recorded"));
}
