//! The sandbox: outside services played on loopback, which our product reaches only over HTTP.

pub mod carrier;
