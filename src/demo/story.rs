//! The story: Alice's call recharges itself and goes on; Bob's card is declined, and his call ends at its limit.

use std::time::Duration;

use super::people::People;
use super::tell::Teller;
use super::{Demo, DemoError};
use crate::domain::call::Phase;
use crate::domain::call::machine::MachineChoice;
use crate::domain::refused::Way;
use crate::flows::place_call::{DialRequest, Placed, place_call};
use crate::ids;
use crate::storage::{StorageError, call_records, calls, ledger};

/// Her phone answers after a second and hangs up 65 seconds later: past the first limit.
const ALICE_DIALS: (&str, &str) = ("+14155551065", "+14155550101");
/// His phone stays as long as the call lasts.
const BOB_DIALS: (&str, &str) = ("+14155550100", "+14155550102");
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Tells the story as it happens. `true`: the books balance at its end.
pub async fn tell_story(demo: &Demo, people: &People, teller: &Teller) -> Result<bool, DemoError> {
    let alice = dial(demo, people.alice.account.as_deref(), ALICE_DIALS).await?;
    let bob = dial(demo, people.bob.account.as_deref(), BOB_DIALS).await?;
    let mut calls = [Told { call: alice, lines: 0, over: false }, Told { call: bob, lines: 0, over: false }];
    while calls.iter().any(|told| !told.over) {
        for told in &mut calls {
            told.go_on(demo, teller).await?;
        }
        drop(demo.service.app.clock.sleep(LOOK_EVERY).await);
    }
    let broken = demo.service.app.db.read(ledger::check).await.map_err(|error: StorageError| error)?;
    teller.books(&broken, demo.service.app.clock.now());
    Ok(broken.is_empty())
}

async fn dial(demo: &Demo, account: Option<&str>, (own, other): (&str, &str)) -> Result<String, DemoError> {
    let app = &demo.service.app;
    let request = DialRequest {
        way: Way::Page,
        whisper: None,
        record: None,
        machine: MachineChoice::default(),
        account: account.unwrap_or_default().to_owned(),
        own_number: own.parse().expect("a number"),
        numbers: vec![other.parse().expect("a number")],
        request_key: ids::new("key"),
    };
    let (forms, rules, now) = (app.forms.clone(), app.config.rules, app.clock.now());
    match app.db.write(move |tx| place_call(tx, &request, &forms, &rules, now)).await? {
        Placed::Call { id, .. } | Placed::Already { id } => Ok(id),
        Placed::Refused(refusal) => Err(DemoError::Refused(refusal.to_string())),
    }
}

/// How far a call's record has been told.
struct Told {
    call: String,
    lines: i64,
    over: bool,
}

impl Told {
    async fn go_on(&mut self, demo: &Demo, teller: &Teller) -> Result<(), DemoError> {
        let (id, first) = (self.call.clone(), self.lines);
        let read = demo.service.app.db.read(move |tx| {
            // The call first: what its record gains after that is told next time.
            let call = calls::find(tx, &id)?;
            Ok::<_, StorageError>((call, call_records::since(tx, &id, first)?))
        });
        let (call, lines) = read.await?;
        let Some(call) = call else { return Ok(()) };
        for line in &lines {
            teller.line(&call, line);
        }
        self.lines += i64::try_from(lines.len()).expect("records are few");
        self.over = matches!(call.phase, Phase::Settled(_));
        Ok(())
    }
}
