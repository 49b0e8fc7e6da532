//! Pages as a browser meets them, over a database of their own. [`browser`] is the browser.

mod accounts;
mod admin;
mod audit;
pub(super) mod browser;
pub(super) mod charged;
mod dashboard;
mod dialling;
mod history;
mod live;
mod money;
mod payments;
mod people;
mod roles;
mod signing_in;
mod tokens;
