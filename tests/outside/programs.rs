//! Processes, and how to talk with them: by command line and HTTP only.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::database::{Database, Kind};

pub const ACCOUNT_SID: &str = "AC00000000000000000000000000000001";
pub const AUTH_TOKEN: &str = "token-of-the-town";
pub const CARDS_KEY: &str = "sk_test_town";
const WEBHOOK_SECRET: &str = "whsec_town";
pub const ADMIN_TOKEN: &str = "admin-token-of-the-town";
/// Everything here happens within minutes, or not at all.
const PATIENCE: Duration = Duration::from_secs(180);

/// The official libraries, localstripe and schemathesis, in versions that were tried.
const PACKAGES: [&str; 4] = ["twilio==9.13.0", "stripe==16.1.0", "localstripe==1.15.10", "schemathesis==4.32.5"];

/// A throw-away Python with other people's packages.
pub struct Python(PathBuf);

pub fn python() -> &'static Python {
    static PYTHON: OnceLock<Python> = OnceLock::new();
    PYTHON.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("python");
        if !std::fs::read_to_string(folder.join("ready")).is_ok_and(|there| there == PACKAGES.join(" ")) {
            let _ = std::fs::remove_dir_all(&folder);
            done(Command::new("python3").args(["-m", "venv"]).arg(&folder), "python3 with venv makes an environment");
            let mut install = Command::new(folder.join("bin/pip"));
            install.args(["install", "--quiet", "--disable-pip-version-check"]).args(PACKAGES);
            done(&mut install, "the packages can be had from PyPI");
            std::fs::write(folder.join("ready"), PACKAGES.join(" ")).expect("the folder can be written");
        }
        Python(folder)
    })
}

impl Python {
    /// Runs a script of `tests/clients`, which must end well.
    pub fn run(&self, script: &str, arguments: &[&str]) {
        done(Command::new(self.0.join("bin/python")).arg(client(script)).args(arguments), script);
    }

    /// Runs somebody else's program, which must end well.
    pub fn program(&self, program: &str, arguments: &[&str], folder: &Path) {
        done(Command::new(self.0.join("bin").join(program)).args(arguments).current_dir(folder), program);
    }

    fn start(&self, program: &str, arguments: &[&str], folder: &Path) -> Program {
        let child = Command::new(self.0.join("bin").join(program))
            .args(arguments)
            // localstripe keeps its state in the folder for temporary files.
            .env("TMPDIR", folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        Program(child.expect("it is installed"))
    }
}

fn client(script: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients").join(script).display().to_string()
}

fn done(command: &mut Command, what: &str) {
    let output = command.output().unwrap_or_else(|error| panic!("{what}: {error}"));
    let said = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).join("\n");
    assert!(output.status.success(), "{what}:\n{said}");
}

/// A process that ends with the story, however that ends.
pub struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

type Settings = HashMap<&'static str, String>;

impl Program {
    pub fn talktime(settings: &Settings, arguments: &[&str]) -> Self {
        let child =
            Command::new(env!("CARGO_BIN_EXE_talktime")).args(arguments).envs(settings).stdout(Stdio::null()).spawn();
        Self(child.expect("the program starts"))
    }

    /// What a command of ours prints; it must end well.
    pub fn run(settings: &Settings, arguments: &[&str]) -> String {
        let output =
            Command::new(env!("CARGO_BIN_EXE_talktime")).args(arguments).envs(settings).output().expect("it runs");
        let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        assert!(output.status.success(), "{arguments:?}: {said} {}", String::from_utf8_lossy(&output.stderr));
        said
    }
}

pub struct Person {
    account: String,
}

/// Who runs where. Nobody knows more of the others than an address and a secret.
pub struct Town {
    pub carrier: String,
    pub cards: String,
    pub settings: Settings,
    /// How its processes count time.
    pace: Vec<String>,
    pub service: String,
    foreign_cards: bool,
    running: Vec<Program>,
    _folder: tempfile::TempDir,
    _database: Database,
}

pub fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").to_string()
}

impl Town {
    /// `talktime sandbox` is the carrier and the card processor, on a clock `speed` times as fast as the machine's.
    pub fn with_sandbox(speed: u32) -> Self {
        let mut town = Self::empty(speed);
        let (carrier, cards) = (free_address(), free_address());
        (town.carrier, town.cards) = (format!("http://{carrier}"), format!("http://{cards}"));
        town.start_sandbox(&carrier, &cards);
        town
    }

    /// The card processor is `localstripe`, with a mender in front.
    pub fn with_localstripe() -> Self {
        let mut town = Self::empty(1);
        let (carrier, ours, theirs, mender) = (free_address(), free_address(), free_address(), free_address());
        let port = |address: &str| address.rsplit_once(':').expect("it has a port").1.to_owned();
        (town.carrier, town.cards) = (format!("http://{carrier}"), format!("http://{mender}"));
        town.foreign_cards = true;
        town.start_sandbox(&carrier, &ours);
        let folder = town._folder.path().to_owned();
        town.running.push(python().start("localstripe", &["--port", &port(&theirs), "--from-scratch"], &folder));
        until_it_listens(&theirs);
        let upstream = format!("http://{theirs}");
        let arguments = [client("localstripe_proxy.py"), port(&mender), upstream.clone()];
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        town.running.push(python().start("python", &arguments, &folder));
        until_it_listens(&mender);
        let webhook = format!("url={}/webhooks/stripe&secret={WEBHOOK_SECRET}", town.service);
        town.post(&format!("{upstream}/_config/webhooks/w1"), "", &webhook, &[]);
        town
    }

    fn empty(speed: u32) -> Self {
        let database = Database::fresh(Kind::Postgres);
        let since = talktime::clock::Clock::running(1).now().to_rfc3339();
        Self {
            carrier: String::new(),
            cards: String::new(),
            settings: HashMap::new(),
            pace: ["--speed", &speed.to_string(), "--since", &since].map(str::to_owned).to_vec(),
            service: format!("http://{}", free_address()),
            foreign_cards: false,
            running: vec![],
            _folder: tempfile::tempdir().expect("a folder"),
            _database: database,
        }
    }

    fn start_sandbox(&mut self, carrier: &str, cards: &str) {
        self.settings = HashMap::from([
            ("TALKTIME_DATABASE_URL", self._database.url.clone()),
            ("TALKTIME_LISTEN", self.service.trim_start_matches("http://").to_owned()),
            ("TALKTIME_PUBLIC_URL", self.service.clone()),
            ("TALKTIME_ADMIN_TOKEN", ADMIN_TOKEN.to_owned()),
            ("TALKTIME_TWILIO_ACCOUNT_SID", ACCOUNT_SID.to_owned()),
            ("TALKTIME_TWILIO_AUTH_TOKEN", AUTH_TOKEN.to_owned()),
            ("TALKTIME_TWILIO_CALLER_ID", "+15005550006".to_owned()),
            ("TALKTIME_TWILIO_API_BASE", self.carrier.clone()),
            ("TALKTIME_STRIPE_SECRET_KEY", CARDS_KEY.to_owned()),
            ("TALKTIME_STRIPE_WEBHOOK_SECRET", WEBHOOK_SECRET.to_owned()),
            ("TALKTIME_STRIPE_API_BASE", self.cards.clone()),
            ("TALKTIME_LOG", "error".to_owned()),
        ]);
        let webhook = format!("{}/webhooks/stripe", self.service);
        let mut arguments = vec!["sandbox", "--carrier", carrier, "--cards", cards, "--cards-webhook", &webhook];
        arguments.extend(self.pace.iter().map(String::as_str));
        self.running.push(Program::talktime(&self.settings, &arguments));
        until_it_listens(carrier);
        until_it_listens(cards);
    }

    /// Sets the service up by its command line and starts it.
    pub fn serve(&mut self, settings: &[(&'static str, &str)]) {
        self.settings.extend(settings.iter().map(|(name, value)| (*name, (*value).to_owned())));
        let deck = self._folder.path().join("deck.csv");
        std::fs::write(&deck, "prefix,price_per_minute,destination\n1,0.30,North America\n").expect("a deck");
        Program::run(&self.settings, &["migrate"]);
        Program::run(&self.settings, &["rates", "import", &deck.display().to_string(), "--plan", "standard"]);
        let mut arguments = vec!["serve"];
        arguments.extend(self.pace.iter().map(String::as_str));
        self.running.push(Program::talktime(&self.settings, &arguments));
        until_it_listens(self.service.trim_start_matches("http://"));
    }

    /// Somebody with so much money and a card that may be charged.
    pub fn caller(&self, email: &str, funds: &str, card: &str) -> Person {
        let create = ["account", "create", "--email", email, "--currency", "USD", "--plan", "standard"];
        let account = Program::run(&self.settings, &create);
        Program::run(&self.settings, &["account", "credit", &account, funds, "--reason", "to begin with"]);
        let customer = self.cards_post("/v1/customers", "email=caller%40example.com");
        let customer = customer["id"].as_str().expect("a customer").to_owned();
        let method = if self.foreign_cards { self.typed(card) } else { card.to_owned() };
        let method = self.attach(&method, &customer);
        let saved = json!({ "customer": customer, "method": method, "label": card });
        self.api_post(&format!("/accounts/{account}/cards"), &saved, None);
        let agreed = json!({ "amount": "1.00", "consent_text": "Yes.", "consent_from": "127.0.0.1" });
        self.api_post(&format!("/accounts/{account}/recharge"), &agreed, None);
        Person { account }
    }

    fn typed(&self, number: &str) -> String {
        let card = format!("type=card&card[number]={number}&card[exp_month]=12&card[exp_year]=2035&card[cvc]=123");
        let method = self.cards_post("/v1/payment_methods", &card);
        method["id"].as_str().expect("a card").to_owned()
    }

    fn attach(&self, method: &str, customer: &str) -> String {
        let attach = format!("/v1/payment_methods/{method}/attach");
        let attached = self.cards_post(&attach, &format!("customer={customer}"));
        attached["id"].as_str().expect("a card").to_owned()
    }

    pub fn dial(&self, who: &Person, own: &str, other: &str) -> String {
        let wish = json!({ "account": who.account, "own_number": own, "numbers": [other] });
        let call = self.api_post("/calls", &wish, Some(own));
        call["id"].as_str().expect("a call").to_owned()
    }

    /// Opens an access number, and knows this phone as the person's.
    pub fn lets_call_in(&self, who: &Person, phone: &str, access: &str) {
        self.api_post("/access-numbers", &json!({ "number": access }), None);
        let phone = json!({ "number": phone, "vouched": true });
        self.api_post(&format!("/accounts/{}/known-phones", who.account), &phone, None);
    }

    /// What the only call that came in has led to.
    pub fn call_that_came_in(&self) -> String {
        let all = self.get(&format!("{}/api/v1/greetings", self.service), ADMIN_TOKEN);
        all["items"][0]["call"].as_str().unwrap_or_else(|| panic!("it has led to a call: {all}")).to_owned()
    }

    /// The call as it is once it is charged.
    pub fn settled(&self, call: &str) -> Value {
        eventually("the call is settled", || {
            let call = self.get(&format!("{}/api/v1/calls/{call}", self.service), ADMIN_TOKEN);
            (call["phase"] == "settled").then_some(call)
        })
    }

    fn api_post(&self, path: &str, body: &Value, key: Option<&str>) -> Value {
        let key = key.map(|key| ("idempotency-key", key));
        self.post(&format!("{}/api/v1{path}", self.service), ADMIN_TOKEN, &body.to_string(), key.as_slice())
    }

    fn cards_post(&self, path: &str, form: &str) -> Value {
        self.post(&format!("{}{path}", self.cards), CARDS_KEY, form, &[])
    }

    pub fn get(&self, url: &str, token: &str) -> Value {
        ask("GET", url, token, "", &[])
    }

    fn post(&self, url: &str, token: &str, body: &str, headers: &[(&str, &str)]) -> Value {
        ask("POST", url, token, body, headers)
    }
}

fn eventually<T>(what: &str, look: impl Fn() -> Option<T>) -> T {
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        if let Some(seen) = look() {
            return seen;
        }
        // What is awaited happens in another program, which tells nobody.
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("{what} within {PATIENCE:?}");
}

pub fn until_it_listens(address: &str) {
    eventually("it listens", || TcpStream::connect(address).ok());
}

/// As plain as HTTP can be: one request a connection, and the answer is all that comes.
pub fn ask(method: &str, url: &str, token: &str, body: &str, headers: &[(&str, &str)]) -> Value {
    let rest = url.strip_prefix("http://").expect("plain HTTP");
    let (address, path) = rest.split_at(rest.find('/').expect("a path"));
    let kind = if body.starts_with('{') { "application/json" } else { "application/x-www-form-urlencoded" };
    let more: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.0\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nContent-Type: {kind}\r\n\
         Content-Length: {length}\r\nConnection: close\r\n{more}\r\n{body}"
    );
    let mut stream = TcpStream::connect(address).expect("it listens");
    stream.write_all(request.as_bytes()).expect("it reads");
    let mut answer = vec![];
    stream.read_to_end(&mut answer).expect("it answers");
    let answer = String::from_utf8_lossy(&answer);
    let (head, body) = answer.split_once("\r\n\r\n").expect("an HTTP answer");
    let status = head.split(' ').nth(1).unwrap_or_default();
    assert!(status.starts_with('2'), "{method} {url}: {answer}");
    serde_json::from_str(body).unwrap_or_default()
}
