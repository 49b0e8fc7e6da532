//! What of a balance is promotional credit, in words.

use chrono::TimeDelta;

use crate::domain::currency::Currency;
use crate::domain::promo::Grant;
use crate::web::pages::show::money;

/// `5.00 USD until 2026-12-24`: the day on which it can still be spent. One for each grant with something left.
pub fn words(grants: &[Grant], currency: Currency) -> Vec<String> {
    let words = |grant: &Grant| {
        let last_moment = grant.expires_at - TimeDelta::seconds(1);
        format!("{} until {}", money(grant.remaining, currency), last_moment.format("%Y-%m-%d"))
    };
    grants.iter().map(words).collect()
}
