//! One page for people: the payments of this sandbox and the cards one may use. It changes nothing.

use super::model::Model;
use super::objects::Intent;
use super::test_cards::TEST_CARDS;

pub(super) fn html(model: &Model) -> String {
    let intents: String = model.intents.values().rev().map(intent_row).collect();
    let cards: String = TEST_CARDS
        .iter()
        .map(|card| row(&[card.name.to_owned(), card.number.to_owned(), card.about.to_owned()]))
        .collect();
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Sandbox cards</title>\
         <style>body{{font:15px system-ui;margin:2rem}}td,th{{padding:.2rem 1rem .2rem 0;text-align:left}}</style>\
         <h1>Card processor (sandbox)</h1><p>No money moves here.</p>\
         <h2>Payments</h2><table><tr><th>Intent<th>Amount<th>Status<th>Customer<th>Card said<th>Metadata</tr>{intents}\
         </table><h2>Test cards</h2><table><tr><th>Payment method<th>Number<th>When charged</tr>{cards}</table></html>"
    )
}

fn intent_row(intent: &Intent) -> String {
    let declined = intent.last_error.as_ref().and_then(|error| error.get("decline_code")?.as_str());
    let metadata: Vec<String> = intent.metadata.iter().map(|(name, value)| format!("{name}={value}")).collect();
    row(&[
        intent.id.clone(),
        format!("{} {} (minor units)", intent.amount, intent.currency),
        intent.status.word().to_owned(),
        intent.customer.clone().unwrap_or_default(),
        declined.unwrap_or_default().to_owned(),
        metadata.join(", "),
    ])
}

fn row(cells: &[String]) -> String {
    let cells: String = cells.iter().map(|cell| format!("<td>{}</td>", escaped(cell))).collect();
    format!("<tr>{cells}</tr>")
}

/// Whoever charges a card chooses some of these texts.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
