//! The board of live calls: all accounts together, nearest end first; it moves by itself, and calls can be ended and listened to.

pub mod board;
pub mod bots;
pub mod end;
pub mod events;
pub mod guests;
pub mod page;
pub mod supervise;
