//! The words an owner agrees to before a card is charged without being asked. Whoever changes them changes the version:
//! every agreement keeps both.

use super::currency::Currency;
use super::money::Money;
use super::recharge::Agreement;

pub const VERSION: &str = "2026-11-30";

/// The agreement in words, with all its figures.
pub fn text(agreement: &Agreement, currency: Currency) -> String {
    let Agreement { amount, smaller, threshold, most_per_day, most_per_month, cap_per_day, cap_per_month, paused: _ } =
        agreement;
    let smaller = smaller.map_or_else(String::new, |smaller| {
        format!(
            " If my bank says that a card has not enough, Talktime may try once in the call with {smaller} {currency}."
        )
    });
    let below = if threshold.is_positive() {
        format!(", and whenever my free balance is below {threshold} {currency} after a call")
    } else {
        String::new()
    };
    let cap = |cap: &Option<Money>| cap.map_or_else(String::new, |cap| format!(" and {cap} {currency}"));
    format!(
        "Talktime may charge {amount} {currency} to my saved cards, in their order and without asking me again, \
         whenever a call of mine needs more money than I have{below}.{smaller} It may do so at most {most_per_day} times{} in \
         24 hours, and at most {most_per_month} times{} in 30 days. When and how often depends on how I call. There is a \
         receipt for every charge. I can turn this off at any time on the page of automatic recharge; it ends at once \
         for charges that were not begun.",
        cap(cap_per_day),
        cap(cap_per_month),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_figure_that_was_agreed_stands_in_the_words() {
        let money = |amount: &str| amount.parse::<Money>().unwrap();
        let least = Agreement::of(money("10"));
        let shown = text(&least, "USD".parse().unwrap());
        assert!(
            shown.contains("10.00 USD")
                && shown.contains("at most 3 times in 24 hours")
                && !shown.contains("below")
                && !shown.contains("try once")
        );
        let most = Agreement {
            smaller: Some(money("4")),
            threshold: money("2.50"),
            cap_per_day: Some(money("20")),
            cap_per_month: Some(money("70")),
            ..least
        };
        let shown = text(&most, "USD".parse().unwrap());
        for figure in [
            "with 4.00 USD",
            "below 2.50 USD",
            "3 times and 20.00 USD in 24 hours",
            "10 times and 70.00 USD in 30 days",
        ] {
            assert!(shown.contains(figure), "{figure}: {shown}");
        }
    }
}
