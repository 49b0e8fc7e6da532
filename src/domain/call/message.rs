//! Something a leg is to hear: words, or a sound file of the operator's.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

/// The carrier speaks about so much in half a minute; what goes beyond the paid time is the house's.
const MOST_CHARACTERS: usize = 500;
/// Nobody speaks more slowly.
const CHARACTERS_A_SECOND: usize = 8;

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Message {
    Words(String),
    /// The address of a file to play.
    Sound(String),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadMessage {
    #[error("a message has at least one word")]
    Empty,
    #[error("a message has at most {MOST_CHARACTERS} characters")]
    TooLong,
    #[error("a sound is an address that begins with https:// or http://")]
    NoAddress,
}

impl Message {
    pub fn words(text: &str) -> Result<Self, BadMessage> {
        match text.trim() {
            "" => Err(BadMessage::Empty),
            text if text.chars().count() > MOST_CHARACTERS => Err(BadMessage::TooLong),
            text => Ok(Self::Words(text.to_owned())),
        }
    }

    pub fn sound(address: &str) -> Result<Self, BadMessage> {
        let host = ["https://", "http://"].iter().find_map(|scheme| address.strip_prefix(scheme));
        let good = host.is_some_and(|host| !host.is_empty() && !host.starts_with('/'));
        let plain = address.chars().all(|letter| letter.is_ascii_graphic()) && address.len() <= MOST_CHARACTERS;
        if good && plain { Ok(Self::Sound(address.to_owned())) } else { Err(BadMessage::NoAddress) }
    }

    /// One of the two, given as one text: what begins like an address is a sound.
    pub fn read(text: &str) -> Result<Self, BadMessage> {
        let is_address = ["https://", "http://"].iter().any(|scheme| text.trim().starts_with(scheme));
        if is_address { Self::sound(text.trim()) } else { Self::words(text) }
    }

    /// As `read` takes it.
    pub fn text(&self) -> &str {
        match self {
            Self::Words(text) | Self::Sound(text) => text,
        }
    }

    /// `longest_sound`: nobody knows how long a file at an address is.
    pub fn lasts_at_most(&self, longest_sound: TimeDelta) -> TimeDelta {
        match self {
            Self::Words(words) => spoken_at_most(words),
            Self::Sound(_) => longest_sound,
        }
    }
}

pub fn spoken_at_most(words: &str) -> TimeDelta {
    let seconds = words.chars().count().div_ceil(CHARACTERS_A_SECOND) + 1;
    TimeDelta::seconds(i64::try_from(seconds).expect("what is said is short"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_heard_is_no_message() {
        assert_eq!(Message::words("  Goodbye. "), Ok(Message::Words("Goodbye.".into())));
        assert_eq!(Message::words(" "), Err(BadMessage::Empty));
        assert_eq!(Message::words(&"a".repeat(501)), Err(BadMessage::TooLong));
        assert!(Message::sound("https://talk.example/a.mp3").is_ok());
        assert_eq!(
            Message::read(" https://talk.example/a.mp3"),
            Ok(Message::Sound("https://talk.example/a.mp3".into()))
        );
        assert_eq!(Message::read("Goodbye."), Ok(Message::Words("Goodbye.".into())));
        for bad in ["", "a.mp3", "ftp://talk.example/a.mp3", "https://", "https:///a", "https://talk.example/a b"] {
            assert_eq!(Message::sound(bad), Err(BadMessage::NoAddress), "{bad}");
        }
    }
}
