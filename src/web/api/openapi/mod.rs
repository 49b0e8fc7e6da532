//! The description of the API for programs that read descriptions, at `/api/openapi.json`: what the types and handlers
//! say of themselves, made complete with what holds for all of them.

mod complete;
mod examples;
pub mod page;
pub mod problems;
mod schemas;

use std::sync::LazyLock;

use actix_web::HttpResponse;
use serde_json::Value;
use utoipa::OpenApi;

use super::{
    access_numbers, account_changes, account_transfers, accounts, administrators, agents, alerts, audit, bills, bots,
    bundles, by_hand, call_links, calling_in, calls, caps, cards, charging, checkouts, conversions, decks, disputes,
    earned, events, figures, guests, invitations, legs, margins, markups, operations, payments, plan_terms, plans,
    promos, quotes, recharge, reconciliations, recordings, refunds, refusals, requests, room_profiles, saved_cards,
    sounds, statements, tokens, transfers, unassigned, voucher_batches, vouchers, watch,
};
use crate::web::error::{BadDeckLine, Problem};

#[derive(OpenApi)]
#[openapi(
    info(title = "Talktime", description = INTRODUCTION),
    paths(
        accounts::list, accounts::create, accounts::show,
        account_changes::block, account_changes::unblock, account_changes::close,
        account_changes::plan, account_changes::language, account_changes::set_password,
        cards::save,
        recharge::show, recharge::agree, recharge::stop, recharge::resume,
        payments::list, payments::show,
        refunds::create, refunds::show,
        reconciliations::list, reconciliations::show,
        disputes::list, disputes::show, unassigned::list, unassigned::show, unassigned::settle, unassigned::assign,
        requests::list, requests::show, requests::yes, requests::no,
        voucher_batches::list, voucher_batches::create, voucher_batches::show, voucher_batches::of_batch, voucher_batches::print,
        voucher_batches::void,
        vouchers::show, vouchers::void, vouchers::redeem,
        agents::list, agents::appoint, agents::dismiss, agents::activate, agents::take, agents::receipts, agents::receipt,
        saved_cards::list, saved_cards::order, saved_cards::remove, saved_cards::prefer,
        checkouts::create, checkouts::list, checkouts::show, checkouts::cancel,
        by_hand::credit, by_hand::debit, by_hand::write_off, account_transfers::list, promos::create, promos::list,
        bundles::list, bundles::buy, bundles::offers, bundles::offer, bundles::withdraw,
        quotes::create,
        calls::list, calls::create, calls::show, calls::hang_up, legs::create, legs::records, operations::create,
        transfers::create, transfers::take, transfers::queue,
        guests::create, invitations::create, invitations::show, invitations::revoke,
        recordings::list, recordings::show, recordings::delete,
        bills::show,
        call_links::list, call_links::create, call_links::show, call_links::revoke,
        access_numbers::list, access_numbers::create, access_numbers::show, access_numbers::change, access_numbers::remove,
        calling_in::phones, calling_in::add_phone, calling_in::remove_phone, calling_in::new_pin, calling_in::list,
        decks::create, decks::export, decks::list,
        plans::list, plans::create, plans::show, plan_terms::show, plan_terms::change, markups::show, markups::change, margins::show,
        conversions::list, conversions::create, conversions::show,
        room_profiles::list, room_profiles::create, room_profiles::show, room_profiles::change,
        events::endpoints, events::add, events::show, events::pause, events::resume, events::list, events::deliveries, events::again,
        administrators::list, administrators::create, administrators::show, administrators::set_role, administrators::set_password,
        administrators::remove,
        audit::list,
        caps::of_house, caps::set_house, caps::of_plan, caps::set_plan, caps::of_account, caps::set_account,
        watch::show, watch::change, watch::freeze, watch::unfreeze,
        alerts::list, alerts::show, alerts::handle,
        refusals::list,

        figures::show, earned::show,
        bots::list, bots::show, bots::create, bots::change, bots::remove,
        charging::show, charging::switch, statements::show,
        sounds::list, sounds::set,
        tokens::list, tokens::create, tokens::show, tokens::revoke,
    ),
    tags(
        (name = "accounts", description = "Customers, their balances and their cards."),
        (name = "checkouts", description = "Visits to the card processor's own page: top-ups and saved cards."),
        (name = "payments", description = "Automatic charges of saved cards, and refunds."),
        (name = "disputes", description = "Charges that cardholders take back, and money that is nobody's."),
        (name = "reconciliations", description = "Our books beside those of others: what differs."),
        (name = "vouchers", description = "Printed by the batch, redeemed once."),
        (name = "agents", description = "Accounts that sell vouchers and take cash, and the receipts of cash."),
        (name = "requests", description = "What waits for a second person, since it moves much money."),
        (name = "calls", description = "Dial, add a number, look, hang up."),
        (name = "access", description = "Calling in: the numbers to ring, and how callers are known."),
        (name = "quotes", description = "What a call costs and how long money lasts."),
        (name = "rates", description = "Plans, and the decks of rates they are made of."),
        (name = "events", description = "Where events are sent, and what became of each."),
        (name = "figures", description = "What the dashboard shows."),
        (name = "administrators", description = "Who administers the service."),
        (name = "caps", description = "How much accounts may use at once, and where to."),
        (name = "alerts", description = "What somebody of the house should look at."),
        (name = "audit", description = "Who did what."),
        (name = "bots", description = "Phones of the house that say things and hear keys in calls."),
        (name = "announcements", description = "What is played instead of being spoken."),
        (name = "tokens", description = "Who may use the API, and for what."),
    ),
    components(schemas(Problem, BadDeckLine))
)]
struct Description;

const INTRODUCTION: &str = "\
Prepaid calling. Amounts are decimal strings in the currency beside them, with at most six digits after the point. Times \
are RFC 3339 in UTC. Lists are newest first and paged: `limit` says how many, `next` of the answer is the `after` of the \
next page, and null on the last. A request with a field or parameter that is not known is refused. What is wrong is said \
by a problem document (RFC 9457) with a stable `code`. A POST with the header `Idempotency-Key` is done once: repeating it \
within 24 hours gives the first answer again, with the header `Idempotency-Replayed: true`.";

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    let written = serde_json::to_value(Description::openapi()).expect("it is plain data");
    complete::complete(written)
});

pub async fn document() -> HttpResponse {
    HttpResponse::Ok().json(description())
}

/// The whole description.
pub fn description() -> &'static Value {
    &DOCUMENT
}
