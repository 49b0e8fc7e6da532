//! Stories through HTTP: the whole service, a pretend carrier and a pretend card processor, on a clock that is stepped,
//! on both databases.

mod support;

#[path = "stories/calls.rs"]
mod calls;

#[path = "stories/recharge.rs"]
mod recharge;

#[path = "stories/books.rs"]
mod books;

#[path = "stories/refunds.rs"]
mod refunds;

#[path = "stories/agreement.rs"]
mod agreement;
#[path = "stories/checkouts.rs"]
mod checkouts;
