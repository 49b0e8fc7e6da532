//! The only home of random names: ids of new things, names of rooms, and secrets handed out.

use std::sync::Mutex;

use rand::RngExt;
use ulid::{Generator, Ulid};

/// It knows the last it made: of two within a millisecond the later one sorts behind the other, too.
static MADE: Mutex<Generator> = Mutex::new(Generator::new());

/// A new id: what it names, an underscore, and a ULID, so that ids sort as they were made.
pub fn new(kind: &str) -> String {
    let mut made = MADE.lock().expect("nothing under this lock can panic");
    let ulid = made.generate().unwrap_or_else(|overflow| overflow.commit_overflow_increment());
    format!("{kind}_{}", ulid.to_string().to_lowercase())
}

/// 160 random bits in hex: for session keys, form tokens and passwords nobody has to type.
pub fn secret() -> String {
    hex::encode(rand::rng().random::<[u8; 20]>())
}

/// An id as [`new`] would have made it at that moment, with `number` in the place of chance: for made-up books, which are
/// the same each time they are made.
pub fn at(kind: &str, milliseconds: u64, number: u128) -> String {
    format!("{kind}_{}", Ulid::from_parts(milliseconds, number).to_string().to_lowercase())
}

/// So many random decimal digits: for what people type, and press on phones.
pub fn digits(count: usize) -> String {
    let mut random = rand::rng();
    (0..count).map(|_| char::from(b'0' + random.random_range(0..10_u8))).collect()
}

/// 256 random bits in hex: for what opens everything whenever it is shown, and is kept hashed without salt.
pub fn long_secret() -> String {
    hex::encode(rand::rng().random::<[u8; 32]>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_made_at_once_the_later_sorts_behind() {
        let made: Vec<String> = (0..10_000).map(|_| new("it")).collect();
        assert!(made.is_sorted_by(|one, other| one < other));
    }
}
