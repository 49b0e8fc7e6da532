//! The API for programs: every route on one screen, and what answers where there is none. Each file of this folder is
//! one resource; `input` reads requests, `openapi` describes all of it.

mod access_numbers;
mod account_changes;
mod account_transfers;
mod accounts;
mod administrators;
mod agents;
mod alerts;
mod audit;
mod auth;
mod bills;
mod bots;
mod bundles;
mod by_hand;
mod call_links;
mod calling_in;
mod calls;
mod caps;
mod cards;
mod charging;
mod checkouts;
mod conversions;
pub mod decks;
mod disputes;
mod earned;
mod events;
mod figures;
mod guests;
mod idempotency;
mod input;
mod invitations;
mod legs;
mod machines;
mod margins;
mod markups;
mod openapi;
mod operations;
mod payments;
mod plan_terms;
mod plans;
mod promos;
mod quotes;
mod recharge;
mod reconciliations;
mod recordings;
mod refunds;
mod refusals;
mod requests;
mod room_profiles;
mod route;
mod saved_cards;
mod settings;
mod sounds;
mod statements;
#[cfg(test)]
mod tests;
mod tokens;
mod transfers;
mod unassigned;
mod voucher_batches;
mod vouchers;
mod watch;

use actix_web::http::header;
use actix_web::middleware::{Compress, from_fn};
use actix_web::web::{ServiceConfig, scope, to};
use actix_web::{HttpResponse, web};
use serde::Serialize;

use crate::domain::scope::Scope::{AccountsRead, AccountsWrite, Admin, CallsRead, CallsWrite};
use crate::domain::scope::Scope::{MoneyApprove, MoneyRead, MoneyWrite, RatesRead, RatesWrite};
use crate::web::error::no_such_route;
use crate::web::pages::{self, see_other};
use route::{At, at, get, post};

/// Everything below `/api/v1`: the address, what answers GET and POST there, and the scope each of them needs.
#[rustfmt::skip]
fn resources() -> Vec<At> {
    vec![
        at("/accounts", Some(get(AccountsRead, accounts::list)), Some(post(AccountsWrite, accounts::create))),
        at("/accounts/{id}", Some(get(AccountsRead, accounts::show)), None),
        at("/accounts/{id}/credits", None, Some(post(MoneyWrite, by_hand::credit))),
        at("/accounts/{id}/promos", Some(get(MoneyRead, promos::list)), Some(post(MoneyWrite, promos::create))),
        at("/accounts/{id}/bundles", Some(get(MoneyRead, bundles::list)), Some(post(MoneyWrite, bundles::buy))),
        at("/accounts/{id}/transfers", Some(get(MoneyRead, account_transfers::list)), None),
        at("/accounts/{id}/statements/{month}", Some(get(MoneyRead, statements::show)), None),
        at("/accounts/{id}/cards", Some(get(MoneyRead, saved_cards::list)), Some(post(MoneyWrite, cards::save))),
        at("/accounts/{id}/cards/order", None, Some(post(MoneyWrite, saved_cards::order))),
        at("/accounts/{id}/checkouts", Some(get(MoneyRead, checkouts::list)), Some(post(MoneyWrite, checkouts::create))),
        at("/checkouts/{id}", Some(get(MoneyRead, checkouts::show)), None),
        at("/checkouts/{id}/cancel", None, Some(post(MoneyWrite, checkouts::cancel))),
        at("/cards/{id}/remove", None, Some(post(MoneyWrite, saved_cards::remove))),
        at("/cards/{id}/prefer", None, Some(post(MoneyWrite, saved_cards::prefer))),
        at("/accounts/{id}/recharge", Some(get(MoneyRead, recharge::show)), Some(post(MoneyWrite, recharge::agree))),
        at("/accounts/{id}/block", None, Some(post(AccountsWrite, account_changes::block))),
        at("/accounts/{id}/unblock", None, Some(post(AccountsWrite, account_changes::unblock))),
        at("/accounts/{id}/close", None, Some(post(AccountsWrite, account_changes::close))),
        at("/accounts/{id}/debits", None, Some(post(MoneyWrite, by_hand::debit))),
        at("/accounts/{id}/plan", None, Some(post(AccountsWrite, account_changes::plan))),
        at("/accounts/{id}/language", None, Some(post(AccountsWrite, account_changes::language))),
        at("/accounts/{id}/password", None, Some(post(AccountsWrite, account_changes::set_password))),
        at("/administrators", Some(get(Admin, administrators::list)), Some(post(Admin, administrators::create))),
        at("/administrators/{id}", Some(get(Admin, administrators::show)), None),
        at("/administrators/{id}/role", None, Some(post(Admin, administrators::set_role))),
        at("/administrators/{id}/password", None, Some(post(Admin, administrators::set_password))),
        at("/administrators/{id}/remove", None, Some(post(Admin, administrators::remove))),
        at("/watch", Some(get(Admin, watch::show)), Some(post(Admin, watch::change))),
        at("/accounts/{id}/freeze", None, Some(post(AccountsWrite, watch::freeze))),
        at("/accounts/{id}/unfreeze", None, Some(post(AccountsWrite, watch::unfreeze))),
        at("/caps", Some(get(Admin, caps::of_house)), Some(post(Admin, caps::set_house))),
        at("/plans/{id}/caps", Some(get(RatesRead, caps::of_plan)), Some(post(RatesWrite, caps::set_plan))),
        at("/accounts/{id}/caps", Some(get(AccountsRead, caps::of_account)), Some(post(AccountsWrite, caps::set_account))),
        at("/alerts", Some(get(AccountsRead, alerts::list)), None),
        at("/alerts/{id}", Some(get(AccountsRead, alerts::show)), None),
        at("/alerts/{id}/handle", None, Some(post(AccountsWrite, alerts::handle))),
        at("/audit", Some(get(Admin, audit::list)), None),
        at("/accounts/{id}/recharge/stop", None, Some(post(MoneyWrite, recharge::stop))),
        at("/accounts/{id}/recharge/resume", None, Some(post(MoneyWrite, recharge::resume))),
        at("/charging", Some(get(MoneyRead, charging::show)), Some(post(MoneyWrite, charging::switch))),
        at("/payments", Some(get(MoneyRead, payments::list)), None),
        at("/payments/{id}", Some(get(MoneyRead, payments::show)), None),
        at("/payments/{id}/refunds", None, Some(post(MoneyWrite, refunds::create))),
        at("/refunds/{id}", Some(get(MoneyRead, refunds::show)), None),
        at("/disputes", Some(get(MoneyRead, disputes::list)), None),
        at("/disputes/{id}", Some(get(MoneyRead, disputes::show)), None),
        at("/unassigned", Some(get(MoneyRead, unassigned::list)), None),
        at("/unassigned/{id}", Some(get(MoneyRead, unassigned::show)), None),
        at("/unassigned/{id}/assign", None, Some(post(MoneyWrite, unassigned::assign))),
        at("/unassigned/{id}/settle", None, Some(post(MoneyWrite, unassigned::settle))),
        at("/accounts/{id}/write-offs", None, Some(post(MoneyWrite, by_hand::write_off))),
        at("/reconciliations", Some(get(MoneyRead, reconciliations::list)), None),
        at("/reconciliations/{id}", Some(get(MoneyRead, reconciliations::show)), None),
        at("/accounts/{id}/vouchers", None, Some(post(MoneyWrite, vouchers::redeem))),
        at("/accounts/{id}/cash-receipts", None, Some(post(MoneyWrite, agents::take))),
        at("/cash-receipts", Some(get(MoneyRead, agents::receipts)), None),
        at("/cash-receipts/{id}", Some(get(MoneyRead, agents::receipt)), None),
        at("/agents", Some(get(MoneyRead, agents::list)), Some(post(MoneyWrite, agents::appoint))),
        at("/agents/{id}/dismiss", None, Some(post(MoneyWrite, agents::dismiss))),
        at("/agents/{id}/activations", None, Some(post(MoneyWrite, agents::activate))),
        at("/voucher-batches", Some(get(MoneyRead, voucher_batches::list)), Some(post(MoneyWrite, voucher_batches::create))),
        at("/voucher-batches/{id}", Some(get(MoneyRead, voucher_batches::show)), None),
        at("/voucher-batches/{id}/vouchers", Some(get(MoneyRead, voucher_batches::of_batch)), None),
        at("/voucher-batches/{id}/print", None, Some(post(MoneyWrite, voucher_batches::print))),
        at("/voucher-batches/{id}/void", None, Some(post(MoneyWrite, voucher_batches::void))),
        at("/vouchers/{id}", Some(get(MoneyRead, vouchers::show)), None),
        at("/vouchers/{id}/void", None, Some(post(MoneyWrite, vouchers::void))),
        at("/refusals", Some(get(AccountsRead, refusals::list)), None),
        at("/requests", Some(get(MoneyRead, requests::list)), None),
        at("/requests/{id}", Some(get(MoneyRead, requests::show)), None),
        at("/requests/{id}/approve", None, Some(post(MoneyApprove, requests::yes))),
        at("/requests/{id}/refuse", None, Some(post(MoneyApprove, requests::no))),
        at("/quotes", None, Some(post(RatesRead, quotes::create))),
        at("/calls", Some(get(CallsRead, calls::list)), Some(post(CallsWrite, calls::create))),
        at("/calls/{id}", Some(get(CallsRead, calls::show)), None),
        at("/calls/{id}/bill", Some(get(CallsRead, bills::show)), None),
        at("/calls/{id}/hang-up", None, Some(post(CallsWrite, calls::hang_up))),
        at("/calls/{id}/legs", None, Some(post(CallsWrite, legs::create))),
        at("/calls/{id}/guests", None, Some(post(CallsWrite, guests::create))),
        at("/calls/{id}/invitations", None, Some(post(CallsWrite, invitations::create))),
        at("/invitations/{id}", Some(get(CallsRead, invitations::show)), None),
        at("/invitations/{id}/revoke", None, Some(post(CallsWrite, invitations::revoke))),
        at("/calls/{id}/operations", None, Some(post(CallsWrite, operations::create))),
        at("/calls/{id}/transfers", None, Some(post(CallsWrite, transfers::create))),
        at("/calls/{id}/take", None, Some(post(CallsWrite, transfers::take))),
        at("/queues/{name}", Some(get(CallsRead, transfers::queue)), None),
        at("/calls/{id}/recordings", Some(get(CallsRead, recordings::list)), None),
        at("/recordings/{id}", Some(get(CallsRead, recordings::show)), None),
        at("/recordings/{id}/delete", None, Some(post(CallsWrite, recordings::delete))),
        at("/calls/{id}/records", Some(get(CallsRead, legs::records)), None),
        at("/decks", None, Some(post(RatesWrite, decks::create))),
        at("/decks/{id}", Some(get(RatesRead, decks::export)), None),
        at("/plans/{id}/decks", Some(get(RatesRead, decks::list)), None),
        at("/plans/{id}/bundles", Some(get(RatesRead, bundles::offers)), Some(post(RatesWrite, bundles::offer))),
        at("/bundle-offers/{id}/withdraw", None, Some(post(RatesWrite, bundles::withdraw))),
        at("/event-endpoints", Some(get(Admin, events::endpoints)), Some(post(Admin, events::add))),
        at("/event-endpoints/{id}", Some(get(Admin, events::show)), None),
        at("/event-endpoints/{id}/pause", None, Some(post(Admin, events::pause))),
        at("/event-endpoints/{id}/resume", None, Some(post(Admin, events::resume))),
        at("/events", Some(get(Admin, events::list)), None),
        at("/event-deliveries", Some(get(Admin, events::deliveries)), None),
        at("/event-deliveries/{id}/again", None, Some(post(Admin, events::again))),
        at("/figures", Some(get(MoneyRead, figures::show)), None),
        at("/margins", Some(get(MoneyRead, earned::show)), None),
        at("/plans", Some(get(RatesRead, plans::list)), Some(post(RatesWrite, plans::create))),
        at("/plans/{id}", Some(get(RatesRead, plans::show)), None),
        at("/accounts/{id}/call-links", Some(get(CallsRead, call_links::list)), Some(post(CallsWrite, call_links::create))),
        at("/call-links/{id}", Some(get(CallsRead, call_links::show)), None),
        at("/call-links/{id}/revoke", None, Some(post(CallsWrite, call_links::revoke))),
        at("/access-numbers", Some(get(Admin, access_numbers::list)), Some(post(Admin, access_numbers::create))),
        at("/access-numbers/{id}", Some(get(Admin, access_numbers::show)), None),
        at("/access-numbers/{id}/change", None, Some(post(Admin, access_numbers::change))),
        at("/access-numbers/{id}/remove", None, Some(post(Admin, access_numbers::remove))),
        at("/accounts/{id}/known-phones", Some(get(AccountsRead, calling_in::phones)), Some(post(AccountsWrite, calling_in::add_phone))),
        at("/known-phones/{id}/remove", None, Some(post(AccountsWrite, calling_in::remove_phone))),
        at("/accounts/{id}/access-pin", None, Some(post(AccountsWrite, calling_in::new_pin))),
        at("/greetings", Some(get(CallsRead, calling_in::list)), None),
        at("/plans/{id}/terms", Some(get(RatesRead, plan_terms::show)), Some(post(RatesWrite, plan_terms::change))),
        at("/plans/{id}/markup", Some(get(RatesRead, markups::show)), Some(post(RatesWrite, markups::change))),
        at("/plans/{id}/margin", Some(get(RatesRead, margins::show)), None),
        at("/conversions", Some(get(RatesRead, conversions::list)), Some(post(RatesWrite, conversions::create))),
        at("/conversions/{id}", Some(get(RatesRead, conversions::show)), None),
        at("/room-profiles", Some(get(RatesRead, room_profiles::list)), Some(post(RatesWrite, room_profiles::create))),
        at("/room-profiles/{id}", Some(get(RatesRead, room_profiles::show)), None),
        at("/room-profiles/{id}/change", None, Some(post(RatesWrite, room_profiles::change))),
        at("/bots", Some(get(CallsRead, bots::list)), Some(post(Admin, bots::create))),
        at("/bots/{id}", Some(get(CallsRead, bots::show)), None),
        at("/bots/{id}/change", None, Some(post(Admin, bots::change))),
        at("/bots/{id}/remove", None, Some(post(Admin, bots::remove))),
        at("/sounds", Some(get(Admin, sounds::list)), Some(post(Admin, sounds::set))),
        at("/tokens", Some(get(Admin, tokens::list)), Some(post(Admin, tokens::create))),
        at("/tokens/{id}", Some(get(Admin, tokens::show)), None),
        at("/tokens/{id}/revoke", None, Some(post(Admin, tokens::revoke))),
    ]
}

pub fn routes(service: &mut ServiceConfig) {
    // Whoever stands below is asked first: who is it, then was this asked before.
    let v1 = scope("/v1").wrap(from_fn(idempotency::keyed)).wrap(from_fn(auth::bearer));
    let v1 = resources().into_iter().fold(v1, |v1, at| v1.service(at.resource())).default_service(to(no_such_route));
    let api = scope("/api")
        .route("/openapi.json", web::get().to(openapi::document))
        .route("", web::get().to(async || see_other("/api/docs")))
        .service(web::resource("/docs").wrap(Compress::default()).wrap(pages::headers()).get(openapi::page::page))
        .service(v1)
        .default_service(to(no_such_route));
    service.service(api);
}

/// A part of a list.
#[derive(Serialize, utoipa::ToSchema)]
struct Page<T> {
    items: Vec<T>,
    /// Give this as `after` for the next page; null on the last one.
    next: Option<String>,
}

fn created(location: &str, body: impl Serialize) -> HttpResponse {
    HttpResponse::Created().insert_header((header::LOCATION, location)).json(body)
}
