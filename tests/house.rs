//! The rules of the house, read from its own source: who may know whom, who owns which outside crate, and that papers,
//! fixtures and tables say what is.

#[path = "house/arrows.rs"]
mod arrows;

#[path = "house/books.rs"]
mod books;

#[path = "house/owners.rs"]
mod owners;

#[path = "house/papers.rs"]
mod papers;

#[path = "house/schema.rs"]
mod schema;

#[path = "house/source.rs"]
mod source;
