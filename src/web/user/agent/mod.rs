//! What an agent does at its desk: activating vouchers it sells, and taking cash for others' accounts. It is a caller
//! whose account is an agent's; for every other caller there is nothing here.

mod desk;
pub mod receipts;

use actix_web::web::{self, ServiceConfig};

use crate::app::App;
use crate::domain::agent::Agent;
use crate::storage::agents;
use crate::web::auth::SignedIn;
use crate::web::pages::error::PageError;

pub fn routes(service: &mut ServiceConfig) {
    service
        .route("/agent", web::get().to(desk::get))
        .route("/agent/activate", web::post().to(desk::activate))
        .route("/agent/cash", web::post().to(desk::cash))
        .route("/agent/receipts/{id}", web::get().to(receipts::get));
}

async fn agent(app: &App, who: &SignedIn) -> Result<Agent, PageError> {
    let id = who.account.id.clone();
    let found = app.db.read(move |tx| agents::find(tx, &id)).await?;
    found.filter(Agent::sells).ok_or(PageError::NotFound)
}
