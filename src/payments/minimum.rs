//! The smallest amounts card processors take. They refuse less, and then nothing is charged; knowing them beforehand
//! spares a caller the failed try.

use crate::domain::currency::Currency;
use crate::domain::money::Money;

/// Stripe's rule is 0.50 US dollars or as much in the currency of settlement. Currencies it publishes no figure for
/// get a round amount that is surely more. Who stands behind a router of payments is not known here; this is taken for
/// them all.
pub(super) fn smallest(currency: Currency) -> Money {
    match currency.code() {
        "GBP" => hundredths(30),
        "USD" | "EUR" | "CHF" | "AUD" | "CAD" | "NZD" | "SGD" | "BRL" | "INR" => hundredths(50),
        "AED" | "MYR" | "PLN" | "RON" => hundredths(200),
        "DKK" => hundredths(250),
        "NOK" | "SEK" => hundredths(300),
        "HKD" => hundredths(400),
        "MXN" | "THB" => hundredths(1_000),
        "CZK" => hundredths(1_500),
        "JPY" => hundredths(5_000),
        "HUF" => hundredths(17_500),
        // The dinars and the rial of thousandths are worth more than a dollar.
        _ if currency.minor_digits() == 3 => hundredths(50),
        _ if currency.minor_digits() == 0 => hundredths(100_000),
        _ => hundredths(1_000),
    }
}

const fn hundredths(amount: i64) -> Money {
    Money::from_micros(amount * 1_0000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_currency_has_a_smallest_amount_in_whole_minor_units() {
        for (code, amount) in
            [("USD", "0.50"), ("GBP", "0.30"), ("JPY", "50.00"), ("KWD", "0.50"), ("KRW", "1000.00"), ("ZAR", "10.00")]
        {
            let currency: Currency = code.parse().unwrap();
            assert_eq!(smallest(currency).to_string(), amount, "{code}");
            assert!(smallest(currency).to_minor(currency).is_some(), "{code}");
        }
    }
}
