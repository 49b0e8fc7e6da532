//! Answering machines, as a caller chooses what is done about them and leaves a message.

use super::browser::{House, LONDON, OWN};
use super::dialling::let_everybody_answer;
use crate::flows::FlowError;
use crate::storage::calls;

async fn other_leg(house: &House, call: &str) -> String {
    let id = call.to_owned();
    let other = house.app.db.read(move |tx| Ok::<_, FlowError>(calls::find(tx, &id)?.unwrap().legs.remove(1).id));
    other.await.unwrap()
}

#[actix_web::test]
async fn a_caller_says_what_a_machine_hears_and_leaves_it_with_a_button() {
    let house = House::build().await;
    let mut ann = house.browser().await;
    ann.sign_in("ann@example.org").await;
    let dial = [("own_number", OWN), ("number", LONDON), ("machine", "message")];
    let page = ann.post("/dial", "/dial", &dial).await;
    assert!(page.status == 422 && page.text.contains("id=\"machine_error\""), "{}", page.text);
    assert!(page.text.contains("<option value=\"message\" selected>"), "what was chosen stays: {}", page.text);
    let placed = ann.post("/dial", "/dial", &[&dial[..], &[("machine_message", "Please call back.")]].concat()).await;
    let (place, call) = (placed.location().to_owned(), placed.location().trim_start_matches("/calls/").to_owned());
    assert_eq!(placed.status, 303, "{}", placed.text);
    let_everybody_answer(&house, &call).await;
    let page = ann.get(&place).await.text;
    assert!(page.contains("was answered by a person or a machine; it is let in."), "{page}");
    assert!(page.contains("Leave the message and go"), "{page}");
    let drop = [("operation", "voicemail_drop"), ("leg", &other_leg(&house, &call).await)];
    assert_eq!(ann.post(&place, &format!("{place}/operations"), &drop).await.status, 303);
    let page = ann.get(&place).await.text;
    assert!(page.contains("is left a message and hung up: “Please call back.”"), "{page}");
    assert!(!page.contains("Leave the message and go"), "{page}");
}

#[actix_web::test]
async fn without_a_message_there_is_no_button_but_words_can_be_given() {
    let house = House::build().await;
    let mut ann = house.browser().await;
    ann.sign_in("ann@example.org").await;
    let placed = ann.post("/dial", "/dial", &[("own_number", OWN), ("number", LONDON)]).await;
    let (place, call) = (placed.location().to_owned(), placed.location().trim_start_matches("/calls/").to_owned());
    let_everybody_answer(&house, &call).await;
    assert!(!ann.get(&place).await.text.contains("Leave the message and go"));
    let (operations, leg) = (format!("{place}/operations"), other_leg(&house, &call).await);
    let nothing = [("operation", "voicemail_drop"), ("leg", leg.as_str()), ("message", "")];
    let refused = ann.post(&place, &operations, &nothing).await;
    assert!(refused.status == 422 && refused.text.contains("no message that machines are left"), "{}", refused.text);
    let everybody = [("operation", "voicemail_drop"), ("leg", ""), ("message", "Goodbye.")];
    assert_eq!(ann.post(&place, &operations, &everybody).await.status, 422);
    let words = [("operation", "voicemail_drop"), ("leg", leg.as_str()), ("message", "Goodbye.")];
    assert_eq!(ann.post(&place, &operations, &words).await.status, 303);
    assert!(ann.get(&place).await.text.contains("is left a message and hung up: “Goodbye.”"));
}
