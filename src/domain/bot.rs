//! Bots: phones of the house that answer by a script. A bot in a call is a leg that rings a number of our own; there it
//! says a greeting, waits for a key, does what the operator wants of that key, and leaves when nobody presses any.
//!
//! In a conference no application hears keys. A bot hears them because its leg is a line with two ends: the one in the
//! room, and the one at its number, where the carrier asks us what to do.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::call::message::Message;
use super::language::Language;
use super::phone_number::PhoneNumber;
use super::setting::{BadSetting, Given, Kind, Setting, apply, number};

/// What a program may send for one text.
const LONGEST_TEXT: usize = 200;
const LONGEST_NAME: usize = 40;
const ROUNDS: (u16, u16) = (1, 10);
const SECONDS: (u16, u16) = (1, 60);

/// What is not kept is as it is here.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct Bot {
    /// One that is ours at the carrier, and whose calls it asks us about.
    pub number: Option<PhoneNumber>,
    pub language: Language,
    pub greeting: Option<Message>,
    /// After the greeting, and after whatever else it says.
    pub wait_seconds: u16,
    /// How often it greets before it leaves, if nobody presses a key it knows.
    pub rounds: u16,
    /// What it says to a key.
    pub answers: BTreeMap<char, Message>,
    /// Those after which it leaves.
    pub leave_keys: String,
}

impl Default for Bot {
    fn default() -> Self {
        Self {
            number: None,
            language: Language::default(),
            greeting: None,
            wait_seconds: 10,
            rounds: 3,
            answers: BTreeMap::new(),
            leave_keys: String::new(),
        }
    }
}

/// What a bot does next.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Deed {
    /// Says this and waits for a key. `round`: how often it has greeted since it knew a key.
    Ask {
        say: Message,
        round: u16,
    },
    Leave {
        last_words: Option<Message>,
    },
}

/// A bot's name, as it stands in addresses, has 1 to 40 letters a-z, digits and hyphens.
pub fn is_name(text: &str) -> bool {
    let plain = text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    plain && (1..=LONGEST_NAME).contains(&text.len())
}

impl Bot {
    /// What to do when this key was pressed, or none in time. A bot that was just answered is in round 0.
    pub fn hears(&self, key: Option<char>, round: u16) -> Deed {
        let said = key.and_then(|key| self.answers.get(&key)).cloned();
        if key.is_some_and(|key| self.leave_keys.contains(key)) {
            return Deed::Leave { last_words: said };
        }
        match (said, &self.greeting) {
            (Some(say), _) => Deed::Ask { say, round: 0 },
            (None, Some(greeting)) if round < self.rounds => Deed::Ask { say: greeting.clone(), round: round + 1 },
            (None, _) => Deed::Leave { last_words: None },
        }
    }

    /// Sets what is given, and says of each that cannot be why.
    pub fn apply(&mut self, given: &Given) -> Vec<BadSetting> {
        let mut bad = apply(SETTINGS, self, given);
        let needed = [("number", self.number.is_none()), ("greeting", self.greeting.is_none())];
        for (name, _) in needed.into_iter().filter(|(_, is_missing)| *is_missing) {
            if bad.iter().all(|bad| bad.name != name) {
                bad.push(BadSetting::new(name, "is missing"));
            }
        }
        bad
    }
}

/// A setting for what the bot says to a key.
macro_rules! key {
    ($key:literal, $name:literal, $label:literal) => {
        Setting {
            name: $name,
            label: $label,
            help: "words, or the address of a sound; nothing if empty",
            kind: Kind::Text,
            get: |bot| shown(bot.answers.get(&$key)),
            set: |bot, text| {
                match message(text)? {
                    Some(message) => bot.answers.insert($key, message),
                    None => bot.answers.remove(&$key),
                };
                Ok(())
            },
        }
    };
}

/// One line a setting: its field on the page, in the API and in the audit, and how it is read.
#[rustfmt::skip]
pub const SETTINGS: &[Setting<Bot>] = &[
    Setting { name: "number", label: "Its number", help: "one that is yours at the carrier", kind: Kind::Text,
        get: |bot| bot.number.as_ref().map(ToString::to_string).unwrap_or_default(),
        set: |bot, text| { bot.number = Some(text.parse().map_err(|bad| format!("is wrong: {bad}"))?); Ok(()) } },
    Setting { name: "language", label: "It speaks", help: "", kind: Kind::Choice(languages),
        get: |bot| bot.language.code().to_owned(),
        set: |bot, text| { bot.language = text.parse().map_err(|bad| format!("is wrong: {bad}"))?; Ok(()) } },
    Setting { name: "greeting", label: "Greeting", help: "words, or the address of a sound", kind: Kind::Text,
        get: |bot| shown(bot.greeting.as_ref()), set: |bot, text| { bot.greeting = message(text)?; Ok(()) } },
    Setting { name: "wait_seconds", label: "Seconds it waits for a key", help: "1 to 60",
        kind: Kind::Number { least: SECONDS.0, most: SECONDS.1 }, get: |bot| bot.wait_seconds.to_string(),
        set: |bot, text| { bot.wait_seconds = number(text, SECONDS.0, SECONDS.1)?; Ok(()) } },
    Setting { name: "rounds", label: "Greetings before it leaves, if nobody presses a key", help: "1 to 10",
        kind: Kind::Number { least: ROUNDS.0, most: ROUNDS.1 }, get: |bot| bot.rounds.to_string(),
        set: |bot, text| { bot.rounds = number(text, ROUNDS.0, ROUNDS.1)?; Ok(()) } },
    key!('1', "key_1", "Key 1"),
    key!('2', "key_2", "Key 2"),
    key!('3', "key_3", "Key 3"),
    key!('4', "key_4", "Key 4"),
    key!('5', "key_5", "Key 5"),
    key!('6', "key_6", "Key 6"),
    key!('7', "key_7", "Key 7"),
    key!('8', "key_8", "Key 8"),
    key!('9', "key_9", "Key 9"),
    key!('0', "key_0", "Key 0"),
    key!('*', "key_star", "Key *"),
    key!('#', "key_hash", "Key #"),
    Setting { name: "leave_keys", label: "Keys after which it leaves", help: "such as 9#, with what it says to them first",
        kind: Kind::Text, get: |bot| bot.leave_keys.clone(), set: |bot, text| { bot.leave_keys = keys(text)?; Ok(()) } },
];

fn languages() -> Vec<(&'static str, &'static str)> {
    Language::ALL.map(|language| (language.code(), language.name())).to_vec()
}

/// What begins like an address is a sound.
fn message(text: &str) -> Result<Option<Message>, String> {
    let read =
        if text.starts_with("https://") || text.starts_with("http://") { Message::sound } else { Message::words };
    match text.trim() {
        "" => Ok(None),
        text if text.chars().count() > LONGEST_TEXT => Err(format!("has at most {LONGEST_TEXT} characters")),
        text => read(text).map(Some).map_err(|bad| format!("is wrong: {bad}")),
    }
}

fn shown(message: Option<&Message>) -> String {
    match message {
        Some(Message::Words(text) | Message::Sound(text)) => text.clone(),
        None => String::new(),
    }
}

fn keys(text: &str) -> Result<String, String> {
    let pressed = text.chars().filter(|one| !one.is_whitespace() && *one != ',');
    let keys: Vec<_> = pressed.collect();
    let known = keys.iter().all(|key| key.is_ascii_digit() || matches!(key, '*' | '#'));
    if known && keys.len() <= 12 {
        Ok(keys.into_iter().collect())
    } else {
        Err("is keys such as 9#, 12 at most".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Message {
        Message::words(text).unwrap()
    }

    fn bot() -> Bot {
        let mut bot = Bot::default();
        let given = [
            ("number", "+15005550009"),
            ("greeting", "Press 1 or 9."),
            ("rounds", "2"),
            ("key_1", "One."),
            ("key_9", "https://talk.example/bye.mp3"),
            ("leave_keys", "9, #"),
        ];
        let given = given.map(|(name, text)| (name.to_owned(), text.to_owned()));
        assert_eq!(bot.apply(&given.to_vec()), []);
        bot
    }

    #[test]
    fn a_key_is_answered_and_the_bot_waits_for_the_next() {
        let (bot, one) = (bot(), Deed::Ask { say: words("One."), round: 0 });
        assert_eq!(bot.hears(Some('1'), 1), one);
        assert_eq!(bot.hears(Some('1'), 0), one, "as often as one likes");
    }

    #[test]
    fn it_greets_a_few_times_and_leaves_when_nobody_presses_a_key_it_knows() {
        let (bot, greets) = (bot(), |round| Deed::Ask { say: words("Press 1 or 9."), round });
        assert_eq!(bot.hears(None, 0), greets(1));
        assert_eq!(bot.hears(Some('5'), 1), greets(2));
        assert_eq!(bot.hears(None, 2), Deed::Leave { last_words: None });
    }

    #[test]
    fn it_leaves_after_a_key_with_and_without_last_words() {
        let bye = Message::Sound("https://talk.example/bye.mp3".into());
        assert_eq!(bot().hears(Some('9'), 1), Deed::Leave { last_words: Some(bye) });
        assert_eq!(bot().hears(Some('#'), 1), Deed::Leave { last_words: None });
    }

    #[test]
    fn whatever_is_pressed_and_however_often_nothing_is_said_without_a_key_more_than_a_few_times() {
        let (bot, mut round, mut said) = (Bot { rounds: 10, ..bot() }, 0, 0);
        while let Deed::Ask { round: next, .. } = bot.hears(Some('7'), round) {
            (round, said) = (next, said + 1);
            assert!(said <= 10);
        }
        assert_eq!(said, 10);
        // An address that somebody made up changes nothing.
        assert_eq!(bot.hears(None, u16::MAX), Deed::Leave { last_words: None });
    }

    #[test]
    fn each_setting_is_given_back_as_it_was_given_and_outlasts_the_books() {
        for setting in SETTINGS {
            let values: Vec<String> = match setting.kind {
                Kind::Flag => vec![],
                Kind::Choice(choices) => choices().into_iter().map(|(code, _)| code.to_owned()).collect(),
                Kind::Number { least, most } => vec![least.to_string(), most.to_string()],
                Kind::Text if setting.name == "number" => vec!["+15005550009".into()],
                Kind::Text if setting.name == "leave_keys" => vec!["19*#".into(), String::new()],
                Kind::Text => vec!["Hello.".into(), "https://talk.example/a.mp3".into(), String::new()],
            };
            for value in values {
                let mut changed = bot();
                (setting.set)(&mut changed, &value).unwrap();
                assert_eq!((setting.get)(&changed), value, "{}", setting.name);
                let kept: Bot = serde_json::from_str(&serde_json::to_string(&changed).unwrap()).unwrap();
                assert_eq!(kept, changed, "{}", setting.name);
            }
        }
    }

    #[test]
    fn what_cannot_be_is_refused_by_the_name_of_its_setting() {
        let long = "a".repeat(201);
        for (name, text) in [
            ("number", "12"),
            ("number", ""),
            ("language", "xx"),
            ("greeting", ""),
            ("greeting", &long),
            ("greeting", "https://"),
            ("wait_seconds", "0"),
            ("rounds", "11"),
            ("key_1", "https://a b"),
            ("leave_keys", "a"),
            ("key_12", "Twelve."),
        ] {
            let bad = bot().apply(&vec![(name.to_owned(), text.to_owned())]);
            assert_eq!(bad.iter().map(|bad| bad.name.as_str()).collect::<Vec<_>>(), [name], "{text}");
        }
        let missing: Vec<_> = Bot::default().apply(&vec![]).into_iter().map(|bad| bad.name).collect();
        assert_eq!(missing, ["number", "greeting"]);
    }

    #[test]
    fn a_name_fits_into_an_address() {
        assert!(is_name("weather-2") && is_name(&"a".repeat(40)));
        for bad in ["", "Weather", "a b", "a/b", "é", &"a".repeat(41)] {
            assert!(!is_name(bad), "{bad}");
        }
    }
}
