//! What holds on every page that can be reached by links: axe-core finds nothing, nothing is wider than a phone, nothing
//! is heavy, and nothing of the browser's own complaints.

use std::collections::{BTreeSet, VecDeque};
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;

use crate::chromium::{Browser, Look};
use crate::house::{House, OWNER, SOMEBODY};

/// The version that was tried.
const AXE: &str = "axe-core@4.14.1";

/// What a browser may have to fetch for one page.
const HEAVIEST: i64 = 100 * 1024;

#[tokio::test(flavor = "multi_thread")]
async fn every_page_is_accessible_light_and_fits_a_phone() {
    let house = House::with_books().await;
    for person in [SOMEBODY, OWNER] {
        let light = Look { phone: true, ..Look::default() };
        let dark = Look { dark: true, ..Look::default() };
        for look in [light, dark] {
            let browser = house.visitor(person, look).await;
            let (seen, wrong) = walk(&browser).await;
            assert!(seen > 8, "there are pages");
            assert!(wrong.is_empty(), "{person}, {look:?}:\n{}", wrong.join("\n"));
            browser.close().await;
        }
    }
    house.close().await;
}

/// Follows every link once, one page of each kind, and looks at each. Returns how many there are, and what is wrong.
async fn walk(browser: &Browser) -> (usize, Vec<String>) {
    let (mut found, mut wrong) = (BTreeSet::new(), vec![]);
    let mut waiting = VecDeque::from(["/".to_owned(), "/sign-in".to_owned()]);
    while let Some(path) = waiting.pop_front() {
        if !found.insert(kind(&path)) {
            continue;
        }
        browser.go(&path).await;
        wrong.extend(look_at(browser).await.into_iter().map(|what| format!("{path}: {what}")));
        let links = browser
            .run("return [...document.querySelectorAll('a[href]:not([download])')].map((a) => a.getAttribute('href'))")
            .await;
        let links = links.as_array().expect("a list").iter().filter_map(Value::as_str);
        waiting.extend(
            links
                .filter(|link| link.starts_with('/') && !link.contains(".csv") && !link.ends_with(".json"))
                .map(str::to_owned),
        );
    }
    (found.len(), wrong)
}

/// Pages that differ only in an id, or in what is asked of a list, are of one kind.
fn kind(path: &str) -> String {
    let path = path.split(['?', '#']).next().unwrap_or(path);
    let parts = path.split('/').map(|part| if part.contains('_') { "*" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

/// What is wrong with the page that is shown.
pub async fn look_at(browser: &Browser) -> Vec<String> {
    browser.run(axe()).await;
    let script = "const done = arguments[0];
        axe.run(document, { resultTypes: ['violations'] }).then((found) => done(found.violations.flatMap((violation) =>
            violation.nodes.slice(0, 2).map((node) => violation.help + ': ' + node.html))));";
    let found = browser.client.execute_async(script, vec![]).await.expect("axe-core runs");
    let found = found.as_array().expect("a list").iter();
    let mut wrong: Vec<String> = found.map(|violation| format!("axe-core: {violation}")).collect();

    let wide = browser.run("return document.documentElement.scrollWidth - document.documentElement.clientWidth").await;
    wrong.extend((wide.as_i64() > Some(0)).then(|| format!("{wide} pixels too wide")));
    let headings = browser.run("return document.querySelectorAll('h1').length").await;
    wrong.extend((headings != 1).then(|| format!("{headings} main headings")));
    let script = "return performance.getEntriesByType('navigation').concat(performance.getEntriesByType('resource'))
        .reduce((sum, entry) => sum + entry.encodedBodySize, 0)";
    let heavy = browser.run(script).await;
    wrong.extend((heavy.as_i64() >= Some(HEAVIEST)).then(|| format!("weighs {heavy} bytes")));
    wrong
}

/// axe-core's script, from npm, into a throw-away folder.
fn axe() -> &'static str {
    static SCRIPT: OnceLock<String> = OnceLock::new();
    SCRIPT.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("axe");
        let script = folder.join("node_modules/axe-core/axe.min.js");
        if !script.exists() {
            let mut install = Command::new("npm");
            install.args(["install", "--silent", "--no-save", "--prefix"]).arg(&folder).arg(AXE);
            let output = install.output().expect("npm is installed; ./test does that");
            assert!(output.status.success(), "{AXE}: {}", String::from_utf8_lossy(&output.stderr));
        }
        std::fs::read_to_string(&script).expect("axe-core has this file")
    })
}
