//! Pages as a browser meets them, over a database of their own. [`browser`] is the browser.

mod access;
mod accounts;
mod admin;
mod audit;
mod belongings;
mod bots;
pub(super) mod browser;
pub(super) mod charged;
mod click;
mod dashboard;
mod dialling;
mod forged;
mod headers;
mod history;
mod languages;
mod live;
mod machines;
mod money;
mod others;
mod payments;
mod people;
mod recordings;
mod roles;
mod rooms;
mod signing_in;
mod tables;
mod tokens;
