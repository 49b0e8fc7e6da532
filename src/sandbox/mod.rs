//! The world outside, pretended: reached only over HTTP, and knowing nothing of the application but its clock and ids.
pub mod cards;
