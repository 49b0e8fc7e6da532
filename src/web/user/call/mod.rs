//! One call: its page, the stream that keeps the page up to date, adding a number, what else is done to it, and hanging up.

pub mod add;
pub mod events;
pub mod hang_up;
pub mod invite;
pub mod operate;
pub mod page;
mod rate_view;
pub mod recordings;
pub mod snapshot;
pub mod supervise;
pub mod transfer;
pub mod words;

use crate::app::App;
use crate::storage::calls;
use crate::web::auth::Right;
use crate::web::auth::who::Person;
use crate::web::pages;
use crate::web::pages::error::PageError;

/// The id of a call that is this person's, or over which they have the right. Somebody else's call looks like none.
async fn allowed(app: &App, person: &Person, right: Right, id: &str) -> Result<String, PageError> {
    let id = pages::id(id)?;
    let wanted = id.clone();
    let account = app.db.read(move |tx| calls::account_of(tx, &wanted)).await?;
    match account {
        Some(account) if person.may(right, &account) => Ok(id),
        Some(_) | None => Err(PageError::NotFound),
    }
}
