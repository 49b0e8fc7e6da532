//! Everything that is spoken, in every language. A sentence without words in one of them does not compile.

mod access;
mod amounts;

pub use amounts::{duration, money};

use crate::domain::call::message::Message;
use crate::domain::call::sentence::Sentence;
use crate::domain::language::Language;

/// Something to be heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Speech {
    Words {
        text: String,
        language: Language,
    },
    /// The address of a file to play.
    Sound(String),
    /// One after the other.
    All(Vec<Speech>),
}

struct Words {
    time_is_up: &'static str,
    nobody_there: &'static str,
    time_is_nearly_up: &'static str,
    one_minute_left: &'static str,
    /// With the amount where the braces are.
    topped_up: &'static str,
    recording: &'static str,
    access: access::Words,
}

const ENGLISH: Words = Words {
    time_is_up: "Your prepaid time is used up. Thank you for calling. Goodbye.",
    nobody_there: "There is nobody else in this call. Goodbye.",
    time_is_nearly_up: "Your balance is nearly used up and could not be topped up. This call will end soon.",
    one_minute_left: "You have one minute left.",
    topped_up: "Your balance was topped up by {}.",
    recording: "This call is being recorded.",
    access: access::ENGLISH,
};

const GERMAN: Words = Words {
    time_is_up: "Ihre bezahlte Zeit ist abgelaufen. Danke für Ihren Anruf. Auf Wiederhören.",
    nobody_there: "Es ist niemand mehr in diesem Gespräch. Auf Wiederhören.",
    time_is_nearly_up: "Ihr Guthaben ist fast aufgebraucht und konnte nicht aufgeladen werden. \
                        Dieses Gespräch endet bald.",
    one_minute_left: "Sie haben noch eine Minute.",
    topped_up: "Ihr Guthaben wurde um {} aufgeladen.",
    recording: "Dieses Gespräch wird aufgezeichnet.",
    access: access::GERMAN,
};

const SPANISH: Words = Words {
    time_is_up: "Su tiempo prepagado se ha agotado. Gracias por llamar. Adiós.",
    nobody_there: "No hay nadie más en esta llamada. Adiós.",
    time_is_nearly_up: "Su saldo está casi agotado y no se pudo recargar. Esta llamada terminará pronto.",
    one_minute_left: "Le queda un minuto.",
    topped_up: "Su saldo se ha recargado con {}.",
    recording: "Esta llamada se está grabando.",
    access: access::SPANISH,
};

const FRENCH: Words = Words {
    time_is_up: "Votre temps prépayé est écoulé. Merci de votre appel. Au revoir.",
    nobody_there: "Il n'y a plus personne dans cet appel. Au revoir.",
    time_is_nearly_up: "Votre crédit est presque épuisé et n'a pas pu être rechargé. Cet appel va bientôt se terminer.",
    one_minute_left: "Il vous reste une minute.",
    topped_up: "Votre crédit a été rechargé de {}.",
    recording: "Cet appel est enregistré.",
    access: access::FRENCH,
};

const ITALIAN: Words = Words {
    time_is_up: "Il tempo prepagato è esaurito. Grazie per aver chiamato. Arrivederci.",
    nobody_there: "Non c'è più nessuno in questa chiamata. Arrivederci.",
    time_is_nearly_up: "Il credito è quasi esaurito e non è stato possibile ricaricarlo. \
                        Questa chiamata terminerà tra poco.",
    one_minute_left: "Le resta un minuto.",
    topped_up: "Il credito è stato ricaricato di {}.",
    recording: "Questa chiamata viene registrata.",
    access: access::ITALIAN,
};

const PORTUGUESE: Words = Words {
    time_is_up: "O seu tempo pré-pago terminou. Obrigado por ligar. Adeus.",
    nobody_there: "Não há mais ninguém nesta chamada. Adeus.",
    time_is_nearly_up: "O seu saldo está quase esgotado e não foi possível recarregá-lo. Esta chamada terminará em breve.",
    one_minute_left: "Resta um minuto.",
    topped_up: "O seu saldo foi recarregado com {}.",
    recording: "Esta chamada está a ser gravada.",
    access: access::PORTUGUESE,
};

impl Speech {
    /// The operator's sound, if there is one, else words; `amount` is what the sentence names, if it names something.
    pub fn sentence(sentence: Sentence, amount: Option<&str>, language: Language, sound: Option<String>) -> Self {
        sound.map_or_else(|| Self::Words { text: spoken(sentence, amount, language), language }, Self::Sound)
    }

    pub fn message(message: Message, language: Language) -> Self {
        match message {
            Message::Words(text) => Self::Words { text, language },
            Message::Sound(url) => Self::Sound(url),
        }
    }
}

/// The words of a sentence, without what it names if there is none.
pub fn spoken(sentence: Sentence, amount: Option<&str>, language: Language) -> String {
    let words = words(language);
    let naming = |words: &str| words.replace("{}", amount.unwrap_or("…"));
    match sentence {
        Sentence::TimeIsUp => words.time_is_up.to_owned(),
        Sentence::NobodyThere => words.nobody_there.to_owned(),
        Sentence::TimeIsNearlyUp => words.time_is_nearly_up.to_owned(),
        Sentence::OneMinuteLeft => words.one_minute_left.to_owned(),
        Sentence::ToppedUp => naming(words.topped_up),
        Sentence::Recording => words.recording.to_owned(),
        Sentence::AskCode => words.access.ask_code.to_owned(),
        Sentence::AskPin => words.access.ask_pin.to_owned(),
        Sentence::WrongCode => words.access.wrong_code.to_owned(),
        Sentence::TooManyTries => words.access.too_many_tries.to_owned(),
        Sentence::Balance => naming(words.access.balance),
        Sentence::AskNumber => words.access.ask_number.to_owned(),
        Sentence::NotANumber => words.access.not_a_number.to_owned(),
        Sentence::NoRate => words.access.no_rate.to_owned(),
        Sentence::TooManyCalls => words.access.too_many_calls.to_owned(),
        Sentence::NotEnoughCredit => words.access.not_enough_credit.to_owned(),
        Sentence::BeingToppedUp => words.access.being_topped_up.to_owned(),
        Sentence::CallAgain => words.access.call_again.to_owned(),
        Sentence::CannotCall => words.access.cannot_call.to_owned(),
        Sentence::NotInService => words.access.not_in_service.to_owned(),
        Sentence::TimeToTalk => naming(words.access.time_to_talk),
    }
}

fn words(language: Language) -> &'static Words {
    match language {
        Language::English => &ENGLISH,
        Language::German => &GERMAN,
        Language::Spanish => &SPANISH,
        Language::French => &FRENCH,
        Language::Italian => &ITALIAN,
        Language::Portuguese => &PORTUGUESE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::call::message::spoken_at_most;
    use crate::domain::call::whisper::LONGEST_RECORDING_NOTICE;

    #[test]
    fn that_a_call_is_recorded_is_said_within_the_time_that_is_kept_for_it() {
        for language in Language::ALL {
            let words = spoken(Sentence::Recording, None, language);
            assert!(spoken_at_most(&words) <= LONGEST_RECORDING_NOTICE, "{words}");
        }
    }
    use std::collections::HashSet;

    #[test]
    fn every_sentence_is_said_in_words_of_its_own_in_every_language() {
        let all = Language::ALL.into_iter().flat_map(|language| Sentence::ALL.map(|sentence| (sentence, language)));
        let said: HashSet<_> =
            all.clone().map(|(sentence, language)| spoken(sentence, Some("5.00 USD"), language)).collect();
        assert_eq!(said.len(), all.count());
        for language in Language::ALL {
            for sentence in [Sentence::ToppedUp, Sentence::Balance, Sentence::TimeToTalk] {
                assert!(spoken(sentence, Some("5.00 USD"), language).contains("5.00 USD"), "{sentence:?} {language}");
            }
        }
    }

    #[test]
    fn an_operators_sound_is_played_instead_of_words() {
        let url = "https://talk.example/hello.mp3".to_owned();
        let speech = Speech::sentence(Sentence::Recording, None, Language::German, Some(url.clone()));
        assert_eq!(speech, Speech::Sound(url));
    }
}
