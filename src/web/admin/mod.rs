//! What administrators see: rates, accounts, the people among themselves, and who did what.

pub mod access;
pub mod account;
pub mod accounts;
pub mod alerts;
pub mod audit;
pub mod bots;
pub mod bundle_offers;
pub mod caps;
pub mod charging;
pub mod conversions;
pub mod dashboard;
pub mod decks;
pub mod disputes;
pub mod draft;
pub mod earned;
pub mod events;
pub mod live;
pub mod margin;
pub mod markup;
pub mod open_account;
pub mod payments;
pub mod people;
pub mod plan;
pub mod plan_terms;
pub mod queues;
pub mod reconciliations;
pub mod refusals;
pub mod requests;
pub mod rooms;
pub mod settings;
pub mod shown_once;
pub mod sounds;
pub mod tokens;
pub mod unassigned;
pub mod upload;
pub mod vouchers;
pub mod watch;

use actix_web::web::{self, ServiceConfig};

use crate::web::user::call::recordings;

pub fn routes(service: &mut ServiceConfig) {
    service
        .route("/admin", web::get().to(dashboard::get))
        .route("/admin/live", web::get().to(live::page::get))
        .route("/admin/live/events", web::get().to(live::events::get))
        .route("/admin/live/{id}/bots", web::post().to(live::bots::post))
        .route("/admin/live/{id}/end", web::post().to(live::end::post))
        .service(web::resource("/admin/live/{id}/guests").get(live::guests::get).post(live::guests::post))
        .service(web::resource("/admin/live/{id}/supervisors").get(live::supervise::get).post(live::supervise::post))
        .service(web::resource("/admin/decks").get(decks::get).post(upload::post))
        .route("/admin/decks/{deck}", web::get().to(plan::export))
        .route("/admin/decks/drafts/{id}", web::get().to(draft::get))
        .route("/admin/decks/drafts/{id}/import", web::post().to(draft::import))
        .route("/admin/decks/drafts/{id}/discard", web::post().to(draft::discard))
        .service(web::resource("/admin/events").get(events::get).post(events::add))
        .route("/admin/events/{id}/switch", web::post().to(events::switch))
        .route("/admin/events/deliveries/{id}", web::get().to(events::delivery))
        .route("/admin/events/deliveries/{id}/again", web::post().to(events::again))
        .route("/admin/recordings/{id}/delete", web::post().to(recordings::delete))
        .route("/admin/queues", web::get().to(queues::get))
        .route("/admin/queues/{id}/take", web::post().to(queues::take))
        .route("/admin/plans", web::post().to(plan::make))
        .route("/admin/plans/{id}", web::get().to(plan::get))
        .service(web::resource("/admin/plans/{id}/terms").get(plan_terms::get).post(plan_terms::post))
        .service(web::resource("/admin/plans/{id}/markup").get(markup::get).post(markup::post))
        .route("/admin/margins", web::get().to(earned::get))
        .route("/admin/margins.csv", web::get().to(earned::download))
        .service(web::resource("/admin/conversions").get(conversions::get).post(conversions::post))
        .service(web::resource("/admin/plans/{id}/bundles").get(bundle_offers::get).post(bundle_offers::post))
        .route("/admin/bundle-offers/{id}/withdraw", web::post().to(bundle_offers::withdraw))
        .service(web::resource("/admin/rooms").get(rooms::get).post(rooms::make))
        .service(web::resource("/admin/rooms/{id}").get(rooms::one).post(rooms::change))
        .service(web::resource("/admin/access").get(access::get).post(access::make))
        .route("/admin/access/calls", web::get().to(access::calls))
        .service(web::resource("/admin/access/{id}").get(access::one).post(access::change))
        .route("/admin/access/{id}/remove", web::post().to(access::remove))
        .service(web::resource("/admin/accounts").get(accounts::get).post(open_account::post))
        .route("/admin/accounts/new", web::get().to(open_account::form))
        .configure(account::routes)
        .service(web::resource("/admin/people").get(people::get).post(people::add))
        .route("/admin/people/{id}/role", web::post().to(people::role))
        .route("/admin/people/{id}/password", web::post().to(people::password))
        .route("/admin/people/{id}/remove", web::post().to(people::remove))
        .service(web::resource("/admin/watch").get(watch::get).post(watch::post))
        .service(web::resource("/admin/caps").get(caps::of_house).post(caps::set_house))
        .service(web::resource("/admin/plans/{id}/caps").get(caps::of_plan).post(caps::set_plan))
        .service(web::resource("/admin/accounts/{id}/caps").get(caps::of_account).post(caps::set_account))
        .route("/admin/alerts", web::get().to(alerts::get))
        .route("/admin/alerts/{id}/handle", web::post().to(alerts::handle))
        .route("/admin/audit", web::get().to(audit::get))
        .route("/admin/audit.csv", web::get().to(audit::download))
        .service(web::resource("/admin/bots").get(bots::get).post(bots::make))
        .service(web::resource("/admin/bots/{name}").get(bots::one).post(bots::change))
        .route("/admin/bots/{name}/remove", web::post().to(bots::remove))
        .service(web::resource("/admin/charging").get(charging::get).post(charging::post))
        .service(web::resource("/admin/sounds").get(sounds::get).post(sounds::post))
        .route("/admin/refusals", web::get().to(refusals::get))
        .route("/admin/refusals.csv", web::get().to(refusals::download))
        .route("/admin/requests", web::get().to(requests::get))
        .route("/admin/requests/{id}/approve", web::post().to(requests::yes))
        .route("/admin/requests/{id}/refuse", web::post().to(requests::no))
        .service(web::resource("/admin/tokens").get(tokens::get).post(tokens::post))
        .route("/admin/tokens/{id}/revoke", web::post().to(tokens::revoke))
        .route("/admin/disputes", web::get().to(disputes::get))
        .route("/admin/disputes/{id}", web::get().to(disputes::one))
        .route("/admin/disputes/{id}/refund", web::post().to(disputes::give_back))
        .route("/admin/unassigned", web::get().to(unassigned::get))
        .route("/admin/unassigned/{id}/assign", web::post().to(unassigned::assign))
        .route("/admin/unassigned/{id}/settle", web::post().to(unassigned::settle))
        .route("/admin/reconciliations", web::get().to(reconciliations::get))
        .route("/admin/reconciliations", web::post().to(reconciliations::compare))
        .route("/admin/reconciliations/{id}", web::get().to(reconciliations::one))
        .configure(vouchers::routes)
        .configure(payments::routes);
}
