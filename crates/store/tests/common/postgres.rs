//! A throw-away PostgreSQL cluster, for the tests of any crate: `#[path = "…/store/tests/common/postgres.rs"] mod postgres;`.
//!
//! Each program of tests starts one, unless `.ci/postgres` has started one for all: `TITER_TEST_POSTGRES` is the folder of its socket.
//! Its binaries are looked for in the search path and where Debian keeps them. Where there are none the tests that need them are
//! skipped with a note, unless `TITER_REQUIRE_POSTGRES=1` says that they may not be.
#![allow(dead_code, missing_docs, clippy::print_stderr)]

use std::{
    fs,
    io::Write,
    os::unix::{fs::chown, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::{
        Mutex, OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// How long the cluster may take to be made, to start or to stop.
const PATIENCE: Duration = Duration::from_secs(60);

const KEEPER: &str = include_str!("keeper.sh");

/// A server. It listens on a socket in this folder only, and trusts whoever may enter that.
struct Server {
    bin: PathBuf,
    folder: PathBuf,
    account: Option<(u32, u32)>,
}

/// A cluster of its own for whoever stops and starts it. It goes when this is dropped.
pub struct Cluster {
    server: Server,
    keeper: Child,
    orders: Mutex<Option<ChildStdin>>,
}

/// A new, empty database on the cluster that all tests share; its address. It goes with the cluster.
pub fn database() -> Option<String> {
    static OWN: OnceLock<Option<Cluster>> = OnceLock::new();
    if let Some(folder) = std::env::var_os("TITER_TEST_POSTGRES") {
        let bin = binaries().expect("PostgreSQL is installed where a cluster runs");
        return Some(Server::at(PathBuf::from(folder), bin).database());
    }
    OWN.get_or_init(Cluster::start).as_ref().map(Cluster::database)
}

impl Server {
    fn at(folder: PathBuf, bin: PathBuf) -> Server {
        Server { bin, account: unprivileged(), folder }
    }

    fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(self.bin.join(program));
        if let Some((user, group)) = self.account {
            command.uid(user).gid(group);
        }
        command.current_dir(&self.folder);
        command
    }

    fn database(&self) -> String {
        // Other programs make theirs on the same cluster.
        static DATABASES: AtomicU32 = AtomicU32::new(0);
        let name = format!("t{}_{}", std::process::id(), DATABASES.fetch_add(1, Ordering::Relaxed));
        let mut createdb = self.command("createdb");
        let made = createdb.arg("-h").arg(&self.folder).args(["-U", "titer", &name]).output().expect("createdb runs");
        assert!(made.status.success(), "createdb: {}", String::from_utf8_lossy(&made.stderr));
        format!("postgres:///{name}?user=titer&host={}", self.folder.display())
    }
}

impl Cluster {
    /// Starts a cluster, or says why it does not.
    pub fn start() -> Option<Cluster> {
        let Some(bin) = binaries() else {
            let required = std::env::var("TITER_REQUIRE_POSTGRES").is_ok_and(|v| v == "1");
            assert!(!required, "initdb is neither in PATH nor in /usr/lib/postgresql/*/bin; install postgresql");
            eprintln!("skipped: PostgreSQL is not installed");
            return None;
        };
        let server = Server::at(tempfile::tempdir().expect("a folder").keep(), bin);
        if let Some((user, group)) = server.account {
            chown(&server.folder, Some(user), Some(group)).expect("the folder is given to the server's account");
        }
        let mut keeper = server.command("/bin/sh");
        keeper.arg("-c").arg(KEEPER).arg(&server.bin).arg(&server.folder);
        // Nothing of ours is handed on: whoever waits for the end of our output must not wait for the server.
        let mut keeper =
            keeper.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("sh runs");
        let orders = Mutex::new(keeper.stdin.take());
        let cluster = Cluster { server, keeper, orders };
        cluster.wait_until(true);
        Some(cluster)
    }

    /// A new, empty database; its address.
    pub fn database(&self) -> String {
        self.server.database()
    }

    /// The server goes at once, as in a crash.
    pub fn stop(&self) {
        self.order("stop");
        self.wait_until(false);
    }

    /// The server comes back.
    pub fn start_again(&self) {
        self.order("start");
        self.wait_until(true);
    }

    fn order(&self, word: &str) {
        let mut orders = self.orders.lock().expect("no test has panicked here");
        writeln!(orders.as_mut().expect("open until it is dropped"), "{word}").expect("the keeper listens");
    }

    fn wait_until(&self, up: bool) {
        let begun = Instant::now();
        let is_up = || {
            let mut ask = self.server.command("pg_isready");
            ask.arg("-q").arg("-h").arg(&self.server.folder);
            ask.status().expect("pg_isready runs").success()
        };
        while is_up() != up {
            let log = fs::read_to_string(self.server.folder.join("log")).unwrap_or_default();
            assert!(begun.elapsed() < PATIENCE, "the server did not {}: {log}", if up { "start" } else { "stop" });
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Ok(orders) = self.orders.get_mut() {
            *orders = None;
        }
        self.keeper.wait().expect("the keeper ends");
    }
}

/// Where `initdb` and its siblings are.
fn binaries() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|p| p.join("initdb")).find(|p| p.is_file());
    // A link may stand in the path alone; its siblings are where it leads to.
    let found = found.and_then(|p| fs::canonicalize(p).ok()).and_then(|p| p.parent().map(Path::to_owned));
    found.or_else(|| {
        let versions = fs::read_dir("/usr/lib/postgresql").ok()?.flatten();
        let number = |p: &PathBuf| p.file_name().and_then(|n| n.to_str()?.parse::<u32>().ok());
        let newest = versions.map(|v| v.path()).filter(|p| p.join("bin/initdb").is_file()).max_by_key(number)?;
        Some(newest.join("bin"))
    })
}

/// PostgreSQL refuses to run as root: the account and group that it runs as instead, when we are root.
pub fn unprivileged() -> Option<(u32, u32)> {
    use std::os::unix::fs::MetadataExt;
    let ours = tempfile::NamedTempFile::new().expect("a file");
    if ours.as_file().metadata().expect("our file").uid() != 0 {
        return None;
    }
    let accounts = fs::read_to_string("/etc/passwd").expect("the accounts of this machine");
    let ids = |name: &str| {
        let mut fields = accounts.lines().map(|l| l.split(':').collect::<Vec<_>>());
        let account = fields.find(|f| f.first() == Some(&name) && f.len() > 3)?;
        Some((account[2].parse().ok()?, account[3].parse().ok()?))
    };
    Some(ids("postgres").or_else(|| ids("nobody")).expect("an account postgres or nobody"))
}
