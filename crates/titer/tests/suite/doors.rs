//! What strangers can do to the running program from outside: over real sockets, with few descriptors.

use std::{
    fs,
    io::{BufRead, BufReader, ErrorKind, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

/// Descriptors of the program: fewer than there are connections of strangers.
const DESCRIPTORS: u64 = 1_024;
/// Connections that each say half of what they have to.
const HALF_SENT: usize = 1_000;
/// Nothing here takes so long.
const SOON: Duration = Duration::from_secs(10);

/// An address that nobody listens on.
fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// The program, ended with its test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn titer(data: &Path, words: &[&str]) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("ulimit -n {DESCRIPTORS}; exec \"$0\" \"$@\""), env!("CARGO_BIN_EXE_titer")]);
    command.args(words).arg("--data").arg(data).stdout(Stdio::piped()).stderr(Stdio::piped()).stdin(Stdio::null());
    command
}

/// Runs the program until it says where it is.
fn serve(data: &Path, words: &[&str]) -> Running {
    let mut running = Running(titer(data, words).stderr(Stdio::null()).spawn().unwrap());
    let mut said = BufReader::new(running.0.stdout.take().unwrap()).lines();
    assert!(said.any(|line| line.unwrap().starts_with("Titer is at")), "it did not start");
    // What else it says is read, so that it never waits for that.
    std::thread::spawn(move || said.for_each(drop));
    running
}

fn done(command: &mut Command) -> String {
    let Output { status, stdout, stderr } = command.output().unwrap();
    assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).unwrap()
}

/// What the pages answer to this request.
fn ask(pages: SocketAddr, request: &str) -> String {
    let mut socket = TcpStream::connect(pages).unwrap();
    socket.set_read_timeout(Some(SOON)).unwrap();
    socket.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    answer
}

fn sign_in_page(pages: SocketAddr) -> String {
    ask(pages, &format!("GET /sign-in HTTP/1.1\r\nHost: {pages}\r\nConnection: close\r\n\r\n"))
}

fn is_closed(socket: &mut TcpStream) -> bool {
    match socket.read(&mut [0; 1_024]) {
        Ok(read) => read == 0,
        Err(e) => !matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
    }
}

#[test]
fn half_sent_requests_stop_neither_pages_nor_analyzers() {
    let ours = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    let all = rustix::process::Rlimit { current: ours.maximum, maximum: ours.maximum };
    rustix::process::setrlimit(rustix::process::Resource::Nofile, all).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (pages, link) = (free(), free());
    let _running = serve(folder.path(), &["serve", "--listen", &pages.to_string(), "--zone", "UTC"]);
    let listen = link.to_string();
    let add = ["link", "add", "--name", "chemistry", "--listen", &listen, "--dialect", "titer-sim-chemistry"];
    done(&mut titer(folder.path(), &add));

    let halves = [
        // Of a head; of a form; nothing at all.
        "GET /sign-in HTTP/1.1\r\nHost: titer\r\nX-",
        &format!("POST /sign-in HTTP/1.1\r\nHost: {pages}\r\nContent-Length: 4000\r\n\r\nname="),
        "",
    ];
    let mut strangers: Vec<TcpStream> = Vec::new();
    for half in halves.iter().cycle().take(HALF_SENT) {
        let mut socket = TcpStream::connect(pages).unwrap();
        // The program may have closed it by now for those that came later.
        let _ = socket.write_all(half.as_bytes());
        strangers.push(socket);
    }
    let began = Instant::now();
    assert!(sign_in_page(pages).starts_with("HTTP/1.1 200"), "a page is answered");
    let (listen, tube) = (link.to_string(), ["--barcode", "T1", "--json"]);
    let analyzer = ["sim", "analyzer", "chemistry", "--connect", &listen];
    let sent = done(Command::new(env!("CARGO_BIN_EXE_titer")).args(analyzer).args(tube));
    assert!(sent.contains("\"acknowledged\""), "a message is kept: {sent}");
    assert!(began.elapsed() < SOON, "at once: {:?}", began.elapsed());

    // Who says nothing more loses the connection, first the head, then the form.
    let last = strangers.split_off(HALF_SENT - 3);
    for mut socket in last {
        socket.set_read_timeout(Some(4 * SOON)).unwrap();
        while !is_closed(&mut socket) {
            assert!(began.elapsed() < 4 * SOON, "it is open still");
        }
    }
}

#[test]
fn a_laboratory_is_private_whatever_was_before() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let pages = free().to_string();
    let running = serve(folder.path(), &["serve", "--listen", &pages, "--zone", "UTC"]);
    let checkpoint = folder.path().join("a.checkpoint").display().to_string();
    done(&mut titer(folder.path(), &["journal", "checkpoint", &checkpoint]));
    drop(running);
    assert_eq!(mode(folder.path()), 0o700);
    for file in fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().path()) {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}

/// Its simulators would feed whoever listens there, as another laboratory.
#[test]
fn a_demonstration_whose_ports_are_taken_does_not_begin() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("demo");
    let other = loop {
        // The last of the seven ports from here on.
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        if listener.local_addr().unwrap().port() > 2_000 {
            break listener;
        }
    };
    other.set_nonblocking(true).unwrap();
    let taken = other.local_addr().unwrap();
    let first = SocketAddr::new(taken.ip(), taken.port() - 6).to_string();
    let words = ["demo", "--listen", &free().to_string(), "--analyzer", &first];
    let Output { status, stderr, .. } = titer(&data, &words).output().unwrap();
    let said = String::from_utf8(stderr).unwrap();
    assert!(!status.success() && said.contains(&taken.to_string()) && said.contains("--analyzer ADDR"), "{said}");
    assert_eq!(other.accept().unwrap_err().kind(), ErrorKind::WouldBlock, "nobody was connected to");
    // Nothing is left that would keep these ports for the next time.
    let there = done(&mut titer(&data, &["link", "list", "--json"]));
    assert_eq!(there.trim(), "", "{there}");
}
