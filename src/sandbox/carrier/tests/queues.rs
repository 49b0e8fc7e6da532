//! Queues over HTTP: the shapes of the answers, and what the control interface shows of queues and bridges.

use super::*;

#[tokio::test]
async fn a_queue_is_kept_over_http_and_shown_with_its_bridge() {
    let (clock, busy) = Clock::stepped(noon());
    let (carrier, api) = open(&clock).await;
    let (status, queue) = api.post("/Queues.json", &[("FriendlyName", "q1"), ("MaxSize", "5")]).await.unwrap();
    assert_eq!((status, &queue["friendly_name"], &queue["max_size"]), (201, &Value::from("q1"), &Value::from(5)));
    let sid = queue["sid"].as_str().unwrap().to_owned();
    let waits = "<Response><Enqueue>q1</Enqueue></Response>";
    let takes = "<Response><Pause length='20'/><Dial><Queue>q1</Queue></Dial></Response>";
    let mut legs = Vec::new();
    for (to, twiml) in [("+15005550101", waits), ("+15005550102", takes)] {
        let form = [("To", to), ("From", "+15005550100"), ("Twiml", twiml)];
        legs.push(api.post("/Calls.json", &form).await.unwrap().1["sid"].as_str().unwrap().to_owned());
    }
    let alarm = clock.sleep_until(noon() + TimeDelta::seconds(11));
    drop(busy);
    let busy = alarm.await;
    let (_, members) = api.get(&format!("/Queues/{sid}/Members.json")).await;
    let member = &members["queue_members"][0];
    assert_eq!((&member["call_sid"], &member["position"]), (&Value::from(legs[0].clone()), &Value::from(1)));
    assert_eq!((&member["wait_time"], &member["queue_sid"]), (&Value::from(10), &Value::from(sid.clone())));
    let (_, front) = api.get(&format!("/Queues/{sid}/Members/Front.json")).await;
    assert_eq!(front, *member);
    assert_eq!(api.get("/Queues.json").await.1["queues"][0]["average_wait_time"], 10);
    assert_eq!(shown(&carrier, "queues").await[0]["members"][0], legs[0].as_str());
    let alarm = clock.sleep_until(noon() + TimeDelta::seconds(30));
    drop(busy);
    let _busy = alarm.await;
    assert_eq!(api.get(&format!("/Queues/{sid}.json")).await.1["current_size"], 0);
    let bridges = shown(&carrier, "bridges").await;
    assert_eq!(
        (&bridges[0]["dialler"], &bridges[0]["other"]),
        (&Value::from(legs[1].clone()), &legs[0].clone().into())
    );
    assert_eq!(shown(&carrier, "hears").await.as_array().unwrap().len(), 2);
    assert_eq!(carrier.call(&legs[0]).unwrap().bridge.as_deref(), bridges[0]["id"].as_str());
    assert_eq!(api.get("/Queues/QU00000000000000000000000000000009.json").await.0, 404);
    assert_eq!(api.post(&format!("/Queues/{sid}/Members.json"), &[]).await.unwrap().0, 405);
    carrier.stop().await;
}

async fn shown(carrier: &Carrier, what: &str) -> Value {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    read(client.get(format!("{}/_sandbox/{what}", carrier.base_url()))).await.unwrap().1
}
