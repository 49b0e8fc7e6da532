//! Recordings over HTTP: the shapes of the answers, what is told, and the file.

use super::*;

#[tokio::test]
async fn a_call_is_recorded_told_of_heard_and_deleted_over_http() {
    let (clock, busy) = Clock::stepped(noon());
    let customer = Customer::open(&clock);
    let (carrier, api) = open(&clock).await;
    let stays = "<Response><Pause length='600'/></Response>";
    let form = [("To", "+15005550101"), ("From", "+15005550100"), ("Twiml", stays)];
    let call = api.post("/Calls.json", &form).await.unwrap().1["sid"].as_str().unwrap().to_owned();
    let recordings = format!("/Calls/{call}/Recordings");
    let refused = api.post(&format!("{recordings}.json"), &[]).await.unwrap();
    assert_eq!((refused.0, &refused.1["code"]), (400, &Value::from(21220)), "it rings still");
    drop(busy);
    let busy = clock.sleep_until(noon() + TimeDelta::seconds(10)).await;
    let told = format!("{}/recorded", customer.url);
    let (status, begun) = api.post(&format!("{recordings}.json"), &[("RecordingStatusCallback", &told)]).await.unwrap();
    assert_eq!((status, &begun["status"], &begun["track"]), (201, &Value::from("in-progress"), &Value::from("both")));
    let sid = begun["sid"].as_str().unwrap().to_owned();
    let current = format!("{recordings}/Twilio.CURRENT.json");
    let (_, paused) = api.post(&current, &[("Status", "paused")]).await.unwrap();
    assert_eq!((&paused["sid"], &paused["status"]), (&begun["sid"], &Value::from("paused")));
    api.post(&current, &[("Status", "stopped")]).await.unwrap();
    drop(busy);
    let busy = clock.sleep_until(noon() + TimeDelta::seconds(14)).await;
    assert!(customer.asked("/recorded").is_empty(), "nothing was recorded, and absent was not asked for");
    api.post(&format!("{recordings}.json"), &[("RecordingStatusCallback", &told)]).await.unwrap();
    drop(busy);
    let busy = clock.sleep_until(noon() + TimeDelta::seconds(20)).await;
    api.post(&current, &[("Status", "stopped")]).await.unwrap();
    drop(busy);
    let _busy = clock.sleep_until(noon() + TimeDelta::seconds(25)).await;
    let asked = customer.asked("/recorded");
    let url = asked[0].form.iter().find(|(name, _)| name == "RecordingUrl").unwrap().1.clone();
    for (ending, kind) in [("", "audio/x-wav"), (".wav", "audio/x-wav"), (".mp3", "audio/mpeg")] {
        let file = api.client.get(format!("{url}{ending}")).send().await.unwrap();
        assert_eq!((file.status().as_u16(), file.headers()["content-type"].to_str().unwrap()), (200, kind));
    }
    carrier.change_switches(|switches| switches.media_needs_password = true);
    assert_eq!(api.client.get(&url).send().await.unwrap().status().as_u16(), 401);
    let (_, listed) = api.get("/Recordings.json").await;
    assert_eq!(listed["recordings"].as_array().unwrap().len(), 2);
    assert_eq!((&listed["recordings"][1]["sid"], &listed["recordings"][1]["status"]), (&sid.into(), &"absent".into()));
    let last = listed["recordings"][0]["sid"].as_str().unwrap().to_owned();
    let one = format!("{}/Recordings/{last}.json", api.base);
    let gone = api.client.delete(&one).basic_auth(ACCOUNT, Some(TOKEN)).send().await.unwrap();
    assert_eq!(gone.status().as_u16(), 204);
    assert_eq!(api.get(&format!("/Recordings/{last}.json")).await.0, 404);
    let (_, kept) = api.get(&format!("/Recordings/{last}.json?IncludeSoftDeleted=true")).await;
    assert_eq!(kept["status"], "deleted");
    assert_eq!(api.post("/Recordings.json", &[]).await.unwrap().0, 405);
    carrier.stop().await;
}
