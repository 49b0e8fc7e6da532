//! Asks the carrier what it takes for the legs of a settled call, at growing distances: the price appears some minutes
//! after the end.

use super::carrier::order;
use super::{Done, JobError};
use crate::app::App;
use crate::domain::carrier_price::{Look, next_look};
use crate::flows::carrier_prices::{prices_looked_for, to_be_priced};
use crate::storage::carrier_prices::Waiting;
use crate::voice::{Order, Outcome};

pub async fn run(app: &App, call: String) -> Result<Done, JobError> {
    let now = app.clock.now();
    let legs = app.db.write(move |tx| to_be_priced(tx, &call, now)).await?;
    let Some(settled_at) = legs.first().map(|leg| leg.settled_at) else { return Ok(Done::Finished) };
    let mut looks = vec![];
    for leg in legs {
        let look = look(app, &leg).await;
        looks.push((leg, look));
    }
    let now = app.clock.now();
    let open = app.db.write(move |tx| prices_looked_for(tx, looks, now)).await?;
    Ok(if open { Done::Again(next_look(settled_at, app.clock.now())) } else { Done::Finished })
}

async fn look(app: &App, leg: &Waiting) -> Look {
    match order(app, Order::FetchCall { call_sid: leg.call_sid.clone() }).await {
        Outcome::Call(seen) => seen.price.map_or(Look::NoPrice, Look::Price),
        Outcome::Gone => Look::Gone,
        _ => Look::NoAnswer,
    }
}
