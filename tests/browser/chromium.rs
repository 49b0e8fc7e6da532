//! Chromium and what somebody does with it. `chromedriver` is a process that ends with the test, and its browsers with it.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fantoccini::elements::Element;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tokio::time::interval;

/// Longer than anything takes on a busy machine, but for what the clock of a call decides.
const PATIENCE: Duration = Duration::from_secs(30);
/// A page tells nobody outside when it changes.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// How somebody looks at us.
#[derive(Clone, Copy, Default, Debug)]
pub struct Look {
    /// 360 pixels wide; else a desk's.
    pub phone: bool,
    pub dark: bool,
    pub without_scripts: bool,
}

pub struct Driver {
    process: Child,
    address: String,
}

impl Driver {
    pub fn start() -> Self {
        let mut process = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            // Its browsers are in its group, so that none outlives the test.
            .process_group(0)
            .spawn()
            .expect("chromedriver is installed; ./test does that");
        let mut said = BufReader::new(process.stdout.take().expect("it was piped")).lines();
        let port = said.find_map(|line| {
            let line = line.expect("it writes text");
            line.split("started successfully on port ").nth(1).map(|port| port.trim_end_matches('.').to_owned())
        });
        Self { process, address: format!("http://127.0.0.1:{}", port.expect("chromedriver names its port")) }
    }

    pub async fn open(&self, look: Look, base: &str) -> Browser {
        let mut arguments = vec!["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"];
        arguments.extend(["--window-size=1024,800", "--hide-scrollbars", "--force-device-scale-factor=1"]);
        if look.dark {
            arguments.push("--blink-settings=preferredColorScheme=0");
        }
        let mut options = json!({ "args": arguments });
        if look.without_scripts {
            options["prefs"] = json!({ "profile.managed_default_content_settings.javascript": 2 });
        }
        if look.phone {
            options["mobileEmulation"] = json!({ "deviceMetrics": { "width": 360, "height": 740, "pixelRatio": 1.0 } });
        }
        let wanted = json!({ "browserName": "chrome", "goog:chromeOptions": options });
        let Value::Object(wanted) = wanted else { unreachable!("it is an object") };
        let client = ClientBuilder::new(HttpConnector::new()).capabilities(wanted).connect(&self.address).await;
        Browser { client: client.expect("Chromium starts"), base: base.to_owned() }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let group = format!("-{}", self.process.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
        let _ = self.process.wait();
    }
}

/// One window. Elements are named by CSS selectors.
pub struct Browser {
    pub client: Client,
    base: String,
}

impl Browser {
    pub async fn go(&self, path: &str) {
        self.client.goto(&format!("{}{path}", self.base)).await.expect("the page loads");
    }

    /// Where we are, without the service's address.
    pub async fn path(&self) -> String {
        let url = self.client.current_url().await.expect("a page is open").to_string();
        url.strip_prefix(&self.base).map_or(url.clone(), str::to_owned)
    }

    pub async fn sign_in(&self, email: &str, password: &str) {
        self.go("/sign-in").await;
        self.fill("input[name=email]", email).await;
        self.fill("input[name=password]", password).await;
        self.press("main button").await;
        self.see("form.sign-out").await;
    }

    /// Waits until it is there and can be seen.
    pub async fn see(&self, selector: &str) -> Element {
        let found = async {
            let mut looks = interval(LOOK_EVERY);
            loop {
                looks.tick().await;
                if let Ok(element) = self.client.find(Locator::Css(selector)).await
                    && element.is_displayed().await.unwrap_or(false)
                {
                    return element;
                }
            }
        };
        let seen = tokio::time::timeout(PATIENCE, found).await;
        let Ok(element) = seen else { panic!("{selector} is not seen on {}", self.whole().await) };
        element
    }

    pub async fn fill(&self, selector: &str, text: &str) {
        let input = self.see(selector).await;
        input.clear().await.expect("it can be emptied");
        input.send_keys(text).await.expect("it can be typed in");
    }

    pub async fn press(&self, selector: &str) {
        self.see(selector).await.click().await.expect("it can be pressed");
    }

    /// Waits until the text of an element, or of the whole page, holds these words; within `patience`.
    pub async fn read_within(&self, selector: &str, words: &str, patience: Duration) {
        let holds = async {
            let mut looks = interval(LOOK_EVERY);
            loop {
                looks.tick().await;
                if let Ok(element) = self.client.find(Locator::Css(selector)).await
                    && element.text().await.is_ok_and(|text| text.contains(words))
                {
                    return;
                }
            }
        };
        if tokio::time::timeout(patience, holds).await.is_err() {
            panic!("{words:?} is not read in {selector} on {}", self.whole().await);
        }
    }

    pub async fn read(&self, selector: &str, words: &str) {
        self.read_within(selector, words, PATIENCE).await;
    }

    pub async fn run(&self, script: &str) -> Value {
        self.client.execute(script, vec![]).await.unwrap_or_else(|error| panic!("{script:.200}: {error}"))
    }

    /// A picture of what is in the window.
    pub async fn picture(&self) -> Vec<u8> {
        self.client.screenshot().await.expect("a picture can be taken")
    }

    pub async fn close(self) {
        self.client.close().await.expect("the window closes");
    }

    /// For a failed test: address and text of the page.
    async fn whole(&self) -> String {
        let text = match self.client.find(Locator::Css("body")).await {
            Ok(body) => body.text().await.unwrap_or_default(),
            Err(error) => error.to_string(),
        };
        format!("{}:\n{text}", self.path().await)
    }
}
