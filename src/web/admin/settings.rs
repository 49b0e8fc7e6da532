//! Settings on a page: an input for each line of a table, with what was typed and what is wrong with it.

use crate::domain::setting::{BadSetting, Given, Kind, Setting};
use crate::web::pages::form::Fields;

pub struct Line {
    pub name: &'static str,
    pub label: &'static str,
    pub help: &'static str,
    pub shape: Shape,
    pub value: String,
    pub error: Option<String>,
}

pub enum Shape {
    Tick,
    /// Words with what a person reads.
    Choice(Vec<(String, String)>),
    Number,
    Text,
}

impl Line {
    /// As it is read where nothing can be typed.
    pub fn text(&self) -> &str {
        match &self.shape {
            Shape::Tick if self.value == "true" => "yes",
            Shape::Tick => "no",
            Shape::Choice(choices) => {
                choices.iter().find(|(code, _)| *code == self.value).map_or(&self.value, |(_, label)| label)
            }
            Shape::Number | Shape::Text if self.value.is_empty() => "none",
            Shape::Number | Shape::Text => &self.value,
        }
    }

    pub fn is_ticked(&self) -> bool {
        self.value == "true"
    }
}

pub fn lines<T>(settings: &[Setting<T>], of: &T) -> Vec<Line> {
    let line = |setting: &Setting<T>| Line {
        name: setting.name,
        label: setting.label,
        help: setting.help,
        shape: match setting.kind {
            Kind::Flag => Shape::Tick,
            Kind::Choice(choices) => {
                let owned = |(code, label): (&str, &str)| (code.to_owned(), label.to_owned());
                Shape::Choice(choices().into_iter().map(owned).collect())
            }
            Kind::Number { .. } => Shape::Number,
            Kind::Text => Shape::Text,
        },
        value: (setting.get)(of),
        error: None,
    };
    settings.iter().map(line).collect()
}

/// A browser sends nothing for a box without its tick. A choice or number that was not sent stands as it is: the form
/// was made before there was such a setting.
pub fn given<T>(settings: &[Setting<T>], posted: &Fields) -> Given {
    let one = |setting: &Setting<T>| {
        let text = match (setting.kind, posted.text(setting.name)) {
            (Kind::Flag, "") => "false",
            (Kind::Choice(_), "") => return None,
            (Kind::Number { .. }, "") if posted.all(setting.name).next().is_none() => return None,
            (Kind::Flag | Kind::Choice(_) | Kind::Number { .. } | Kind::Text, text) => text,
        };
        Some((setting.name.to_owned(), text.to_owned()))
    };
    settings.iter().filter_map(one).collect()
}

/// What was typed stays, and what is wrong is said beside it.
pub fn refuse(lines: &mut [Line], given: &Given, bad: &[BadSetting]) {
    for line in lines {
        if let Some((_, typed)) = given.iter().find(|(name, _)| name == line.name) {
            line.value.clone_from(typed);
        }
        let wrong = bad.iter().find(|bad| bad.name == line.name);
        line.error = wrong.map(|bad| format!("This {}.", bad.why));
    }
}
