//! What a plan settles for a call besides prices, frozen when it is dialled.

use serde::{Deserialize, Serialize};

use super::announcement::Announcements;
use super::extension_way::ExtensionWay;
use super::message::Message;
use crate::domain::language::Language;

/// What is not mentioned is as it always was, so that calls and plans from before a rule have it off.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CallTerms {
    /// The account's, when it was dialled.
    pub language: Language,
    /// All of them, unless it is said otherwise.
    pub announcements: Announcements,
    /// What everybody who is called hears before being joined.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub whisper: Option<Message>,
    pub extension: ExtensionWay,
}
