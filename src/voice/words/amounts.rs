//! Amounts of money and time as they are said: the voice of the language reads the digits.

use crate::domain::currency::Currency;
use crate::domain::language::Language;
use crate::domain::money::Money;

/// A whole number of cents, or whatever the currency has: nobody wants to hear more. Rounded down, so that nobody is told
/// of money that is not there. Currencies without a name here are spelled.
pub fn money(amount: Money, currency: Currency, language: Language) -> String {
    let digits = currency.minor_digits();
    let minor = amount.micros().div_euclid(10_i64.pow(6 - digits.min(6)));
    let whole = minor.div_euclid(10_i64.pow(digits));
    let cents = minor.rem_euclid(10_i64.pow(digits));
    let number = match cents {
        0 => whole.to_string(),
        cents => format!("{whole}{}{cents:0width$}", decimal_mark(language), width = digits as usize),
    };
    format!("{number} {}", currency_name(currency, language))
}

/// Minutes, or seconds where there are none. Rounded down.
pub fn duration(seconds: i64, language: Language) -> String {
    let (one_minute, minutes, seconds_word) = match language {
        Language::English => ("one minute", "minutes", "seconds"),
        Language::German => ("eine Minute", "Minuten", "Sekunden"),
        Language::Spanish => ("un minuto", "minutos", "segundos"),
        Language::French => ("une minute", "minutes", "secondes"),
        Language::Italian => ("un minuto", "minuti", "secondi"),
        Language::Portuguese => ("um minuto", "minutos", "segundos"),
    };
    match seconds / 60 {
        0 => format!("{seconds} {seconds_word}"),
        1 => one_minute.to_owned(),
        more => format!("{more} {minutes}"),
    }
}

fn decimal_mark(language: Language) -> char {
    match language {
        Language::English => '.',
        Language::German | Language::Spanish | Language::French | Language::Italian | Language::Portuguese => ',',
    }
}

fn currency_name(currency: Currency, language: Language) -> String {
    let name = match (currency.code(), language) {
        ("USD", Language::English) => "US dollars",
        ("USD", Language::German) => "US-Dollar",
        ("USD", Language::Spanish) => "dólares estadounidenses",
        ("USD", Language::French) => "dollars américains",
        ("USD", Language::Italian) => "dollari statunitensi",
        ("USD", Language::Portuguese) => "dólares americanos",
        ("EUR", Language::English | Language::Spanish | Language::French | Language::Portuguese) => "euros",
        ("EUR", Language::German) => "Euro",
        ("EUR", Language::Italian) => "euro",
        ("GBP", Language::English) => "pounds",
        ("GBP", Language::German) => "Pfund",
        ("GBP", Language::Spanish) => "libras",
        ("GBP", Language::French) => "livres sterling",
        ("GBP", Language::Italian) => "sterline",
        ("GBP", Language::Portuguese) => "libras",
        ("CHF", Language::English) => "Swiss francs",
        ("CHF", Language::German) => "Franken",
        ("CHF", Language::Spanish) => "francos suizos",
        ("CHF", Language::French) => "francs suisses",
        ("CHF", Language::Italian) => "franchi svizzeri",
        ("CHF", Language::Portuguese) => "francos suíços",
        (code, _) => return code.chars().map(String::from).collect::<Vec<_>>().join(" "),
    };
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(amount: &str, currency: &str, language: Language) -> String {
        money(amount.parse().unwrap(), currency.parse().unwrap(), language)
    }

    #[test]
    fn money_is_said_as_the_language_says_it_and_never_more_than_there_is() {
        assert_eq!(said("5.20", "USD", Language::English), "5.20 US dollars");
        assert_eq!(said("5.209999", "EUR", Language::German), "5,20 Euro");
        assert_eq!(said("5", "EUR", Language::Spanish), "5 euros");
        assert_eq!(said("0.009", "GBP", Language::English), "0 pounds");
        assert_eq!(said("1234.5", "JPY", Language::French), "1234 J P Y");
        assert_eq!(said("1.234", "KWD", Language::English), "1.234 K W D");
    }

    #[test]
    fn time_is_said_in_minutes_or_where_there_are_none_in_seconds() {
        let said = [59, 60, 119, 120, 14_400].map(|seconds| duration(seconds, Language::English));
        assert_eq!(said, ["59 seconds", "one minute", "one minute", "2 minutes", "240 minutes"]);
    }
}
