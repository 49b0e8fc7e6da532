//! Integrators are told what happens: signed, until they have taken it.

use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse, HttpServer, web};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use talktime::domain::event::Kind;
use talktime::flows::tell::{Added, NewEndpoint, add_endpoint, send_again, switch_endpoint};
use talktime::storage::{StorageError, events};

use crate::on_both_databases;
use crate::support::World;

/// An integrator's server. It refuses the first so many requests.
pub struct Ear {
    heard: Arc<Mutex<Vec<Heard>>>,
    endpoint: String,
    secret: String,
}

#[derive(Clone)]
struct Heard {
    signature: String,
    body: String,
}

struct Manners {
    heard: Arc<Mutex<Vec<Heard>>>,
    refuses: usize,
}

async fn hear(request: HttpRequest, body: Bytes, manners: Data<Manners>) -> HttpResponse {
    let signature =
        request.headers().get("talktime-signature").expect("it is signed").to_str().expect("it is text").to_owned();
    let mut heard = manners.heard.lock().expect("nobody panicked");
    heard.push(Heard { signature, body: String::from_utf8(body.to_vec()).expect("it is text") });
    if heard.len() <= manners.refuses {
        HttpResponse::ServiceUnavailable().body("not now")
    } else {
        HttpResponse::NoContent().finish()
    }
}

impl Ear {
    pub async fn listening(world: &World, kinds: &[Kind], refuses: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}/talktime", listener.local_addr().expect("an address"));
        let heard = Arc::new(Mutex::new(vec![]));
        let manners = Data::new(Manners { heard: heard.clone(), refuses });
        let server = HttpServer::new(move || {
            actix_web::App::new().app_data(manners.clone()).route("/talktime", web::post().to(hear))
        });
        tokio::spawn(server.workers(1).disable_signals().listen(listener).expect("it listens").run());
        let new = NewEndpoint { url, kinds: kinds.to_vec(), low_balance: "0.30".parse().expect("an amount") };
        let now = world.now();
        let added = world.service.app.db.write(move |tx| add_endpoint(tx, new, "story", now)).await;
        let Added::Endpoint(endpoint) = added.expect("it is added") else { panic!("the endpoint is taken") };
        Self { heard, endpoint: endpoint.id, secret: endpoint.secret }
    }

    /// The bodies of what came, each with a right signature.
    fn heard(&self) -> Vec<Value> {
        let heard = self.heard.lock().expect("nobody panicked").clone();
        heard.iter().map(|heard| self.checked(heard)).collect()
    }

    fn checked(&self, heard: &Heard) -> Value {
        let (at, mac) = heard.signature.split_once(",v1=").expect("both parts");
        let at = at.strip_prefix("t=").expect("a time");
        let mut expected = Hmac::<sha2::Sha256>::new_from_slice(self.secret.as_bytes()).expect("a key");
        expected.update(format!("{at}.{}", heard.body).as_bytes());
        assert_eq!(mac, hex::encode(expected.finalize().into_bytes()), "the signature is right");
        serde_json::from_str(&heard.body).expect("JSON")
    }

    pub fn kinds(&self) -> Vec<String> {
        self.heard().iter().map(|event| event["type"].as_str().expect("a type").to_owned()).collect()
    }
}

on_both_databases! {
    async fn an_integrator_hears_of_a_call_from_its_start_to_its_end(world: World) {
        let ear = Ear::listening(world, &Kind::ALL, 0).await;
        let account = world.caller("0.40").await;
        world.agree(&account, &["pm_card_visa"]).await;
        let call = world.call(&account, &["+14155551065"]).await;
        world.until_settled(&call).await;
        world.wait(2).await;
        assert_eq!(ear.kinds(), ["call.started", "recharge.succeeded", "call.extended", "call.ended"]);
        let heard = ear.heard();
        assert!(heard.iter().all(|event| event["account"] == account.as_str()), "{heard:#?}");
        assert_eq!((&heard[1]["data"]["amount"], &heard[1]["data"]["currency"]), (&"1.00".into(), &"USD".into()));
        assert_eq!(heard[3]["data"]["call"], call.as_str());
        assert_eq!(heard[3]["data"]["reason"], "others_left");
        let spent = world.wallet(&account).await.posted.to_string();
        let cost = heard[3]["data"]["cost"].as_str().expect("a cost").parse::<rust_decimal::Decimal>().expect("an amount");
        assert_eq!(rust_decimal::Decimal::new(140, 2) - cost, spent.parse().expect("an amount"));
    }

    async fn what_an_integrator_did_not_take_comes_again_and_the_log_says_so(world: World) {
        let ear = Ear::listening(world, &[Kind::BalanceLow], 2).await;
        let account = world.caller("0.40").await;
        let call = world.call(&account, &["+14155551030"]).await;
        world.until_settled(&call).await;
        world.wait(60).await;
        assert_eq!(ear.kinds(), ["balance.low"; 3]);
        let heard = ear.heard();
        assert!(heard.iter().all(|event| event["id"] == heard[0]["id"]), "it is one event");
        let delivery = the_delivery(world).await;
        assert_eq!((delivery.0.as_str(), delivery.1), ("delivered", vec![Some(503), Some(503), Some(204)]));
        let (id, now) = (delivery.2, world.now());
        world.service.app.db.write(move |tx| send_again(tx, &id, now)).await.expect("it is sent again");
        world.wait(1).await;
        assert_eq!(ear.heard().len(), 4);
    }

    async fn an_endpoint_that_is_paused_hears_nothing_until_it_goes_on(world: World) {
        let ear = Ear::listening(world, &[Kind::CallStarted], 2).await;
        let account = world.caller("0.40").await;
        let first = world.call(&account, &["+14155551010"]).await;
        world.until_settled(&first).await;
        assert_eq!(ear.heard().len(), 2, "it was refused twice");
        switch(world, &ear, false).await;
        let second = world.call(&account, &["+14155551002"]).await;
        world.until_settled(&second).await;
        world.wait(60).await;
        assert_eq!(ear.heard().len(), 2);
        switch(world, &ear, true).await;
        world.wait(1).await;
        let heard = ear.heard();
        assert_eq!(heard.len(), 3, "what waited is sent, what happened meanwhile is not");
        assert_eq!(heard[2]["data"]["call"], first.as_str());
    }
}

async fn switch(world: &World, ear: &Ear, active: bool) {
    let (id, now) = (ear.endpoint.clone(), world.now());
    let switched = world.service.app.db.write(move |tx| switch_endpoint(tx, &id, active, "story", now));
    switched.await.expect("it is switched");
}

/// State, the status of each try, and id of the only delivery.
async fn the_delivery(world: &World) -> (String, Vec<Option<i32>>, String) {
    let found = world.service.app.db.read(|tx| {
        let deliveries = events::deliveries(tx, None, None, 10)?;
        assert_eq!(deliveries.len(), 1);
        let (delivery, _) = deliveries[0].clone();
        let tries = events::tries(tx, &delivery.id)?;
        Ok::<_, StorageError>((delivery.state, tries.into_iter().map(|made| made.status).collect(), delivery.id))
    });
    found.await.expect("it is read")
}
