//! Saved cards, by the card processor's names of them.

use actix_web::{HttpRequest, HttpResponse, web};
use utoipa::ToSchema;

use super::accounts::{AccountBody, changed};
use super::auth::actor;
use super::input::{Fields, path_id};
use crate::app::App;
use crate::flows::save_card::{NotSaved, Saved, SavedCard, save_card};
use crate::payments::Processor;
use crate::storage::Tx;
use crate::web::error::ApiError;

/// A card that was saved with the card processor, which alone knows its number.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body that `Fields` reads")]
pub struct NewCard {
    /// The processor's name of the customer.
    #[schema(example = "cus_NffrFeUfNV2Hib")]
    customer: String,
    /// The processor's name of the card.
    #[schema(example = "pm_1MqLiJLkdIwHu7ixUEgbFdYF")]
    method: String,
    /// What the owner knows it by.
    #[schema(example = "Visa ••4242")]
    label: String,
}

/// Save a card
///
/// A card that the card processor knows already; its number never comes here. The processor is asked whether it is this
/// customer's, since it charges no other.
#[utoipa::path(post, path = "/api/v1/accounts/{id}/cards", operation_id = "save_card", tag = "accounts", request_body = NewCard,
    params(("id" = String, Path)),
    responses((status = 201, body = AccountBody, description = "Saved, after the cards the account has"),
        (status = 409, description = "already_exists"),
        (status = 422, description = "card_not_theirs, other_customer, customer_taken, processor_down")))]
pub async fn save(request: HttpRequest, payload: web::Payload, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let id = path_id(&request, "account")?;
    let mut fields = Fields::read(&request, payload).await?;
    let processor = app.processors.chosen();
    let (customer_ref, method_ref, label) = (fields.text("customer")?, fields.text("method")?, fields.text("label")?);
    fields.done()?;
    let expires = seen_there(&app, &**processor, &method_ref, &customer_ref).await?;
    let card = SavedCard { processor: processor.name(), customer_ref, method_ref, label, expires };
    let (actor, now) = (actor(&request), app.clock.now());
    let save = move |tx: &mut Tx, id: &str| match save_card(tx, id, &card, &actor, now)? {
        Saved::Now => Ok(()),
        Saved::Refused(why) => Err(refused(why)),
    };
    changed(&app, id, Some("cards"), save).await
}

/// The last month of the card, which is the customer's at the processor.
async fn seen_there(
    app: &App,
    processor: &dyn Processor,
    method: &str,
    customer: &str,
) -> Result<Option<String>, ApiError> {
    let there = app.look_at_card(processor, method, customer).await.map_err(|doubt| {
        tracing::warn!(method, ?doubt, "a card could not be looked at");
        ApiError::unprocessable("processor_down", "The card processor does not answer. Try again in some minutes.")
    })?;
    let theirs = there.filter(|card| card.customer_ref.as_deref() == Some(customer) && card.live == processor.live());
    theirs.map(|card| card.expires).ok_or_else(|| refused(NotSaved::NotTheirs))
}

fn refused(why: NotSaved) -> ApiError {
    let field = match why {
        NotSaved::NotTheirs => "method",
        NotSaved::OtherCustomer | NotSaved::CustomerTaken => "customer",
    };
    ApiError::unprocessable(why.code(), why.to_string()).at(field)
}
