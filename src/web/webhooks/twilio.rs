//! The carrier's webhooks: verify, read, decide and save, answer.

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};

use super::{bot, forged, greet, incoming, message, unreadable};
use crate::app::App;
use crate::domain::call::instruction::{Asked, Instruction};
use crate::domain::call::progress::Event;
use crate::domain::call::sentence::Sentence;
use crate::domain::language::Language;
use crate::flows::FlowError;
use crate::flows::announce::{Said, announcement as look_up};
use crate::flows::greet::{Inbound, Pressed};
use crate::flows::guests::guests_in;
use crate::flows::instruct_leg::{Question, Told, instruct_leg};
use crate::flows::recordings::recording_reported;
use crate::flows::report::{Message, conference_reported, leg_reported};
use crate::voice::{Body, ConferenceEvent, DialQueue, Document, Enqueue, Join, Music, Place, Report, Speech, Verdict};

const SOURCE: &str = "twilio";

pub async fn receive(app: Data<App>, request: HttpRequest, body: Bytes) -> HttpResponse {
    // Held by whoever sends, in a story; taken here, too, for what outlives the reply.
    let _busy = app.clock.busy();
    let incoming = incoming(&app, &request, &body);
    if !app.carrier.verify(&incoming) {
        return forged(SOURCE);
    }
    let report = match app.carrier.read(&incoming) {
        Ok(report) => report,
        Err(why) => return unreadable(SOURCE, &why),
    };
    match answer(&app, report, message(SOURCE, &incoming, None)).await {
        Ok(body) => HttpResponse::Ok().content_type(body.content_type).body(body.text),
        // A leg or call we never had: signed, so a leftover of another installation. Nobody pays for it.
        Err(FlowError::NotFound { what, id }) => {
            tracing::warn!(what, id, "a webhook about something unknown");
            let body = app.carrier.document(&Document::HangUp);
            HttpResponse::Ok().content_type(body.content_type).body(body.text)
        }
        Err(error @ (FlowError::Storage(_) | FlowError::TooEarly(_))) => {
            tracing::error!(%error, "a webhook could not be booked");
            HttpResponse::ServiceUnavailable().finish()
        }
    }
}

async fn answer(app: &App, report: Report, message: Message) -> Result<Body, FlowError> {
    let now = app.clock.now();
    match report {
        Report::DocumentWanted { leg, call_sid, verdict } => {
            told(app, leg, call_sid, Asked::ForInstructions, verdict, message).await
        }
        Report::DialEnded { leg, call_sid } => told(app, leg, call_sid, Asked::AfterItsStay, None, message).await,
        Report::QueueMusicWanted { leg, call_sid } => told(app, leg, call_sid, Asked::WhileQueued, None, message).await,
        Report::QueueLeft { leg, call_sid, goes_on: true } => {
            told(app, leg, call_sid, Asked::AfterTheQueue, None, message).await
        }
        Report::QueueLeft { leg, call_sid, goes_on: false } => {
            let event = Event::Named { leg: leg.clone(), call_sid };
            app.db.write(move |tx| leg_reported(tx, &leg, &event, Some(&message), now)).await?;
            Ok(app.carrier.acknowledgement())
        }
        Report::AnnouncementWanted { call, announcement } => {
            let (said, language) = app.db.read(move |tx| look_up(tx, &call, announcement)).await?;
            Ok(app.carrier.document(&Document::Announce(speech(said, language))))
        }
        Report::HoldMusicWanted => {
            Ok(app.carrier.document(&Document::HoldMusic { sound: app.config.hold_music.url.clone() }))
        }
        Report::Recording { call, seen } => {
            app.db.write(move |tx| recording_reported(tx, &call, &seen, &message, now)).await?;
            Ok(app.carrier.acknowledgement())
        }
        Report::CalledIn { call_sid, from, to } => greet::called_in(app, Inbound { call_sid, from, to }, message).await,
        Report::Pressed { call_sid, turn, pressed } => {
            greet::pressed(app, Pressed { call_sid, turn, digits: pressed.digits }, pressed.hung_up, message).await
        }
        Report::CalledInStatus { call_sid, progress } => greet::status(app, call_sid, progress, message).await,
        Report::BotWanted { bot, round, pressed } => bot::answers(app, bot, round, pressed).await,
        Report::LegProgress { leg, call_sid, progress } => {
            let event = Event::Progress { leg: leg.clone(), call_sid, progress };
            app.db.write(move |tx| leg_reported(tx, &leg, &event, Some(&message), now)).await?;
            Ok(app.carrier.acknowledgement())
        }
        Report::Conference { call, conference_sid, event } => {
            let event = match event {
                ConferenceEvent::Joined { call_sid } => Some(Event::Joined { call_sid, conference_sid }),
                ConferenceEvent::Left { call_sid } => Some(Event::Left { call_sid }),
                ConferenceEvent::Started | ConferenceEvent::Ended | ConferenceEvent::Other => None,
            };
            room_reported(app, call, event, message).await?;
            Ok(app.carrier.acknowledgement())
        }
    }
}

/// The events of a room come for the call whose room it is. Of its guests each learns them, too, in its own account's
/// books; who is meant shows in the event.
async fn room_reported(app: &App, call: String, event: Option<Event>, message: Message) -> Result<(), FlowError> {
    let now = app.clock.now();
    let host = call.clone();
    let guests = app.db.read(move |tx| guests_in(tx, &host)).await?;
    for guest in guests {
        let (event, message) = (event.clone(), Message { id: format!("{}:{guest}", message.id), ..message.clone() });
        app.db.write(move |tx| conference_reported(tx, &guest, event.as_ref(), &message, now)).await?;
    }
    app.db.write(move |tx| conference_reported(tx, &call, event.as_ref(), &message, now)).await
}

async fn told(
    app: &App,
    leg: String,
    call_sid: String,
    asked: Asked,
    verdict: Option<Verdict>,
    message: Message,
) -> Result<Body, FlowError> {
    let (timing, now) = (app.config.rules.timing, app.clock.now());
    let question = Question { leg: leg.clone(), call_sid, asked, verdict };
    let told = app.db.write(move |tx| instruct_leg(tx, &question, &message, &timing, now)).await?;
    Ok(app.carrier.document(&document(app, leg, asked, told)))
}

fn speech(said: Said, language: Language) -> Speech {
    match said {
        Said::Message(message) => Speech::message(message, language),
        Said::Sentence { sentence, amount, sound } => Speech::sentence(sentence, amount.as_deref(), language, sound),
    }
}

fn document(app: &App, leg: String, asked: Asked, told: Told) -> Document {
    let again = |leg| app.carrier.url(&Place::Document { leg, turn: told.turn });
    match told.instruction {
        Instruction::Join { limit_seconds, end_room_on_exit, muted, coaches, seat } => Document::Join(Join {
            room: told.room,
            limit_seconds,
            after_url: app.carrier.url(&Place::After { leg }),
            music_url: app.carrier.url(&Place::HoldMusic { call: told.call.clone() }),
            recording_url: app.carrier.url(&Place::Recording { call: told.call.clone() }),
            conference_url: app.carrier.url(&Place::Conference { call: told.call }),
            end_room_on_exit,
            muted,
            coaches,
            seat,
        }),
        Instruction::Music { seconds } => Document::Music(Music {
            seconds,
            sound: app.config.hold_music.url.clone(),
            sound_seconds: app.config.hold_music.seconds,
            again_url: match asked {
                Asked::WhileQueued => app.carrier.url(&Place::QueueMusic { leg }),
                Asked::ForInstructions | Asked::AfterItsStay | Asked::AfterTheQueue => again(leg),
            },
        }),
        Instruction::Enqueue => Document::Enqueue(Enqueue {
            queue: told.room,
            music_url: app.carrier.url(&Place::QueueMusic { leg: leg.clone() }),
            after_url: app.carrier.url(&Place::AfterQueue { leg }),
        }),
        Instruction::DialQueue { limit_seconds } => Document::DialQueue(DialQueue {
            queue: told.room,
            limit_seconds,
            after_url: app.carrier.url(&Place::After { leg }),
        }),
        Instruction::Whisper { message, recorded } => {
            let notice = || Speech::sentence(Sentence::Recording, None, told.language, told.sound);
            let message = message.map(|message| Speech::message(message, told.language));
            Document::Whisper {
                speeches: message.into_iter().chain(recorded.then(notice)).collect(),
                again_url: again(leg),
            }
        }
        Instruction::Farewell(message) => Document::Farewell(Speech::message(message, told.language)),
        Instruction::Notice(notice) => {
            Document::Farewell(Speech::sentence(notice.into(), None, told.language, told.sound))
        }
        Instruction::HangUp => Document::HangUp,
    }
}
