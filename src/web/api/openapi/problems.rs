//! Every code of a problem document: programs may rely on them, so none changes its meaning or its status.

use serde_json::{Value, json};

use crate::web::error::ApiError;

pub struct Code {
    pub code: &'static str,
    pub status: u16,
    pub meaning: &'static str,
}

const fn code(status: u16, code: &'static str, meaning: &'static str) -> Code {
    Code { code, status, meaning }
}

#[rustfmt::skip]
pub const CODES: &[Code] = &[
    code(400, "malformed_json", "The body is not a JSON object."),
    code(400, "unreadable_body", "The body did not arrive whole."),
    code(400, "missing_idempotency_key", "What moves money or dials needs the header Idempotency-Key."),
    code(401, "unauthorised", "The token is missing, wrong, revoked or expired."),
    code(403, "missing_scope", "The token is not good for this; `field` names the scope."),
    code(404, "not_found", "There is nothing of this id."),
    code(404, "no_such_route", "There is nothing at this address."),
    code(405, "wrong_method", "This address answers other methods; the header Allow names them."),
    code(409, "in_progress", "The first request with this key is still being done. Ask again."),
    code(409, "already_exists", "Something with the same name or number exists already."),
    code(409, "email_taken", "Somebody has an account with this address."),
    code(409, "account_closed", "The account is closed, and stays so."),
    code(409, "account_not_empty", "The account has live calls, money or debt; say `anyway` to close it all the same."),
    code(409, "last_owner", "Somebody has to be an owner."),
    code(409, "profile_exists", "There is a profile of this name."),
    code(409, "plan_exists", "There is a plan of this name."),
    code(409, "token_exists", "There is or was a token of this name."),
    code(409, "secret_shown_once", "It was done, but its answer held a secret that is shown only once."),
    code(409, "call_is_over", "The call is over, so nothing can be done to it."),
    code(409, "no_such_leg", "There is no such leg in the call."),
    code(409, "not_in_the_call", "The leg is not in the call at the moment, so nothing can be done to it."),
    code(409, "payer_stays", "The call ends with the paying leg; hang up the call instead."),
    code(409, "no_transfer", "No transfer is under way that could be connected or taken back."),
    code(409, "nobody_to_connect", "The phone the call is transferred to is not in it yet."),
    code(409, "transfer_under_way", "A transfer of the call is under way; connect it or take it back first."),
    code(409, "payer_ends_the_call", "The call ends with the paying leg, so it cannot be the one that leaves."),
    code(409, "nobody_to_transfer", "Nobody else is in the call."),
    code(409, "transfer_to_a_bot", "The number is a bot's, which keeps nobody company."),
    code(409, "bot_exists", "There is a bot of this name or number."),
    code(409, "nobody_waits", "Nobody waits in this call, or somebody has taken it."),
    code(409, "not_a_supervisor", "The leg is no supervisor's, so it has no mode."),
    code(409, "is_a_supervisor", "The leg is a supervisor's: set its mode, or remove it."),
    code(409, "cannot_be_coached", "Only a leg that takes part in the call can be whispered to."),
    code(409, "too_many_supervisors", "The call has as many supervisors as it may."),
    code(409, "queue_hold_off", "The operator does not allow to hold calls in a queue; hold or park instead."),
    code(409, "not_two_parties", "Only a call of two legs, both in it, can be held in a queue."),
    code(409, "not_in_the_queue", "The leg does not wait in a queue."),
    code(409, "too_many_phones", "The account has as many known phones as it may."),
    code(409, "vouchers_off", "The operator has not set the key that vouchers need."),
    code(409, "printed_before", "The PINs of the batch were shown once, and are not known any more."),
    code(409, "needs_second_person", "It waits for a second person's approval."),
    code(409, "batch_voided", "The batch is void."),
    code(409, "voucher_over", "The voucher was redeemed or has expired."),
    code(409, "just_activated", "The voucher was activated at this moment; look at it again."),
    code(409, "same_person", "Who asked for it, or made the token of the program that did, cannot approve it."),
    code(409, "already_decided", "It was approved or refused before."),
    code(409, "request_expired", "It has waited too long; ask for it anew."),
    code(409, "call_not_begun", "The call's own phone has not answered yet."),
    code(409, "is_a_guest", "The call is a guest in another, or the leg is one that another account pays for."),
    code(409, "in_anothers_room", "The call is a guest in the room of another account's, and can only be hung up."),
    code(409, "never_recorded", "Calls of the plan are not recorded."),
    code(409, "always_recorded", "Calls of the plan are always recorded; pause the recording instead."),
    code(409, "not_recorded", "The call is not being recorded; start a recording first."),
    code(409, "recording_is_paused", "The recording is paused; resume it instead."),
    code(409, "recording_goes_on", "The recording still goes on, so it cannot be deleted yet."),
    code(409, "no_message", "There is no message that machines are left; give one."),
    code(409, "recharge_not_agreed", "The owner has not agreed to automatic recharge."),
    code(413, "body_too_large", "JSON may have 64 KB, a deck 128 MB."),
    code(415, "wrong_content_type", "The body is not of the type this takes."),
    code(422, "invalid_field", "A field, parameter or header cannot be so; `field` names it."),
    code(422, "missing_field", "A field or parameter is missing; `field` names it."),
    code(422, "unknown_field", "The body has a field that is not known here."),
    code(422, "unknown_parameter", "The address has a parameter that is not known here, or one twice."),
    code(422, "idempotency_key_reused", "The key was used for another request."),
    code(422, "unknown_account", "There is no account of this id."),
    code(422, "unknown_bot", "There is no bot of this name."),
    code(422, "unknown_plan", "There is no plan of this name."),
    code(422, "no_conversion", "There is no conversion between the currencies, or only one that is too old."),
    code(422, "other_currency", "The currencies of the two differ."),
    code(422, "bad_deck", "Lines of the deck cannot be taken, so nothing was; `errors` has each."),
    code(422, "account_not_open", "The account is blocked or closed."),
    code(422, "not_enough_free", "Less than that is free in the balance: the rest was spent, or is held by calls."),
    code(422, "wrong_pin", "There is no voucher of this PIN that can be used."),
    code(422, "voucher_expired", "The voucher has expired."),
    code(422, "unknown_voucher", "There is no voucher of this serial."),
    code(422, "voucher_not_printed", "A voucher of these cannot be activated, so none was."),
    code(422, "no_range", "The serials are not the first and the last of one batch, or are too many."),
    code(422, "not_an_agent", "The account is no agent's."),
    code(422, "agent_not_open", "The agent's account is blocked or closed."),
    code(422, "agent_without_money", "The agent's balance does not pay for that."),
    code(422, "agents_account", "An agent's account takes no vouchers, and no cash from agents."),
    code(422, "not_offered", "This is not offered under the account's plan, or not any more."),
    code(422, "bad_end", "Promotional credit ends in the future, and within five years."),
    code(422, "balance_too_large", "No balance may be so large."),
    code(422, "nothing_charged", "The payment brought no money that could go back."),
    code(422, "more_than_charged", "Less than that is left of the charge."),
    code(422, "amount_too_small", "The card processor takes no amount so small."),
    code(422, "amount_too_large", "So much is not taken at once."),
    code(422, "amount_too_fine", "The currency has no such small coins."),
    code(422, "no_consent", "To save a card the owner must agree."),
    code(422, "charging_off", "The operator has stopped all charges of cards for now."),
    code(422, "processor_down", "The card processor does not answer; try again in some minutes."),
    code(422, "card_not_theirs", "The card processor has no such card with the customer."),
    code(422, "other_customer", "The account is another customer at the card processor."),
    code(422, "customer_taken", "The customer at the card processor is another account's."),
    code(422, "too_many_checkouts", "Too many checkouts of the account are open."),
    code(422, "nobody_to_dial", "There is no number to dial."),
    code(422, "too_many_numbers", "A call may not have so many phones."),
    code(422, "same_number_twice", "A number is there twice."),
    code(422, "no_rate", "The plan has no rate for a number."),
    code(422, "ends_sooner", "A number's maximum cost would end the running call before its time."),
    code(422, "destination_blocked", "The plan does not allow calls to a number."),
    code(422, "account_frozen", "The account makes no calls and takes no money until somebody has looked at it."),
    code(422, "too_many_calls", "The account has as many calls at once as it may."),
    code(422, "too_many_calls_a_minute", "The account has dialled as many calls within a minute as it may."),
    code(422, "lines_are_busy", "All accounts together have as many calls as they may."),
    code(422, "spend_cap", "What the account may spend in an hour or a day leaves too little for this."),
    code(422, "not_enough_credit", "The balance buys less than the shortest call."),
    code(422, "pays_already", "The account pays for this call already; add the number to it."),
    code(422, "too_little_time", "The call ends too soon to ring anybody."),
    code(422, "recording_not_offered", "Calls of the plan are not recorded, so nobody can ask for it."),
    code(422, "recording_required", "Calls of the plan are always recorded."),
    code(422, "being_topped_up", "The saved card is being charged. Ask again in a moment."),
    code(429, "too_many_guesses", "Too many PINs were wrong; wait."),
    code(422, "not_owed", "The account does not owe so much."),
    code(500, "internal", "Something went wrong on our side, and was noted."),
    code(503, "unavailable", "The service cannot answer now. Ask again."),
];

pub fn find(code: &str) -> Option<&'static Code> {
    CODES.iter().find(|known| known.code == code)
}

impl Code {
    /// A whole document, for instance.
    pub fn example(&self) -> Value {
        let status = actix_web::http::StatusCode::from_u16(self.status).expect("the table holds statuses");
        let problem = ApiError::new(status, self.code, self.meaning);
        serde_json::from_str(&problem.body()).unwrap_or_else(|_| json!({}))
    }
}
