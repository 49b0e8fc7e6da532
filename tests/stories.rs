//! Stories through HTTP: the whole service, a pretend carrier and a pretend card processor, on a clock that is stepped,
//! on both databases.

mod support;

#[path = "stories/calls.rs"]
mod calls;

#[path = "stories/recharge.rs"]
mod recharge;

#[path = "stories/adding.rs"]
mod adding;

#[path = "stories/books.rs"]
mod books;
