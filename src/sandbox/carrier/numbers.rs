//! The REST API of owned numbers: `IncomingPhoneNumbers`, their JSON and their list.

use std::sync::Arc;

use serde_json::{Value, json};

use super::exchange::Exchange;
use super::lists::Page;
use super::model::{Form, OwnedNumber, Refusal, World, rfc2822};
use super::rest::Answered;
use super::twiml::{Hook, Method};

/// The list, and orders for a new number.
pub fn all(exchange: &Arc<Exchange>, method: &str, form: &Form, page: Result<Page, Refusal>) -> Answered {
    let own = exchange.settings.account_sid.as_str();
    exchange.with(|model, now| match method {
        "POST" => model.own_number(form, now).map(|number| (201, json_of(own, &number))),
        "GET" => list(model, own, form, &page?),
        _ => Err(not_allowed()),
    })
}

pub fn one(exchange: &Arc<Exchange>, method: &str, sid: &str, form: &Form) -> Answered {
    let own = exchange.settings.account_sid.as_str();
    exchange.with(|model, now| match method {
        "GET" => {
            let number = model.number(sid).ok_or_else(|| Refusal::not_found(sid))?;
            Ok((200, json_of(own, number)))
        }
        "POST" => model.update_number(sid, form, now).map(|number| (200, json_of(own, &number))),
        "DELETE" => model.release_number(sid).map(|()| (204, Value::Null)),
        _ => Err(not_allowed()),
    })
}

fn list(model: &World, account: &str, form: &Form, page: &Page) -> Answered {
    // A part of a number finds it, as does its whole.
    let wanted = form.filled("PhoneNumber").unwrap_or_default().trim_matches('*');
    let name = form.filled("FriendlyName");
    let found = model
        .numbers()
        .rev()
        .filter(|one| one.number.contains(wanted) && name.is_none_or(|name| one.friendly_name == name));
    let found = found.map(|number| json_of(account, number)).collect();
    Ok((200, page.envelope("incoming_phone_numbers", found)))
}

fn json_of(account: &str, number: &OwnedNumber) -> Value {
    let url = |hook: &Option<Hook>| hook.as_ref().map(|hook| hook.url.clone()).unwrap_or_default();
    let method = |hook: &Option<Hook>| match hook.as_ref().map(|hook| hook.method) {
        Some(Method::Get) => "GET",
        Some(Method::Post) | None => "POST",
    };
    json!({
        "sid": number.sid,
        "account_sid": account,
        "phone_number": number.number,
        "friendly_name": number.friendly_name,
        "voice_url": url(&number.voice),
        "voice_method": method(&number.voice),
        "voice_fallback_url": url(&number.fallback),
        "voice_fallback_method": method(&number.fallback),
        "voice_application_sid": "",
        "voice_caller_id_lookup": false,
        "voice_receive_mode": "voice",
        "status_callback": url(&number.callback),
        "status_callback_method": method(&number.callback),
        "sms_url": "",
        "sms_method": "POST",
        "sms_fallback_url": "",
        "sms_fallback_method": "POST",
        "sms_application_sid": "",
        "capabilities": { "voice": true, "sms": false, "mms": false, "fax": false },
        "address_requirements": "none",
        "address_sid": null,
        "bundle_sid": null,
        "identity_sid": null,
        "trunk_sid": null,
        "emergency_status": "Inactive",
        "emergency_address_sid": null,
        "emergency_address_status": "unregistered",
        "beta": false,
        "origin": "twilio",
        "status": "in-use",
        "type": "local",
        "date_created": rfc2822(number.created_at),
        "date_updated": rfc2822(number.updated_at),
        "api_version": "2010-04-01",
        "uri": format!("/2010-04-01/Accounts/{account}/IncomingPhoneNumbers/{}.json", number.sid),
    })
}

fn not_allowed() -> Refusal {
    Refusal { http: 405, code: 20004, message: "Method not allowed".to_owned() }
}
