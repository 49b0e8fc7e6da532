//! A PostgreSQL cluster for this run alone, as durable as PostgreSQL is by default, and `pgbench` against it.

use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// Stopped and deleted when it goes out of scope.
pub struct Cluster {
    bin: PathBuf,
    folder: TempDir,
    port: u16,
}

impl Cluster {
    pub fn start() -> Self {
        let bin = newest_installed();
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o777)).expect("the folder is ours");
        let cluster = Self { bin, folder, port: free_port() };
        let (data, log) = (cluster.data(), cluster.folder.path().join("log"));
        let (data, log) = (data.display().to_string(), log.display().to_string());
        cluster.run("initdb", &["-D", &data, "-U", "talktime", "--auth=trust"]);
        // Nothing of durability is set: fsync and synchronous_commit stay on.
        let socket = cluster.folder.path().display();
        let options = format!("-p {} -k {socket} -c listen_addresses=127.0.0.1 -c max_connections=200", cluster.port);
        cluster.run("pg_ctl", &["-D", &data, "-w", "-l", &log, "-o", &options, "start"]);
        for database in ["talktime", "pgbench"] {
            cluster.sql("postgres", &format!("CREATE DATABASE {database}"));
        }
        cluster
    }

    pub fn url(&self) -> String {
        format!("postgres://talktime@127.0.0.1:{}/talktime", self.port)
    }

    pub fn sql(&self, database: &str, statement: &str) -> String {
        self.run("psql", &["-d", database, "-qAtc", statement])
    }

    pub fn prepare_pgbench(&self, scale: usize) {
        self.run("pgbench", &["-i", "-q", "-s", &scale.to_string(), "pgbench"]);
    }

    /// Transactions a second of `pgbench -N`: one row updated, one read, one inserted.
    pub fn pgbench(&self, clients: usize, seconds: u64) -> f64 {
        let (clients, seconds) = (clients.to_string(), seconds.to_string());
        let said = self.run("pgbench", &["-N", "-n", "-c", &clients, "-j", "2", "-T", &seconds, "pgbench"]);
        let rate = said.lines().find_map(|line| line.strip_prefix("tps = ")).and_then(|rate| rate.split(' ').next());
        rate.and_then(|rate| rate.parse().ok()).unwrap_or_else(|| panic!("pgbench says its rate: {said}"))
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Runs one of PostgreSQL's programs to its end and returns what it printed.
    fn run(&self, program: &str, arguments: &[&str]) -> String {
        let Output { status, stdout, stderr } = self.command(program, arguments).output().expect("the program starts");
        let stderr = String::from_utf8_lossy(&stderr);
        assert!(status.success(), "{program} {arguments:?}: {stderr}");
        String::from_utf8_lossy(&stdout).into_owned()
    }

    /// PostgreSQL refuses to run as root.
    fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let root = std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
        let mut command = if root {
            let mut command = Command::new("setpriv");
            command.args(["--reuid=postgres", "--regid=postgres", "--init-groups"]).arg(self.bin.join(program));
            command
        } else {
            Command::new(self.bin.join(program))
        };
        let (host, user) = ("127.0.0.1", "talktime");
        command.args(arguments).current_dir("/").env("PGHOST", host).env("PGUSER", user);
        command.env("PGPORT", self.port.to_string());
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let data = self.data().display().to_string();
        let mut stop = self.command("pg_ctl", &["-D", &data, "-m", "immediate", "stop"]);
        let _ = stop.stdout(Stdio::null()).stderr(Stdio::null()).status();
    }
}

fn newest_installed() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").expect("PostgreSQL is installed");
    let version = |path: &Path| path.file_name().and_then(|name| name.to_str()?.parse::<u32>().ok());
    let newest = versions.flatten().map(|entry| entry.path()).max_by_key(|path| version(path));
    newest.expect("PostgreSQL is installed").join("bin")
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("it is bound").port()
}
