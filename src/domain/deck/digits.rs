//! Up to sixteen digits in one word, four bits each from the left, in the order of texts: `1` is before `12`, and that
//! before `2`.

use std::fmt;

/// A digit is one more than it counts, so that nothing is before every digit.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Digits(u64);

const MOST: usize = 16;

impl Digits {
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

    /// How many there are.
    pub fn len(self) -> u32 {
        (64 - self.0.trailing_zeros()).div_ceil(4)
    }

    /// How many digits both have alike from the left, what is right of the last digit included.
    pub fn alike(self, other: Self) -> u32 {
        (self.0 ^ other.0).leading_zeros() / 4
    }

    /// The first so many of them.
    pub fn first(self, digits: u32) -> Self {
        Self(self.0 & !u64::MAX.checked_shr(4 * digits).unwrap_or_default())
    }

    /// The first so many, at most eight, as a number that keeps their order.
    pub fn beginning(self, digits: u32) -> usize {
        let word = self.0.checked_shr(64 - 4 * digits).unwrap_or_default();
        usize::try_from(word).expect("32 bits are left at most")
    }

    /// Above every [`Digits::beginning`] of so many digits.
    pub fn beginnings(digits: u32) -> usize {
        1 << (4 * digits)
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
            let beginning = &a[..cut.min(a.len())];
            prop_assert!(x.begins_with(Digits::read(beginning).unwrap()));
            prop_assert_eq!(x.first(u32::try_from(beginning.len()).unwrap()).to_string(), beginning);
            prop_assert_eq!(usize::try_from(x.len()), Ok(a.len()));
            let alike = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
            prop_assert_eq!(usize::try_from(x.alike(y)), Ok(if a == b { MOST } else { alike }));
            for digits in 0..=8 {
                prop_assert!(x > y || x.beginning(digits) <= y.beginning(digits));
                prop_assert!(x.beginning(digits) < Digits::beginnings(digits));
                prop_assert_eq!(x.beginning(digits) == y.beginning(digits), x.first(digits) == y.first(digits));
            }
            prop_assert_eq!(x.to_string(), a);
        }
    }

    #[test]
    fn what_is_no_digit_or_too_long_is_not_read() {
        assert_eq!(["+1", "1 ", "x", "12345678901234567"].map(Digits::read), [None; 4]);
    }
}
