//! The pages of every card processor: a customer pays or saves a card there, and whoever tells of it, or nobody, it is
//! credited once and saved once.

use chrono::TimeDelta;
use talktime::domain::checkout::{Purpose, State};
use talktime::flows::settle_checkout::cancel_checkout;
use talktime::sandbox::cards::FaultKind::{self, DropWebhook, DuplicateWebhook, LostAfter, LostBefore};

use crate::checkouts::{begin, look, opened, pay, posted, returns, save, saved, top_up};
use crate::support::person::GOOD_CARD;
use crate::support::twin::{Name, On};
use crate::support::{Kind, World};

/// Processing at first.
const SLOW: &str = "4000000000009001";
const DECLINED: &str = "4000000000000002";

struct Visit {
    name: &'static str,
    troubles: &'static [(On, FaultKind, u32)],
    saves_card: bool,
    card: &'static str,
    /// The customer comes back to our page.
    returns: bool,
}

const fn visit(name: &'static str, troubles: &'static [(On, FaultKind, u32)]) -> Visit {
    Visit { name, troubles, saves_card: true, card: GOOD_CARD, returns: false }
}

#[rustfmt::skip]
const VISITS: &[Visit] = &[
    Visit { saves_card: false, returns: true, ..visit("message, look and return", &[]) },
    Visit { returns: true, ..visit("a return without a message", &[(On::EveryMessage, DropWebhook, 99)]) },
    visit("neither a message nor a return", &[(On::EveryMessage, DropWebhook, 99)]),
    Visit { saves_card: false, ..visit("only a message", &[(On::LookAtPage, LostBefore, 99)]) },
    visit("every message twice", &[(On::EveryMessage, DuplicateWebhook, 99)]),
    visit("the answer about the page is lost", &[(On::OpenPage, LostAfter, 1)]),
    visit("asking for the page is lost", &[(On::OpenPage, LostBefore, 1)]),
    visit("the answer about the customer is lost", &[(On::MakeCustomer, LostAfter, 1)]),
    Visit { card: SLOW, ..visit("money on its way", &[(On::EveryMessage, DropWebhook, 99)]) },
];

async fn pays(world: &mut World, visit: &Visit) {
    let twin = world.twin();
    for (on, kind, times) in visit.troubles.iter().filter(|(on, ..)| *on != On::LookAtPage) {
        twin.fault(*on, *kind, *times);
    }
    let account = world.caller("0").await;
    let id = begin(world, &account, top_up(visit.saves_card)).await;
    world.pass(TimeDelta::seconds(20)).await;
    for (on, kind, times) in visit.troubles.iter().filter(|(on, ..)| *on == On::LookAtPage) {
        twin.fault(*on, *kind, *times);
    }
    let url = look(world, &id).await.url.unwrap_or_else(|| panic!("{}: the page is open", visit.name));
    pay(world, &id, &url, visit.card).await;
    if visit.returns {
        returns(world, &id).await;
    }
    world.pass(TimeDelta::seconds(200)).await;
    twin.calm();
    let found = look(world, &id).await;
    let ended = (found.state, posted(world, &account).await, saved(world, &account).await.len());
    assert_eq!(
        ended,
        (State::Complete, "10.00".to_owned(), usize::from(visit.saves_card)),
        "{}: {found:?}",
        visit.name
    );
    assert_eq!(twin.charged(&account).len(), 1, "{}", visit.name);
}

/// A card that was saved at a page without paying is charged when money is needed.
async fn a_saved_card_is_charged(world: &mut World) {
    let account = world.caller("0.01").await;
    let card = save(world, &account, GOOD_CARD).await;
    assert_eq!((card.label.as_str(), card.expires.as_deref()), ("Visa ••4242", Some("2034-12")));
    assert_eq!(world.twin().charged(&account), [], "saving takes no money");
    world.agree_to(&account, talktime::domain::recharge::Agreement::of("1.00".parse().expect("an amount"))).await;
    world.dial(&account, &["+14155550101"]).await;
    world.pass(TimeDelta::seconds(10)).await;
    assert_eq!((world.twin().charged(&account).len(), posted(world, &account).await.as_str()), (1, "1.01"));
}

/// Whether the processor closes it by itself or waits for us.
async fn a_page_that_nobody_used_is_closed(world: &mut World) {
    let account = world.caller("0").await;
    let (id, url) = opened(world, &account, top_up(false)).await;
    world.pass(TimeDelta::seconds(3600 + 700)).await;
    assert_eq!(look(world, &id).await.state, State::Expired);
    assert_eq!(world.person().type_card(&url, GOOD_CARD).await.status, 410);
}

async fn a_page_that_is_not_wanted_takes_no_money(world: &mut World) {
    let account = world.caller("0").await;
    let (id, url) = opened(world, &account, Purpose::SaveCard).await;
    let (checkout, now) = (id.clone(), world.now());
    world.service.app.db.write(move |tx| cancel_checkout(tx, &checkout, now)).await.expect("it is cancelled");
    world.pass(TimeDelta::seconds(10)).await;
    assert_eq!(look(world, &id).await.state, State::Expired);
    assert_eq!(world.person().type_card(&url, GOOD_CARD).await.status, 410);
}

/// At Stripe another card may be tried; at Hyperswitch the payment is over.
async fn a_declined_card_costs_nothing(world: &mut World) {
    let account = world.caller("0").await;
    let (id, url) = opened(world, &account, top_up(true)).await;
    assert_eq!(world.person().type_card(&url, DECLINED).await.status, 402);
    world.pass(TimeDelta::seconds(30)).await;
    let found = look(world, &id).await;
    let expected = match world.twin().name() {
        Name::Stripe => (State::Open, None),
        Name::Hyperswitch => (State::Failed, Some("generic_decline")),
    };
    assert_eq!((found.state, found.verdict.as_deref()), expected);
    assert_eq!((posted(world, &account).await.as_str(), saved(world, &account).await.len()), ("0.00", 0));
}

async fn pages_conform(processor: Name) {
    let mut world = World::with(Kind::Sqlite, processor).await;
    for visit in VISITS {
        pays(&mut world, visit).await;
    }
    a_saved_card_is_charged(&mut world).await;
    a_page_that_nobody_used_is_closed(&mut world).await;
    a_page_that_is_not_wanted_takes_no_money(&mut world).await;
    a_declined_card_costs_nothing(&mut world).await;
    world.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stripes_pages_conform() {
    pages_conform(Name::Stripe).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hyperswitchs_pages_conform() {
    pages_conform(Name::Hyperswitch).await;
}
