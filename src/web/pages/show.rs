//! How numbers, amounts and times are shown to people.

use chrono::{DateTime, SecondsFormat, Utc};
use rust_decimal::Decimal;

use crate::domain::currency::Currency;
use crate::domain::money::Money;

/// `12:30`, or `1:02:30` from an hour on.
pub fn duration(seconds: i64) -> String {
    let seconds = seconds.max(0);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

pub fn money(amount: Money, currency: Currency) -> String {
    format!("{amount} {currency}")
}

/// At least two digits after the point, like [`Money`], though a price may be finer than money.
pub fn price(price: Decimal, currency: Currency) -> String {
    let mut shown = price.normalize();
    if shown.scale() < 2 {
        shown.rescale(2);
    }
    format!("{shown} {currency}")
}

/// A moment for a `<time>` element.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Moment(pub DateTime<Utc>);

impl Moment {
    pub fn iso(&self) -> String {
        self.0.to_rfc3339_opts(SecondsFormat::Secs, true)
    }

    pub fn text(&self) -> String {
        self.0.format("%Y-%m-%d %H:%M:%S UTC").to_string()
    }

    /// For a table whose caption says that times are UTC.
    pub fn day(&self) -> String {
        self.0.format("%Y-%m-%d %H:%M").to_string()
    }

    pub fn clock(&self) -> String {
        self.0.format("%H:%M:%S").to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_read_minutes_and_two_digits() {
        let shown = [0, 59, 750, 3600, -5].map(duration);
        assert_eq!(shown, ["0:00", "0:59", "12:30", "1:00:00", "0:00"]);
        let usd = "USD".parse().unwrap();
        assert_eq!(price(Decimal::new(15, 3), usd), "0.015 USD");
        assert_eq!(price(Decimal::new(1, 0), usd), "1.00 USD");
        assert_eq!(Moment(DateTime::UNIX_EPOCH).text(), "1970-01-01 00:00:00 UTC");
    }
}
