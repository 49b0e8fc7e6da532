//! Stories through HTTP: the whole service, a pretend carrier and a pretend card processor, on a clock that is stepped,
//! on both databases.

mod support;

#[path = "stories/calls.rs"]
mod calls;

#[path = "stories/recharge.rs"]
mod recharge;

#[path = "stories/adding.rs"]
mod adding;

#[path = "stories/books.rs"]
mod books;

#[path = "stories/decks.rs"]
mod decks;

#[path = "stories/caps.rs"]
mod caps;
#[path = "stories/limits.rs"]
mod limits;
#[path = "stories/watch.rs"]
mod watch;

#[path = "stories/carrier_list.rs"]
mod carrier_list;
#[path = "stories/carrier_prices.rs"]
mod carrier_prices;
#[path = "stories/kept_decks.rs"]
mod kept_decks;
#[path = "stories/markups.rs"]
mod markups;

#[path = "stories/rates.rs"]
mod rates;

#[path = "stories/events.rs"]
mod events;
#[path = "stories/figures.rs"]
mod figures;
#[path = "stories/people.rs"]
mod people;

#[path = "stories/seed.rs"]
mod seed;

#[path = "stories/bundles.rs"]
mod bundles;
#[path = "stories/cash.rs"]
mod cash;
#[path = "stories/promo.rs"]
mod promo;
#[path = "stories/two_persons.rs"]
mod two_persons;
#[path = "stories/vouchers.rs"]
mod vouchers;

#[path = "stories/alerts.rs"]
mod alerts;
#[path = "stories/announcements.rs"]
mod announcements;
#[path = "stories/api.rs"]
mod api;
#[path = "stories/disputes.rs"]
mod disputes;
#[path = "stories/reconciliation.rs"]
mod reconciliation;
#[path = "stories/recordings.rs"]
mod recordings;
#[path = "stories/refunds.rs"]
mod refunds;
#[path = "stories/saved_cards.rs"]
mod saved_cards;
#[path = "stories/strays.rs"]
mod strays;

#[path = "stories/agreement.rs"]
mod agreement;
#[path = "stories/bots.rs"]
mod bots;
#[path = "stories/calling_in.rs"]
mod calling_in;
#[path = "stories/charging.rs"]
mod charging;
#[path = "stories/checkouts.rs"]
mod checkouts;
#[path = "stories/click.rs"]
mod click;
#[path = "stories/conformance/mod.rs"]
mod conformance;
#[path = "stories/crowd.rs"]
mod crowd;
#[path = "stories/guests.rs"]
mod guests;
#[path = "stories/machines.rs"]
mod machines;
#[path = "stories/operations.rs"]
mod operations;
#[path = "stories/parking.rs"]
mod parking;

#[path = "stories/pages.rs"]
mod pages;
#[path = "stories/peers/mod.rs"]
mod peers;
#[path = "stories/rooms.rs"]
mod rooms;
#[path = "stories/six_legs.rs"]
mod six_legs;
#[path = "stories/statements.rs"]
mod statements;
#[path = "stories/supervision.rs"]
mod supervision;
#[path = "stories/transfers.rs"]
mod transfers;
