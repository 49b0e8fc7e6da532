//! Settings that people and programs give by name, each one line of a table: the page that asks for it, the API, the
//! audit and the reading of what was given are all made of that line.

/// One of the settings of a `T`.
pub struct Setting<T: 'static> {
    /// For programs and in forms.
    pub name: &'static str,
    pub label: &'static str,
    /// What one has to know to choose; may be empty.
    pub help: &'static str,
    pub kind: Kind,
    pub get: fn(&T) -> String,
    /// Refuses with what is wrong, said after the setting's label: "is neither … nor …".
    pub set: fn(&mut T, &str) -> Result<(), String>,
}

/// What is given: how a page asks for it and which JSON a program sends.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// `true` or `false`.
    Flag,
    /// One of a few words, each with what a person reads.
    Choice(fn() -> Vec<(&'static str, &'static str)>),
    Number {
        least: u16,
        most: u16,
    },
    Text,
}

/// Names with what was given for them.
pub type Given = Vec<(String, String)>;

/// What was given for a setting cannot be; the sentence goes on after its label.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BadSetting {
    pub name: String,
    pub why: String,
}

impl BadSetting {
    pub fn new(name: &str, why: impl Into<String>) -> Self {
        Self { name: name.to_owned(), why: why.into() }
    }
}

/// Words that stand for the values of a type.
pub trait Choice: Copy + PartialEq + 'static {
    /// Each value with its word and with what a person reads.
    const ALL: &'static [(Self, &'static str, &'static str)];

    fn code(self) -> &'static str {
        Self::ALL.iter().find(|(value, ..)| *value == self).expect("each value has its line").1
    }

    /// What a person reads.
    fn label(self) -> &'static str {
        Self::ALL.iter().find(|(value, ..)| *value == self).expect("each value has its line").2
    }

    fn read(code: &str) -> Result<Self, String> {
        let found = Self::ALL.iter().find(|(_, known, _)| *known == code);
        found.map(|(value, ..)| *value).ok_or_else(|| {
            let known: Vec<_> = Self::ALL.iter().map(|(_, code, _)| *code).collect();
            format!("is one of {}", known.join(", "))
        })
    }
}

pub fn choices<C: Choice>() -> Vec<(&'static str, &'static str)> {
    C::ALL.iter().map(|(_, code, label)| (*code, *label)).collect()
}

pub fn flag(text: &str) -> Result<bool, String> {
    text.parse().map_err(|_| "is true or false".to_owned())
}

pub fn number(text: &str, least: u16, most: u16) -> Result<u16, String> {
    let number = text.parse().ok().filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| format!("is a whole number from {least} to {most}"))
}

/// Sets what is given and leaves the rest; a name that is no setting's is wrong, too.
pub fn apply<T>(settings: &[Setting<T>], to: &mut T, given: &Given) -> Vec<BadSetting> {
    let mut bad = vec![];
    for (name, text) in given {
        let set = settings.iter().find(|setting| setting.name == name).map(|setting| (setting.set)(to, text));
        match set {
            Some(Ok(())) => {}
            Some(Err(why)) => bad.push(BadSetting::new(name, why)),
            None => bad.push(BadSetting::new(name, "is no setting")),
        }
    }
    bad
}

/// All of them, as they are: `name=value`, for the audit.
pub fn written<T>(settings: &[Setting<T>], of: &T) -> String {
    let written: Vec<_> = settings.iter().map(|setting| format!("{}={}", setting.name, (setting.get)(of))).collect();
    written.join(" ")
}
