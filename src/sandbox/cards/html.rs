//! The frame, the tables and the words that all pages of the processor share.

use std::collections::BTreeMap;

pub(in crate::sandbox) const STYLE: &str = include_str!("sandbox.css");

/// `kind` is the class of the page: `checkout` is narrow, `overview` is as wide as it needs.
pub(in crate::sandbox) fn document(title: &str, kind: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{}</title>\
         <link rel=\"stylesheet\" href=\"/sandbox.css\"></head><body class=\"{kind}\"><main>{body}</main></body></html>\n",
        escaped(title)
    )
}

/// `rows` are markup. It scrolls by itself where the window is too narrow.
pub(in crate::sandbox) fn table(name: &str, heads: &[&str], rows: &str) -> String {
    let heads: String = heads.iter().map(|head| format!("<th scope=\"col\">{head}</th>")).collect();
    format!(
        "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"{name}\"><table><thead><tr>{heads}</tr></thead>\
         <tbody>{rows}</tbody></table></div>"
    )
}

/// The cells are markup.
pub(in crate::sandbox) fn row(cells: &[String]) -> String {
    let cells: String = cells.iter().map(|cell| format!("<td>{cell}</td>")).collect();
    format!("<tr>{cells}</tr>")
}

pub(in crate::sandbox) fn metadata(metadata: &BTreeMap<String, String>) -> String {
    let pairs: Vec<String> = metadata.iter().map(|(name, value)| format!("{name}={value}")).collect();
    escaped(&pairs.join(", "))
}

/// Whoever charges a card chooses some of the texts.
pub(in crate::sandbox) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// From minor units, as people write it.
pub(in crate::sandbox) fn money(amount: i64, currency: &str) -> String {
    let places = match currency {
        "bif" | "clp" | "djf" | "gnf" | "jpy" | "kmf" | "krw" | "mga" | "pyg" | "rwf" | "vnd" | "vuv" | "xaf"
        | "xof" | "xpf" => 0,
        "bhd" | "jod" | "kwd" | "omr" | "tnd" => 3,
        _ => 2,
    };
    let currency = currency.to_ascii_uppercase();
    let unit = 10_i64.pow(places);
    match places {
        0 => format!("{amount} {currency}"),
        _ => format!("{}.{:0width$} {currency}", amount / unit, amount % unit, width = places as usize),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_written_with_the_places_of_its_currency() {
        for (amount, currency, shown) in
            [(2505, "usd", "25.05 USD"), (50, "eur", "0.50 EUR"), (500, "jpy", "500 JPY"), (5120, "kwd", "5.120 KWD")]
        {
            assert_eq!(money(amount, currency), shown);
        }
    }
}
