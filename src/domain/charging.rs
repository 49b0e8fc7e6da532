//! The operator's switch over all charging of cards in the whole house.

use super::setting::Choice;

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Charging {
    #[default]
    On,
    /// No card is charged that its owner does not use at this moment.
    NoAutomatic,
    /// Nothing new is charged at all.
    Off,
}

impl Choice for Charging {
    const ALL: &'static [(Self, &'static str, &'static str)] = &[
        (Self::On, "on", "Cards are charged"),
        (Self::NoAutomatic, "no_automatic", "No automatic charges: only what customers pay themselves"),
        (Self::Off, "off", "No new charges at all"),
    ];
}

impl Charging {
    pub fn allows_automatic(self) -> bool {
        match self {
            Self::On => true,
            Self::NoAutomatic | Self::Off => false,
        }
    }

    /// Top-ups at the processor's own page.
    pub fn allows_top_ups(self) -> bool {
        match self {
            Self::On | Self::NoAutomatic => true,
            Self::Off => false,
        }
    }
}
