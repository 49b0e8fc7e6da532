//! How fast calls are started and settled over HTTP on PostgreSQL with 32 clients, side by side with `pgbench -N` on the
//! same server, and how many round trips to the database each takes.
//!
//! `cargo bench --bench calls` starts a PostgreSQL cluster of its own with everything durable; `-- --quick` is shorter.
//! Starting is `POST /api/v1/calls`: admission, hold, call, legs, record and job in one transaction. Settling is the
//! signed webhook that ends a call's last leg: charges, release, record. Jobs are not run, so no carrier is needed.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use diesel::connection::{Instrumentation, InstrumentationEvent};
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use talktime::app::App;
use talktime::clock::Clock;
use talktime::config::Settings;
use talktime::domain::money::Money;
use talktime::flows::FlowError;
use talktime::flows::credit::credit_account;
use talktime::flows::import_deck::{DeckUpload, import_deck};
use talktime::flows::open_account::{Opened, ensure_plan, open_account};
use talktime::storage::{Db, StorageError, calls};
use talktime::web::server;
use talktime::wire::{HttpRequest, HttpResponse, Method};

const CLIENTS: usize = 32;
const ADMIN: &str = "admin-token-of-the-bench";
const TOKEN: &str = "carrier-token-of-the-bench";
const OWN: &str = "+14155550100";
const OTHER: &str = "+14155550101";

static ROUND_TRIPS: AtomicU64 = AtomicU64::new(0);

/// Every statement, and every begin and commit, waits for the database once.
struct Counting;

impl Instrumentation for Counting {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if let InstrumentationEvent::StartQuery { .. } = event {
            ROUND_TRIPS.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// A cluster with PostgreSQL's own defaults: every commit is on the disk before it is answered.
struct Cluster {
    bin: PathBuf,
    folder: tempfile::TempDir,
    port: u16,
}

impl Cluster {
    fn start() -> Self {
        let mut versions: Vec<_> = std::fs::read_dir("/usr/lib/postgresql")
            .expect("PostgreSQL is installed; ./test installs it")
            .map(|entry| entry.expect("it can be read").path().join("bin"))
            .collect();
        versions.sort();
        let bin = versions.pop().expect("a version of PostgreSQL");
        let folder = tempfile::tempdir().expect("a folder");
        let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port").port();
        let cluster = Self { bin, folder, port };
        run(Command::new("chmod").arg("777").arg(cluster.folder.path()));
        let data = cluster.data();
        run(cluster.as_postgres("initdb").args(["-U", "talktime", "--auth=trust", "-D"]).arg(&data));
        let options = format!(
            "-p {port} -k {} -c listen_addresses=127.0.0.1 -c max_connections=200",
            cluster.folder.path().display()
        );
        run(cluster
            .as_postgres("pg_ctl")
            .args(["-w", "-o", &options, "-l"])
            .arg(cluster.folder.path().join("log"))
            .arg("-D")
            .arg(&data)
            .arg("start"));
        cluster
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// PostgreSQL refuses to run as root.
    fn as_postgres(&self, program: &str) -> Command {
        let root = std::fs::metadata("/root").is_ok() && Path::new("/proc/self").exists() && is_root();
        if !root {
            return Command::new(self.bin.join(program));
        }
        let mut command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--init-groups"]).arg(self.bin.join(program));
        command
    }

    fn url(&self, database: &str) -> String {
        format!("postgres://talktime@127.0.0.1:{}/{database}", self.port)
    }

    /// Transactions a second of pgbench's simple update.
    fn pgbench(&self, seconds: u64) -> f64 {
        let output = Command::new(self.bin.join("pgbench"))
            .args(["-N", "-n", "-c", &CLIENTS.to_string(), "-j", "2", "-T", &seconds.to_string(), &self.url("pgbench")])
            .output()
            .expect("pgbench runs");
        let text = String::from_utf8_lossy(&output.stdout);
        let tps = text.lines().find_map(|line| line.strip_prefix("tps = "));
        tps.and_then(|rest| rest.split(' ').next()).and_then(|tps| tps.parse().ok()).expect("pgbench says its tps")
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let data = self.data();
        let _ =
            self.as_postgres("pg_ctl").args(["-m", "immediate", "stop", "-D"]).arg(data).stdout(Stdio::null()).status();
    }
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.starts_with(b"0\n"))
}

fn run(command: &mut Command) {
    let output = command.output().expect("the program is there");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// The service without its jobs, and accounts to dial from: more than clients, as in life.
struct Bench {
    app: App,
    url: String,
    accounts: Vec<String>,
    next: AtomicU64,
}

impl Bench {
    async fn new(database: &str) -> Self {
        Db::migrate(database).expect("migrations run");
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.set_nonblocking(true).expect("a socket that does not block");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let settings = [
            ("TALKTIME_DATABASE_URL", database),
            ("TALKTIME_DATABASE_CONNECTIONS", "32"),
            ("TALKTIME_PUBLIC_URL", &url),
            ("TALKTIME_ADMIN_TOKEN", ADMIN),
            ("TALKTIME_MOST_LIVE_CALLS", "1000000"),
            ("TALKTIME_TWILIO_ACCOUNT_SID", "AC00000000000000000000000000000001"),
            ("TALKTIME_TWILIO_AUTH_TOKEN", TOKEN),
            ("TALKTIME_TWILIO_CALLER_ID", "+15005550006"),
            ("TALKTIME_STRIPE_SECRET_KEY", "sk_test_bench"),
            ("TALKTIME_STRIPE_WEBHOOK_SECRET", "whsec_bench"),
        ];
        let settings = Settings::from_pairs(settings.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let config = settings.and_then(|settings| settings.service()).expect("complete settings");
        let (wake, _) = tokio::sync::mpsc::unbounded_channel();
        let app = App::build(config, Clock::running(1), wake).expect("the service");
        tokio::spawn(server::serve(app.clone(), listener).expect("a server"));
        let mut bench = Self { app, url, accounts: vec![], next: AtomicU64::new(0) };
        bench.furnish().await;
        bench
    }

    async fn furnish(&mut self) {
        let now = self.app.clock.now();
        let deck = DeckUpload {
            plan_name: "bench".to_owned(),
            csv: b"prefix,price_per_minute\n1,0.006\n".to_vec(),
            effective_from: None,
            actor: "bench".to_owned(),
            dry_run: false,
        };
        let furnished = self.app.db.write(move |tx| {
            let currency = "USD".parse().expect("a currency");
            ensure_plan(tx, "bench", currency, false, now)?;
            import_deck(tx, &deck, now)?;
            (0..CLIENTS * 8)
                .map(|number| {
                    let email = format!("caller{number}@example.com");
                    let Opened::Account(account) = open_account(tx, &email, currency, "bench", "bench", now)? else {
                        panic!("the account is opened")
                    };
                    let much = Money::from_micros(900_000_000_000_000);
                    credit_account(tx, &account.id, "first", much, "plenty", "bench", now)?;
                    Ok::<_, FlowError>(account.id)
                })
                .collect()
        });
        self.accounts = furnished.await.expect("accounts");
    }

    fn number(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// Starts a call; its id.
    async fn start_call(&self) -> String {
        let number = self.number();
        let account = &self.accounts[usize::try_from(number).expect("small") % self.accounts.len()];
        let body = serde_json::json!({ "account": account, "own_number": OWN, "numbers": [OTHER] }).to_string();
        let headers = vec![
            ("authorization", format!("Bearer {ADMIN}")),
            ("content-type", "application/json".to_owned()),
            ("idempotency-key", format!("call {number}")),
        ];
        let answer = self.send(&format!("{}/api/v1/calls", self.url), headers, body).await;
        let call: serde_json::Value = serde_json::from_slice(&answer).expect("JSON");
        call["id"].as_str().expect("an id").to_owned()
    }

    /// Brings both legs in, and all but the last one out again: the URL and form that will settle it.
    async fn nearly_over(&self, call: String) -> (String, String) {
        let found = self.app.db.read(move |tx| calls::find(tx, &call)).await;
        let found = found.map_err(|error: StorageError| error).expect("it is read").expect("it is there");
        let mut ends = vec![];
        for leg in &found.legs {
            let sid = format!("CA{:032x}", self.number());
            self.webhook(&format!("/webhooks/twilio/legs/{}/document?n=0", leg.id), &format!("CallSid={sid}")).await;
            let form = format!("CallDuration=60&CallSid={sid}&CallStatus=completed");
            ends.push((format!("/webhooks/twilio/legs/{}/status", leg.id), form));
        }
        // The payer, who is first, leaves first; the other's end settles the call.
        let last = ends.pop().expect("a call has legs");
        for (path, form) in ends {
            self.webhook(&path, &form).await;
        }
        last
    }

    async fn webhook(&self, path: &str, form: &str) {
        let url = format!("{}{path}", self.url);
        let mut signed = url.clone();
        let mut pairs: Vec<_> = form.split('&').filter_map(|pair| pair.split_once('=')).collect();
        pairs.sort_unstable();
        pairs.iter().for_each(|(name, value)| signed.push_str(&format!("{name}{value}")));
        let mut mac = <Hmac<Sha1> as KeyInit>::new_from_slice(TOKEN.as_bytes()).expect("any key");
        mac.update(signed.as_bytes());
        let headers = vec![
            ("x-twilio-signature", STANDARD.encode(mac.finalize().into_bytes())),
            ("content-type", "application/x-www-form-urlencoded".to_owned()),
        ];
        self.send(&url, headers, form.to_owned()).await;
    }

    async fn send(&self, url: &str, headers: Vec<(&'static str, String)>, body: String) -> Vec<u8> {
        let request = HttpRequest { method: Method::Post, url: url.to_owned(), headers, body };
        match self.app.outbound.send(&request).await {
            HttpResponse::Answered { status: 200..=299, body, .. } => body,
            other => panic!("{url}: {other:?}"),
        }
    }
}

/// Calls a second, started by all clients at once.
async fn starting(bench: &Arc<Bench>, time: Duration) -> f64 {
    let began = Instant::now();
    let clients = (0..CLIENTS).map(|_| {
        let bench = bench.clone();
        tokio::spawn(async move {
            let mut started = 0_u64;
            while began.elapsed() < time {
                bench.start_call().await;
                started += 1;
            }
            started
        })
    });
    per_second(clients.collect(), began).await
}

/// Calls a second, settled by all clients at once. Bringing them so far is not timed.
async fn settling(bench: &Arc<Bench>, most: usize) -> f64 {
    let mut each = vec![];
    for _ in 0..CLIENTS {
        let bench = bench.clone();
        each.push(tokio::spawn(async move {
            let mut ready = vec![];
            for _ in 0..most {
                let call = bench.start_call().await;
                ready.push(bench.nearly_over(call).await);
            }
            ready
        }));
    }
    let mut ready = vec![];
    for one in each {
        ready.push(one.await.expect("no panic"));
    }
    let began = Instant::now();
    let clients = ready.into_iter().map(|ready| {
        let bench = bench.clone();
        tokio::spawn(async move {
            let settled = ready.len() as u64;
            for (path, form) in ready {
                bench.webhook(&path, &form).await;
            }
            settled
        })
    });
    per_second(clients.collect(), began).await
}

async fn per_second(clients: Vec<tokio::task::JoinHandle<u64>>, began: Instant) -> f64 {
    let mut done = 0;
    for client in clients {
        done += client.await.expect("no panic");
    }
    done as f64 / began.elapsed().as_secs_f64()
}

async fn round_trips(bench: &Arc<Bench>) -> (u64, u64) {
    // Once before, so that connections are open and what is remembered is remembered.
    let call = bench.start_call().await;
    let (path, form) = bench.nearly_over(call).await;
    bench.webhook(&path, &form).await;
    let before = ROUND_TRIPS.load(Ordering::Relaxed);
    let call = bench.start_call().await;
    let started = ROUND_TRIPS.load(Ordering::Relaxed) - before;
    let (path, form) = bench.nearly_over(call).await;
    let before = ROUND_TRIPS.load(Ordering::Relaxed);
    bench.webhook(&path, &form).await;
    (started, ROUND_TRIPS.load(Ordering::Relaxed) - before)
}

fn show(name: &str, mut rates: Vec<f64>, reference: f64) {
    rates.sort_by(f64::total_cmp);
    let (least, middle, most) = (rates[0], rates[rates.len() / 2], rates[rates.len() - 1]);
    println!("{name:<28} {least:>8.0} {middle:>8.0} {most:>8.0} a second   {:>5.2} of pgbench", middle / reference);
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let quick = std::env::args().any(|argument| argument == "--quick");
    let (rounds, seconds, each) = if quick { (1, 3, 10) } else { (5, 8, 40) };
    diesel::connection::set_default_instrumentation(|| Some(Box::new(Counting))).expect("nobody else set it");
    let cluster = Cluster::start();
    for database in ["talktime", "pgbench"] {
        run(Command::new("psql").args([&cluster.url("postgres"), "-qc", &format!("CREATE DATABASE {database}")]));
    }
    run(Command::new(cluster.bin.join("pgbench")).args(["-i", "-q", "-s", "10", &cluster.url("pgbench")]));
    let bench = Arc::new(Bench::new(&cluster.url("talktime")).await);
    let (to_start, to_settle) = round_trips(&bench).await;
    println!("round trips to the database: {to_start} to start a call, {to_settle} to settle one");
    let (mut reference, mut started, mut settled) = (vec![], vec![], vec![]);
    for _ in 0..rounds {
        reference.push(cluster.pgbench(seconds));
        started.push(starting(&bench, Duration::from_secs(seconds)).await);
        reference.push(cluster.pgbench(seconds));
        settled.push(settling(&bench, each).await);
    }
    let mut sorted = reference.clone();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted[sorted.len() / 2];
    println!("{:<28} {:>8} {:>8} {:>8}", format!("{CLIENTS} clients, {rounds} rounds"), "least", "middle", "most");
    show("pgbench -N", reference, middle);
    show("starting a call", started, middle);
    show("settling a call", settled, middle);
}
