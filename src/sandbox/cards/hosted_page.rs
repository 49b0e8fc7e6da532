//! How the hosted pages are written: the form for a card, the bank's question, and what is left when a session is over.
//! They work without a script, and never write a card number back.

use super::checkout::{Purpose, Session};
use super::html::{self, escaped};
use super::test_cards::TEST_CARDS;

/// What is wrong, where.
#[derive(Default)]
pub(in crate::sandbox) struct Mistakes {
    /// In the bank's words.
    pub declined: Option<String>,
    pub number: Option<&'static str>,
    pub expiry: Option<&'static str>,
    pub cvc: Option<&'static str>,
}

/// From the root of the sandbox.
pub(super) fn address(session: &Session) -> String {
    format!("/c/pay/{}", session.id)
}

pub(super) fn card(session: &Session, mistakes: &Mistakes) -> String {
    let (title, button, about) = match &session.new.purpose {
        Purpose::Save => (
            "Save a card".to_owned(),
            "Save card".to_owned(),
            "The card is saved for later payments. Nothing is charged now.".to_owned(),
        ),
        Purpose::Pay { amount, what, setup_future_usage } => {
            let money = html::money(*amount, &session.new.currency);
            let kept = if setup_future_usage.is_some() { " The card is also saved for later payments." } else { "" };
            (format!("Pay {money}"), format!("Pay {money}"), format!("For {}.{kept}", escaped(what)))
        }
    };
    let form = Form {
        title,
        button,
        about,
        message: session.new.message.as_deref(),
        action: address(session),
        back: session.new.cancel_url.as_deref(),
    };
    card_form(&form, mistakes)
}

/// What the form for a card says, and where it goes.
pub(in crate::sandbox) struct Form<'a> {
    pub title: String,
    pub button: String,
    /// Markup.
    pub about: String,
    pub message: Option<&'a str>,
    pub action: String,
    pub back: Option<&'a str>,
}

pub(in crate::sandbox) fn card_form(form: &Form, mistakes: &Mistakes) -> String {
    let Form { title, button, about, message, action, back } = form;
    let declined = alert(mistakes.declined.as_deref());
    let message = message.map_or(String::new(), |text| format!("<p>{}</p>", escaped(text)));
    let fields = [
        field("card_number", "Card number", "One of the test cards below.", 23, mistakes.number),
        field("expiry", "Expires (MM/YY)", "Any month to come, such as 12/34.", 9, mistakes.expiry),
        field("cvc", "Security code (CVC)", "Any three digits.", 4, mistakes.cvc),
    ];
    let back =
        back.map_or(String::new(), |url| format!("<p><a class=\"cancel\" href=\"{}\">Cancel</a></p>", escaped(url)));
    let body = format!(
        "{NOTICE}<h1>{title}</h1><p>{about}</p>{declined}<form method=\"post\" action=\"{action}\">{}{message}\
         <button>{button}</button></form>{back}{}",
        fields.concat(),
        test_cards()
    );
    html::document(&format!("{title} (sandbox)"), "checkout", &body)
}

const NOTICE: &str = "<p class=\"notice\"><strong>This is a sandbox.</strong> No money moves, and only test cards are \
                      taken. Never type the number of a real card.</p>";

fn field(name: &str, label: &str, hint: &str, longest: usize, mistake: Option<&str>) -> String {
    let (error, invalid) = match mistake {
        Some(mistake) => (
            format!("<p class=\"error\" id=\"{name}_error\">{}</p>", escaped(mistake)),
            format!(" aria-invalid=\"true\" aria-describedby=\"{name}_error {name}_hint\""),
        ),
        None => (String::new(), format!(" aria-describedby=\"{name}_hint\"")),
    };
    format!(
        "<div class=\"field\"><label for=\"{name}\">{label}</label><input id=\"{name}\" name=\"{name}\" \
         inputmode=\"numeric\" autocomplete=\"off\" maxlength=\"{longest}\" required{invalid}>\
         <p class=\"hint\" id=\"{name}_hint\">{hint}</p>{error}</div>"
    )
}

fn alert(text: Option<&str>) -> String {
    text.map_or(String::new(), |text| format!("<p class=\"error\" role=\"alert\">{}</p>", escaped(text)))
}

fn test_cards() -> String {
    let rows: String = TEST_CARDS.iter().map(|card| html::row(&[in_fours(card.number), escaped(card.about)])).collect();
    format!("<h2>Test cards</h2>{}", html::table("Test cards", &["Number", "What it does"], &rows))
}

fn in_fours(number: &str) -> String {
    let digits: Vec<char> = number.chars().collect();
    let groups: Vec<String> = digits.chunks(4).map(|four| four.iter().collect()).collect();
    format!("<code>{}</code>", groups.join(" "))
}

pub(super) fn bank(session: &Session) -> String {
    let question = match &session.new.purpose {
        Purpose::Save => "saves this card".to_owned(),
        Purpose::Pay { amount, .. } => format!("pays {}", html::money(*amount, &session.new.currency)),
    };
    bank_form(&question, &address(session))
}

/// The bank wants to know whether it is you who does this.
pub(in crate::sandbox) fn bank_form(deed: &str, page: &str) -> String {
    let body = format!(
        "{NOTICE}<h1>3-D Secure authentication</h1><p>Your bank wants to know whether it is you who {deed}.</p>\
         <form class=\"choice\" method=\"post\" action=\"{page}/authenticate\">\
         <button name=\"outcome\" value=\"complete\">Complete</button>\
         <button class=\"plain\" name=\"outcome\" value=\"fail\">Fail</button></form>"
    );
    html::document("Authentication (sandbox)", "checkout", &body)
}

pub(super) fn complete(session: &Session) -> String {
    done(&session.way_back())
}

pub(in crate::sandbox) fn done(back: &str) -> String {
    let back = escaped(back);
    let body = format!("<h1>You're all done here</h1><p><a href=\"{back}\">Go back to the shop</a></p>");
    html::document("All done (sandbox)", "checkout", &body)
}

pub(super) fn expired(session: &Session) -> String {
    over(session.new.cancel_url.as_deref())
}

pub(in crate::sandbox) fn over(back: Option<&str>) -> String {
    let back = back.map_or(String::new(), |url| format!("<p><a href=\"{}\">Go back to the shop</a></p>", escaped(url)));
    let body = format!("<h1>This page has expired</h1><p>Nothing was paid or saved here.</p>{back}");
    html::document("Expired (sandbox)", "checkout", &body)
}

pub(in crate::sandbox) fn nothing_here() -> String {
    html::document("Not found (sandbox)", "checkout", "<h1>There is no such page</h1>")
}
