//! What the action of a Gather is told was pressed.

use super::webhook::Form;
use crate::voice::Pressed;

/// What stands for digits of a phone that was hung up.
const HUNG_UP: &str = "hangup";

pub fn pressed(form: &Form) -> Pressed {
    let digits = form.get("Digits").map(String::as_str).unwrap_or_default();
    let is_over = form.get("CallStatus").is_some_and(|status| status == "completed");
    let hung_up = is_over || digits == HUNG_UP;
    Pressed {
        digits: if hung_up { String::new() } else { digits.chars().filter(is_key).collect() },
        finished: form.get("FinishedOnKey").is_some_and(|key| !key.is_empty()),
        hung_up,
    }
}

fn is_key(one: &char) -> bool {
    one.is_ascii_digit() || matches!(one, '*' | '#' | 'A'..='D')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Pressed {
        pressed(&url::form_urlencoded::parse(body.trim().as_bytes()).into_owned().collect())
    }

    #[test]
    fn digits_are_read_with_the_key_that_ended_them() {
        let pin = read(include_str!("../../../fixtures/twilio/gather_digits.form"));
        assert_eq!(pin, Pressed { digits: "1234".into(), finished: true, hung_up: false });
        let complete = read(include_str!("../../../fixtures/twilio/gather_one_digit.form"));
        assert_eq!(complete, Pressed { digits: "*".into(), finished: false, hung_up: false });
    }

    #[test]
    fn nothing_pressed_and_only_the_finish_key_are_no_digits() {
        assert_eq!(read(include_str!("../../../fixtures/twilio/gather_empty.form")), Pressed::default());
        assert_eq!(read("Digits=&FinishedOnKey=%23"), Pressed { finished: true, ..Pressed::default() });
        assert_eq!(read("CallSid=CA1"), Pressed::default(), "the parameter may be left out");
    }

    #[test]
    fn who_hung_up_pressed_nothing() {
        let gone = Pressed { hung_up: true, ..Pressed::default() };
        assert_eq!(read(include_str!("../../../fixtures/twilio/gather_hangup.form")), gone);
        assert_eq!(read("Digits=12&CallStatus=completed"), gone);
    }

    #[test]
    fn what_is_no_key_is_dropped() {
        assert_eq!(read("Digits=1+x%2F2%23").digits, "12#");
    }
}
