//! Click to call: a program makes a link, a stranger presses its button, the agent's phone rings first, then the target,
//! and the account pays.

use serde_json::{Value, json};
use talktime::domain::call::{EndReason, Phase};
use talktime::wire::{HttpRequest, HttpResponse, Method};

use crate::on_both_databases;
use crate::support::World;
use crate::support::person::Person;

const AGENT: &str = "+14155550131";
const TARGET: &str = "+14155550132";

async fn link(world: &World, account: &str, most_calls: i64) -> Value {
    let wish = json!({
        "label": "Talk to us", "own_number": AGENT, "numbers": [TARGET],
        "most_calls": most_calls, "expires_at": "2026-11-21T13:00:00Z"
    });
    let request = HttpRequest {
        method: Method::Post,
        url: format!("{}/api/v1/accounts/{account}/call-links", world.service.app.config.public_url),
        headers: vec![
            ("authorization", "Bearer admin-of-the-story".to_owned()),
            ("content-type", "application/json".to_owned()),
        ],
        body: wish.to_string(),
    };
    let HttpResponse::Answered { status: 201, body, .. } = world.service.app.outbound.send(&request).await else {
        panic!("the link is made");
    };
    serde_json::from_slice(&body).expect("JSON")
}

on_both_databases! {
    async fn a_stranger_presses_the_button_and_the_agent_is_rung_first(world: World) {
        let account = world.caller("1.00").await;
        let made = link(world, &account, 2).await;
        let url = made["url"].as_str().expect("its address");
        let mut stranger = world.person();
        let page = stranger.get(url).await;
        assert_eq!((page.status, world.live_calls().await.len()), (200, 0), "looking dials nobody");
        let (csrf, key) = (page.hidden("csrf"), page.hidden("key"));
        let pressed = stranger.send(url, &[("csrf", &csrf), ("key", &key)]).await;
        let again = stranger.send(url, &[("csrf", &csrf), ("key", &key)]).await;
        assert!(pressed.status == 303 && pressed.goes_to == again.goes_to, "{pressed:?} {again:?}");
        let place = format!("{}{}", world.service.app.config.public_url, pressed.goes_to);
        let (call, _) = world.live_calls().await.remove(0);
        assert_eq!((call.account.as_str(), world.live_calls().await.len()), (account.as_str(), 1));
        assert!(stranger.get(&place).await.page.contains("The first phone is ringing"));

        let mut rung = vec![];
        for _ in 0..10 {
            world.wait(1).await;
            for number in [AGENT, TARGET].into_iter().filter(|number| world.rings(number) > 0) {
                if !rung.contains(&number) {
                    rung.push(number);
                }
            }
            assert!(rung.first() != Some(&TARGET), "the agent is rung first");
        }
        assert_eq!(rung, [AGENT, TARGET]);
        assert!(stranger.get(&place).await.page.contains("Connected"));
        let busy = stranger.get(url).await;
        let busy = stranger.send(url, &[("csrf", &busy.hidden("csrf")), ("key", &busy.hidden("key"))]).await;
        assert!(busy.status == 422 && busy.page.contains("is running"), "{busy:?}");

        let over = world.until_settled(&call.id).await;
        assert_eq!(over.phase, Phase::Settled(EndReason::TimeIsUp));
        let seconds: i64 = over.legs.iter().map(|leg| leg.billable_seconds()).sum();
        let spent = world.wallet(&account).await;
        assert!(seconds > 150 && spent.posted.micros() == 1_000_000 - seconds * 5_000, "{seconds} {spent:?}");
        let page = stranger.get(&place).await.page;
        assert!(page.contains("The call is over") && !page.contains("USD") && !page.contains(&AGENT[1..]), "{page}");
    }

    async fn a_link_that_has_expired_dials_nobody(world: World) {
        let account = world.caller("1.00").await;
        let made = link(world, &account, 2).await;
        let url = made["url"].as_str().expect("its address");
        let mut stranger = world.person();
        let page = stranger.get(url).await;
        world.wait(3600).await;
        let late = stranger.send(url, &[("csrf", &page.hidden("csrf")), ("key", &page.hidden("key"))]).await;
        assert_eq!((late.status, stranger.get(url).await.status), (410, 410));
        assert_eq!((world.rings(AGENT), world.live_calls().await.len()), (0, 0));
    }

    async fn two_strangers_at_the_same_moment_start_one_call(world: World) {
        let account = world.caller("1.00").await;
        let made = link(world, &account, 1).await;
        let url = made["url"].as_str().expect("its address").to_owned();
        let mut looking = vec![];
        for _ in 0..4 {
            let mut stranger = world.person();
            let page = stranger.get(&url).await;
            looking.push((stranger, page.hidden("csrf"), page.hidden("key")));
        }
        // All have the page before anybody presses: it is gone once its only call has begun.
        let press = |(mut stranger, csrf, key): (Person, String, String)| {
            let url = url.clone();
            tokio::spawn(async move { stranger.send(&url, &[("csrf", &csrf), ("key", &key)]).await.status })
        };
        let pressing: Vec<_> = looking.into_iter().map(press).collect();
        let mut statuses = vec![];
        for pressed in pressing {
            statuses.push(pressed.await.expect("no panic"));
        }
        assert_eq!(statuses.iter().filter(|status| **status == 303).count(), 1, "{statuses:?}");
        let (call, _) = world.live_calls().await.remove(0);
        assert_eq!(world.live_calls().await.len(), 1);
        world.hang_up(&call.id).await;
        world.until_settled(&call.id).await;
    }
}
