//! A card processor in the shape of Stripe.

mod errors;
mod form;
mod model;
mod objects;
mod params;
mod test_cards;
