//! What a program wants done about answering machines.

use super::*;

#[actix_web::test]
async fn a_call_says_what_a_machine_hears_and_contradictions_are_named() {
    let api = Api::new();
    let id = api.account("900").await;
    let dial = |more: Value| {
        let mut call = json!({"account": id, "own_number": PAYER, "numbers": [OTHER]});
        call.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        call
    };
    let bad = [
        (json!({"machine_detection": "perhaps"}), "machine_detection"),
        (json!({"machine_detection": "off", "machine_message": "Hello."}), "machine_detection"),
        (json!({"machine_message": "Hello.", "machine_sound": "https://media.example/a.mp3"}), "machine_sound"),
        (json!({"machine_message": "a".repeat(501)}), "machine_message"),
        (json!({"machine_sound": "a.mp3"}), "machine_sound"),
    ];
    for (place, (more, field)) in bad.into_iter().enumerate() {
        let bad = api.post_with_key("/api/v1/calls", &format!("bad-{place}"), dial(more)).await;
        assert_eq!(bad.problem(), (422, "invalid_field", field));
    }
    let placed = api.post_with_key("/api/v1/calls", "k", dial(json!({"machine_message": "Hello."}))).await;
    assert_eq!(placed.status, 201, "{placed:?}");
    let legs = &placed.body["legs"];
    assert_eq!([&legs[0]["machine_detection"], &legs[1]["machine_detection"]], ["off", "greeting_end"]);
    assert_eq!(legs[1]["answered_by"], Value::Null);
    let added = json!({"number": "+14155550102", "machine_detection": "detect"});
    let place = format!("/api/v1/calls/{}/legs", placed.body["id"].as_str().unwrap());
    let added = api.post_with_key(&place, "add", added).await;
    assert_eq!((added.status, &added.body["legs"][2]["machine_detection"]), (201, &json!("detect")), "{added:?}");
}
