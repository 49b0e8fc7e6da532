//! The simulated phones: how a number behaves follows from its last four digits. One table for the logic and the page.

use serde::Serialize;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Behaviour {
    /// Answers so many seconds after the call was ordered, and stays.
    Answers {
        after_seconds: i64,
    },
    /// Answers after one second and hangs up so many seconds later.
    HangsUp {
        after_seconds: i64,
    },
    /// Answers after one second and presses `*` so many seconds later.
    PressesStar {
        after_seconds: i64,
    },
    Busy,
    NeverAnswers,
    Fails,
    /// Answers after one second and presses a digit so many seconds later.
    Presses {
        digit: char,
        after_seconds: i64,
    },
    /// A greeting of so many seconds, a beep, and then it records.
    Machine {
        greeting_seconds: i64,
    },
    Fax,
    /// Gives answering machine detection nothing to go by.
    Mumbles,
    StaysQueued,
    /// Rings until somebody presses Answer on the phones page.
    WaitsForHuman,
}

/// An ending, where N stands for any digit, and what a phone with it does.
pub const NUMBERS: [(&str, &str); 15] = [
    ("0002", "is busy"),
    ("0003", "rings and is never answered"),
    ("0004", "cannot be reached: the call fails"),
    ("0005", "an answering machine answers after 1 second, greets for 8 seconds and beeps"),
    ("0006", "stays queued and is never dialled"),
    ("0007", "a fax machine answers after 1 second"),
    ("0008", "answers after 1 second; person or machine, who can tell"),
    ("0030", "answers after 30 seconds"),
    ("1NNN", "answers after 1 second, hangs up NNN seconds later"),
    ("2NNN", "answers after NNN seconds"),
    ("3NNN", "answers after 1 second, presses * NNN seconds later"),
    ("4DNN", "answers after 1 second, presses the digit D NN seconds later"),
    ("6NNN", "an answering machine answers after 1 second, greets for NNN seconds and beeps"),
    ("9999", "rings until somebody presses Answer on this page"),
    ("any other", "answers after 1 second and stays until hung up"),
];

impl Behaviour {
    pub fn of(number: &str) -> Self {
        let ending = number.get(number.len().saturating_sub(4)..).unwrap_or_default();
        let seconds = || ending[1..].parse::<i64>().expect("the ending was seen to be digits");
        if ending.len() != 4 || !ending.bytes().all(|byte| byte.is_ascii_digit()) {
            return Self::Answers { after_seconds: 1 };
        }
        match (ending, &ending[..1]) {
            ("0002", _) => Self::Busy,
            ("0003", _) => Self::NeverAnswers,
            ("0004", _) => Self::Fails,
            ("0005", _) => Self::Machine { greeting_seconds: 8 },
            ("0006", _) => Self::StaysQueued,
            ("0007", _) => Self::Fax,
            ("0008", _) => Self::Mumbles,
            ("0030", _) => Self::Answers { after_seconds: 30 },
            ("9999", _) => Self::WaitsForHuman,
            (_, "1") => Self::HangsUp { after_seconds: seconds() },
            (_, "2") => Self::Answers { after_seconds: seconds() },
            (_, "3") => Self::PressesStar { after_seconds: seconds() },
            (_, "4") => {
                let digit = ending[1..].chars().next().expect("the ending has four digits");
                Self::Presses { digit, after_seconds: seconds() % 100 }
            }
            (_, "6") => Self::Machine { greeting_seconds: seconds() },
            _ => Self::Answers { after_seconds: 1 },
        }
    }

    /// `None`: it does not answer by itself.
    pub fn answers_after_seconds(self) -> Option<i64> {
        match self {
            Self::Answers { after_seconds } => Some(after_seconds),
            Self::HangsUp { .. }
            | Self::PressesStar { .. }
            | Self::Presses { .. }
            | Self::Machine { .. }
            | Self::Fax
            | Self::Mumbles => Some(1),
            Self::Busy | Self::NeverAnswers | Self::Fails | Self::StaysQueued | Self::WaitsForHuman => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_of_a_number_chooses_its_behaviour() {
        assert_eq!(Behaviour::of("+15005550002"), Behaviour::Busy);
        assert_eq!(Behaviour::of("+15005551090"), Behaviour::HangsUp { after_seconds: 90 });
        assert_eq!(Behaviour::of("+15005552005"), Behaviour::Answers { after_seconds: 5 });
        assert_eq!(Behaviour::of("+15005550100"), Behaviour::Answers { after_seconds: 1 });
        assert_eq!(Behaviour::of("+15005554507"), Behaviour::Presses { digit: '5', after_seconds: 7 });
        assert_eq!(Behaviour::of("+15005556012"), Behaviour::Machine { greeting_seconds: 12 });
        assert_eq!(Behaviour::of("client:joey"), Behaviour::Answers { after_seconds: 1 });
    }
}
