//! Fonts that a laboratory adds: what they print, and where they are read from, for a laboratory in a folder and in PostgreSQL.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use crate::postgres;

/// A name in Cherokee, a script that none of the program's own fonts has.
const SEQUOYAH: &str = "ᏍᏏᏉᏯ";
/// What fonts call themselves in a PDF: the font that has Cherokee, and the font of everything else.
const ADDED: &str = "NewCM10";
const OWN: &str = "NotoSans";
const PASSWORD: &str = "seven bridges over the canal";

/// A real font, from the sources of a crate that the program is built of anyway (New Computer Modern, GUST Font License).
fn font() -> PathBuf {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["metadata", "--format-version", "1", "--offline", "--locked"]).current_dir(env!("CARGO_MANIFEST_DIR"));
    let metadata: serde_json::Value = serde_json::from_slice(&cargo.output().unwrap().stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let assets = packages.iter().find(|package| package["name"] == "typst-assets").unwrap();
    let manifest = Path::new(assets["manifest_path"].as_str().unwrap());
    manifest.with_file_name("files").join("fonts/NewCM10-Regular.otf")
}

/// The program, ended with its test.
struct Running {
    program: Child,
    pages: SocketAddr,
    cookie: String,
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

/// Serves a laboratory at this place, such as `--data DIR`, and signs somebody in who registers patients.
fn serve(place: [&str; 2], words: &[&str]) -> Running {
    let pages = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let titer = || {
        let mut titer = Command::new(env!("CARGO_BIN_EXE_titer"));
        titer.args(place).stdin(Stdio::null());
        titer
    };
    let mut program = titer();
    program.args(["serve", "--zone", "UTC", "--units", "si", "--listen", &pages.to_string()]).args(words);
    let mut program = program.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut said = BufReader::new(program.stdout.take().unwrap()).lines();
    let mut running = Running { program, pages, cookie: String::new() };
    assert!(said.any(|line| line.unwrap().starts_with("Titer is at")), "it did not start");
    std::thread::spawn(move || said.for_each(drop));

    let add = ["user", "add", "--username", "ada", "--name", "Ada Quill", "--role", "clerk"];
    let added = String::from_utf8(titer().args(add).output().unwrap().stdout).unwrap();
    let once = added.split_once("the password ").unwrap().1.split(' ').next().unwrap();
    let signed_in = running.post("/sign-in", &[("name", "ada"), ("password", once)]);
    let cookies = signed_in.head.lines().filter_map(|line| line.split_once(": "));
    let session = cookies.filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie")).map(|(_, cookie)| cookie);
    running.cookie = session.map(|cookie| cookie.split(';').next().unwrap()).collect::<Vec<_>>().join("; ");
    let chosen = running.post("/password", &[("old", once), ("new", PASSWORD), ("again", PASSWORD)]);
    assert_eq!(chosen.status(), "303", "{}", chosen.text());
    running
}

struct Answer {
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn status(&self) -> &str {
        self.head.split(' ').nth(1).unwrap()
    }

    fn location(&self) -> &str {
        let line = self.head.lines().find(|line| line.to_ascii_lowercase().starts_with("location: "));
        line.unwrap_or_else(|| panic!("{} {}", self.head, self.text())).split_once(' ').unwrap().1
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The font of each text in a PDF is named in it.
    fn prints_with(&self, font: &str) -> bool {
        assert!(self.body.starts_with(b"%PDF-"), "{}", self.text());
        self.body.windows(font.len()).any(|bytes| bytes == font.as_bytes())
    }
}

impl Running {
    fn ask(&self, request: &str, form: &str) -> Answer {
        let (pages, cookie, length) = (self.pages, &self.cookie, form.len());
        let mut socket = TcpStream::connect(pages).unwrap();
        write!(
            socket,
            "{request} HTTP/1.0\r\nHost: {pages}\r\nCookie: {cookie}\r\nContent-Length: {length}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\n\r\n{form}"
        )
        .unwrap();
        let mut answer = Vec::new();
        socket.read_to_end(&mut answer).unwrap();
        let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap();
        let body = answer.split_off(end + 4);
        Answer { head: String::from_utf8(answer).unwrap(), body }
    }

    fn get(&self, path: &str) -> Answer {
        self.ask(&format!("GET {path}"), "")
    }

    fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let escaped = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
        // A form carries the stamp of whom it was shown to; the page for one's password has a form for everybody.
        let page = if self.cookie.is_empty() { String::new() } else { self.get("/password").text() };
        let stamp = page.contains(STAMP).then(|| ("stamp", between(&page, STAMP)));
        let fields = fields.iter().copied().chain(stamp);
        let form: Vec<String> = fields.map(|(name, value)| format!("{name}={}", escaped(value))).collect();
        self.ask(&format!("POST {path}"), &form.join("&"))
    }

    /// Registers a patient by the form on `page`.
    fn register(&self, page: &Answer) -> Answer {
        let page = page.text();
        let mut fields = vec![
            ("family", SEQUOYAH),
            ("given", ""),
            ("born", "1971-03-14"),
            ("sex", "male"),
            ("identifier", "N1"),
            ("shown", between(&page, "name=\"shown\" value=\"")),
        ];
        if page.contains("name=\"unprintable\"") {
            fields.push(("unprintable", between(&page, "name=\"unprintable\" value=\"")));
        }
        self.post("/patients/new", &fields)
    }

    /// The label of a tube of this patient, who was just registered.
    fn label(&self, registered: &Answer) -> Answer {
        let form = registered.location();
        let page = self.get(form).text();
        let test = between(&page, "name=\"test\" value=\"");
        let shown = between(&page, "name=\"shown\" value=\"");
        let patient = form.rsplit_once('=').unwrap().1;
        let placed = self.post(
            "/orders/new",
            &[
                ("patient", patient),
                ("test", test),
                ("priority", "routine"),
                ("requester", "Dr Quill"),
                ("shown", shown),
            ],
        );
        let placed = self.get(placed.location()).text();
        self.get(&format!("/specimens/{}/label", between(&placed, "href=\"/specimens/")))
    }
}

const STAMP: &str = "name=\"stamp\" value=\"";

/// What stands between a mark and the next quotation mark.
fn between<'a>(page: &'a str, before: &str) -> &'a str {
    let (_, after) = page.split_once(before).unwrap_or_else(|| panic!("{before}: {page}"));
    after.split('"').next().unwrap()
}

/// A folder that has the font, for one name of a folder within it.
fn with_font(named: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    // A folder that others may enter, and that holds no laboratory yet, is refused.
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).unwrap();
    fs::create_dir(folder.path().join(named)).unwrap();
    fs::copy(font(), folder.path().join(named).join("added.otf")).unwrap();
    folder
}

#[test]
fn a_script_is_printed_with_a_font_of_the_folder_and_spelled_out_without_it() {
    let without = tempfile::tempdir().unwrap();
    let running = serve(["--data", without.path().to_str().unwrap()], &[]);
    let warned = running.register(&running.get("/patients/new"));
    assert_eq!(warned.status(), "422");
    assert!(warned.text().contains(&format!("No loaded font can print these characters: {SEQUOYAH}")));
    let label = running.label(&running.register(&warned));
    assert!(label.prints_with(OWN) && !label.prints_with(ADDED));

    let with = with_font("fonts");
    let running = serve(["--data", with.path().to_str().unwrap()], &[]);
    let label = running.label(&running.register(&running.get("/patients/new")));
    assert!(label.prints_with(OWN) && label.prints_with(ADDED));
}

#[test]
fn with_postgresql_fonts_are_read_from_the_folder_that_is_named() {
    let Some(database) = postgres::database() else { return };
    let named = with_font("printing");
    let fonts = named.path().join("printing");
    let running = serve(["--database", &database], &["--fonts", fonts.to_str().unwrap()]);
    let label = running.label(&running.register(&running.get("/patients/new")));
    assert!(label.prints_with(OWN) && label.prints_with(ADDED));
}

#[test]
fn a_named_folder_that_is_not_there_and_a_file_that_is_no_font_stop_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let titer = |fonts: &Path| {
        let mut titer = Command::new(env!("CARGO_BIN_EXE_titer"));
        titer
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(folder.path().join("data"))
            .arg("--fonts")
            .arg(fonts);
        let output = titer.output().unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (started, said) = titer(&folder.path().join("nowhere"));
    assert!(!started && said.contains("is not there; correct --fonts"), "{said}");
    fs::write(folder.path().join("broken.ttf"), "no font").unwrap();
    let (started, said) = titer(folder.path());
    assert!(!started && said.contains("broken.ttf: this is not a font"), "{said}");
}
