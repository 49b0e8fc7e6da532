//! Invitations on the page of a call: those by which somebody may still come are listed, and revoked by who may invite.

use super::browser::{Browser, House};
use super::history::talk;

async fn signed_in(house: &House, email: &str) -> Browser {
    let mut browser = house.browser().await;
    browser.sign_in(email).await;
    browser
}

#[actix_web::test]
async fn an_invitation_is_listed_until_it_is_revoked_by_its_owner_or_the_house_and_by_nobody_else() {
    let house = House::build().await;
    let id = talk(&house, "+442079460001", house.app.clock.now()).await;
    let call = format!("/calls/{id}");
    let mut ann = signed_in(&house, "ann@example.org").await;
    let mut owner = signed_in(&house, "owner@example.org").await;
    assert!(!ann.get(&call).await.text.contains("Invitation by"));
    for revokes_herself in [true, false] {
        let made = ann.post(&call, &format!("{call}/invitations"), &[]).await;
        let address = made.text.split("readonly value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let join = address[address.find("/join/").unwrap()..].to_owned();
        let page = ann.get(&call).await.text;
        assert!(page.contains("Invitation by ann@example.org") && !page.contains(&join), "{page}");
        let revoke = page.split("action=\"/invitations/").nth(1).unwrap().split('"').next().unwrap();
        let revoke = format!("/invitations/{revoke}");
        let mut bob = signed_in(&house, "bob@example.org").await;
        assert_eq!(bob.post("/me", &revoke, &[]).await.status, 404);
        let who = if revokes_herself { &mut ann } else { &mut owner };
        let revoked = who.post(&call, &revoke, &[]).await;
        assert_eq!((revoked.status, revoked.location()), (303, call.as_str()), "{}", revoked.text);
        assert!(!ann.get(&call).await.text.contains("Invitation by"));
        assert_eq!(bob.get(&join).await.status, 410, "nobody comes by it any more");
    }
}
