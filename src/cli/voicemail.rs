//! `talktime voicemail-drop`: leaves a message for whoever a plain `<Dial>` has reached. No document of ours dials so: the
//! calls are those of another application of the operator's at the same carrier, and nobody here pays for them.

use std::process::ExitCode;

use clap::Args;

use super::CommandError;
use crate::app::carrier;
use crate::clock::Clock;
use crate::config::Settings;
use crate::domain::call::message::Message;
use crate::domain::language::Language;
use crate::outbound::Outbound;
use crate::voice::{CallSeen, Carrier, Document, LegProgress, Order, Outcome, Speech};

#[derive(Args)]
pub struct VoicemailDrop {
    /// The carrier's name of the call that dialled; it goes on without the other, as its own document says.
    parent: String,
    /// Words, or the address of a sound.
    message: String,
    /// In which words are spoken: en, de, es, fr, it or pt.
    #[arg(long, default_value = "en")]
    language: String,
}

pub async fn run(command: &VoicemailDrop, settings: &Settings) -> Result<ExitCode, CommandError> {
    let said = |why: String| CommandError::Said(why);
    let message = Message::read(&command.message).map_err(|bad| said(bad.to_string()))?;
    let language: Language = command.language.parse().map_err(|bad| said(format!("{bad}")))?;
    let outbound = Outbound::new(Clock::running(1)).map_err(|error| said(error.to_string()))?;
    // Nothing that it is told names an address of ours.
    let carrier = carrier(&settings.carrier()?, "");
    let left = leave(&*carrier, &outbound, &command.parent, Speech::message(message, language)).await?;
    println!("{left} hears the message and is hung up.");
    Ok(ExitCode::SUCCESS)
}

/// Whoever the parent talks with hears the message and is hung up. Returns the carrier's name of that call.
pub async fn leave(
    carrier: &dyn Carrier,
    outbound: &Outbound,
    parent: &str,
    speech: Speech,
) -> Result<String, CommandError> {
    let children = match order(carrier, outbound, Order::FindChildren { parent_sid: parent.to_owned() }).await {
        Outcome::Calls(children) => children,
        other => return Err(failed("The carrier does not say whom it dialled", &other)),
    };
    let talks = |child: &CallSeen| child.progress == LegProgress::Answered;
    let Some(child) = children.into_iter().find(talks) else {
        return Err(CommandError::Said(format!("Nobody whom {parent} dialled is on the phone.")));
    };
    let call_sid = child.call_sid.clone();
    match order(carrier, outbound, Order::RedirectTo { call_sid, document: Document::Farewell(speech) }).await {
        Outcome::Call(_) => Ok(child.call_sid),
        other => Err(failed("The message was perhaps not left; look before you try again", &other)),
    }
}

async fn order(carrier: &dyn Carrier, outbound: &Outbound, order: Order) -> Outcome {
    let response = outbound.send(&carrier.request(&order)).await;
    carrier.response(&order, &response)
}

fn failed(what: &str, outcome: &Outcome) -> CommandError {
    CommandError::Said(format!("{what}: {outcome:?}"))
}
