//! What becomes of a saved card without its owner: its bank renews it or puts another number in its place, the merchant
//! corrects its date, somebody takes it away.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::errors::ApiError;
use super::model::{Cause, Model};
use super::objects::{Expiry, Method};
use super::test_cards;

const YEARS: i32 = 5;

/// What happens to a saved card at its bank, or by a member of the staff.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CardTurn {
    /// The same number for longer; what was wrong with the card is over.
    Renew,
    /// Another number.
    Replace,
    /// It is detached from its customer.
    TakeAway,
}

impl Model {
    /// Whether it could.
    pub(super) fn turn_card(&mut self, id: &str, turn: CardTurn, cause: &Cause) -> bool {
        let Some(method) = self.methods.get(id).filter(|method| method.customer.is_some()).cloned() else {
            return false;
        };
        let Expiry { month, year } = method.expiry;
        let expiry = Expiry { month, year: year + YEARS };
        let changed = match turn {
            CardTurn::Renew => Method { expiry, renewed: true, ..method },
            CardTurn::Replace => {
                let name = if method.card.brand() == "visa" { "pm_card_mastercard" } else { "pm_card_visa" };
                let card = test_cards::find(name).expect("it is one of the test cards");
                Method { card, expiry, renewed: true, ..method }
            }
            CardTurn::TakeAway => return self.detach(id, cause).is_ok(),
        };
        self.keep_method(changed, "payment_method.automatically_updated", cause);
        true
    }

    pub(super) fn update_method(&mut self, id: &str, expiry: Option<Expiry>, cause: &Cause) -> Result<Value, ApiError> {
        let method = self.methods.get(id).ok_or_else(|| ApiError::missing("PaymentMethod", id))?.clone();
        let expiry = expiry.unwrap_or(method.expiry);
        Ok(self.keep_method(Method { expiry, ..method }, "payment_method.updated", cause))
    }

    fn keep_method(&mut self, method: Method, event: &str, cause: &Cause) -> Value {
        let json = method.json();
        self.methods.insert(method.id.clone(), method);
        self.tell(event, json.clone(), cause);
        json
    }
}
