//! Up to sixteen digits in one word, four bits each from the left, in the order of texts: `1` is before `12`, and that
//! before `2`.

use std::fmt;

/// A digit is one more than it counts, so that nothing is before every digit.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Digits(u64);

const MOST: usize = 16;

impl Digits {
    /// How many [`Digits::beginning`]s there are.
    pub const BEGINNINGS: usize = 1 << 16;

    pub fn read(text: &str) -> Option<Self> {
        if text.len() > MOST {
            return None;
        }
        let mut word = 0;
        for (place, byte) in text.bytes().enumerate() {
            let digit = byte.wrapping_sub(b'0');
            if digit > 9 {
                return None;
            }
            word |= u64::from(digit + 1) << (60 - 4 * place);
        }
        Some(Self(word))
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub fn begins_with(self, beginning: Self) -> bool {
        // What is right of its last digit does not matter.
        let unused = beginning.0.trailing_zeros() & !3;
        (self.0 ^ beginning.0).checked_shr(unused).unwrap_or_default() == 0
    }

    /// The first four digits as a number that keeps their order.
    pub fn beginning(self) -> usize {
        usize::from(u16::try_from(self.0 >> 48).expect("sixteen bits are left"))
    }
}

impl fmt::Display for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digit = |place: usize| u8::try_from((self.0 >> (60 - 4 * place)) & 0xf).expect("four bits are left");
        let digits = (0..MOST).map(digit).take_while(|digit| *digit > 0);
        let text: String = digits.map(|digit| char::from(b'0' + digit - 1)).collect();
        f.write_str(&text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn order_and_beginnings_are_those_of_the_texts(a in "[0-9]{0,15}", b in "[0-9]{0,15}", cut in 0..16_usize) {
            let (x, y) = (Digits::read(&a).unwrap(), Digits::read(&b).unwrap());
            prop_assert_eq!(x.cmp(&y), a.cmp(&b));
            prop_assert_eq!(x.begins_with(y), a.starts_with(&b));
            prop_assert_eq!(x.beginning() <= y.beginning(), x.0 >> 48 <= y.0 >> 48);
            let beginning = &a[..cut.min(a.len())];
            prop_assert!(x.begins_with(Digits::read(beginning).unwrap()));
            prop_assert_eq!(x.to_string(), a);
        }
    }

    #[test]
    fn what_is_no_digit_or_too_long_is_not_read() {
        assert_eq!(["+1", "1 ", "x", "12345678901234567"].map(Digits::read), [None; 4]);
    }
}
