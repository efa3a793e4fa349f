//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use titer_shell::origin::Origin;
use titer_store::Location;

/// Runs a clinical laboratory and trains the people who run it.
#[derive(Parser)]
#[command(version, about, after_help = "Example: titer demo")]
pub struct Arguments {
    /// Folder that holds the laboratory (SQLite).
    #[arg(long, global = true, value_name = "DIR", env = "TITER_DATA")]
    pub data: Option<PathBuf>,
    /// PostgreSQL database that holds the laboratory, in place of a folder.
    #[arg(long, global = true, value_name = "postgres://…", env = "TITER_DATABASE", conflicts_with = "data")]
    pub database: Option<String>,
    /// Write the log as JSON.
    #[arg(long, global = true, env = "TITER_LOG_JSON")]
    pub log_json: bool,
    #[command(subcommand)]
    pub command: Command,
}

impl Arguments {
    /// Where the laboratory is kept.
    pub fn location(&self) -> Location {
        match &self.database {
            Some(url) => Location::parse(url),
            None => Location::Folder(self.data.clone().unwrap_or_else(|| PathBuf::from("data/laboratory"))),
        }
    }
}

#[derive(Subcommand)]
pub enum Command {
    /// Run a demonstration: simulated analyzers, invented orders and staff.
    #[command(after_help = "Example: titer demo --listen 127.0.0.1:8080")]
    Demo(DemoOptions),
    /// Run a laboratory. A new one is empty and has a first administrator.
    #[command(after_help = "Example: titer serve --data /srv/titer --listen 0.0.0.0:8080 --zone Europe/Berlin")]
    Serve(ServeOptions),
    /// Manage accounts and roles.
    #[command(subcommand, after_help = "Example: titer user add --username ada --name 'Ada Quill' --role technician")]
    User(UserCommand),
    /// Manage links to analyzers and their mappings.
    #[command(
        subcommand,
        after_help = "Example: titer link add --name c111 --protocol astm --listen 127.0.0.1:4001 --dialect cobas-c111"
    )]
    Link(LinkCommand),
    /// List, read again and dismiss messages; show why they are held.
    #[command(subcommand, after_help = "Example: titer inbox list --json")]
    Inbox(InboxCommand),
    /// Import from a file.
    #[command(subcommand, after_help = "Example: titer import catalog --starter --units si")]
    Import(ImportCommand),
    /// Verify the journal, rebuild tables from it, write checkpoints.
    #[command(subcommand, after_help = "Example: titer journal verify --checkpoint 2026-11-22.checkpoint")]
    Journal(JournalCommand),
    /// Write a backup of the whole laboratory to one new file. The laboratory may be running.
    #[command(after_help = "Example: titer backup /mnt/backup/titer-2026-11-22.backup")]
    Backup {
        /// The file to write. It must not exist.
        file: PathBuf,
    },
    /// Restore a backup into an empty folder or database. If a restore fails, for whatever reason, no laboratory opens there until a
    /// restore succeeds; `titer serve --new` makes a new, empty laboratory instead. Where a laboratory stands, nothing is changed.
    #[command(after_help = "Example: titer restore --data /srv/titer-restored /mnt/backup/titer-2026-11-22.backup")]
    Restore {
        /// The backup file.
        file: PathBuf,
    },
    /// Run a simulated analyzer against any host. Needs no laboratory.
    #[command(
        subcommand,
        after_help = "Example: titer sim analyzer haematology --connect 127.0.0.1:4001 --barcode S2611220001 --query"
    )]
    Sim(SimCommand),
    /// Measure the speed of this machine.
    #[command(subcommand, after_help = "Example: titer bench ingest --json")]
    Bench(BenchCommand),
}

/// Where the pages are, and what they print with.
#[derive(Args)]
pub struct PagesOptions {
    /// Address and port of the web pages.
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDR", env = "TITER_LISTEN")]
    pub listen: String,
    /// The address at which browsers reach the pages, such as https://titer.example. Requests for another host are refused. With https,
    /// cookies are Secure. If not given, browsers may use the machine's IP addresses, its own name, the name in --listen, and localhost.
    #[arg(long, value_name = "URL", env = "TITER_ORIGIN")]
    pub origin: Option<Origin>,
    /// Folder of fonts for scripts that Titer's own fonts do not have. If not given: the folder `fonts` in the data folder; with
    /// PostgreSQL, no fonts.
    #[arg(long, value_name = "DIR", env = "TITER_FONTS")]
    pub fonts: Option<PathBuf>,
}

impl PagesOptions {
    /// What a person at this machine opens.
    pub fn address(&self) -> String {
        self.origin.as_ref().map_or_else(|| format!("http://{}", self.listen), |origin| origin.text().to_owned())
    }
}

#[derive(Args)]
pub struct DemoOptions {
    #[command(flatten)]
    pub pages: PagesOptions,
    /// Address and port of the first analyzer link. The other links use the next ports. Used only if the demonstration is new.
    #[arg(long, default_value = "127.0.0.1:4010", value_name = "ADDR")]
    pub analyzer: std::net::SocketAddr,
}

#[derive(Args)]
pub struct ServeOptions {
    #[command(flatten)]
    pub pages: PagesOptions,
    /// The laboratory's name. Used only if the laboratory is new.
    #[arg(long, default_value = "New laboratory")]
    pub name: String,
    /// The laboratory's IANA time zone; this machine's zone if not given. Used only if the laboratory is new.
    #[arg(long)]
    pub zone: Option<String>,
    /// Add the starter catalogue in this system of units. Used only if the laboratory is new. If not given, a person chooses the system on
    /// the pages.
    #[arg(long, value_parser = ["si", "conventional"])]
    pub units: Option<String>,
    /// Make a new, empty laboratory, also where a restore has failed. Refused if there is a laboratory already.
    #[arg(long)]
    pub new: bool,
}

#[derive(Subcommand)]
pub enum UserCommand {
    /// Open an account. Its one-time password is printed once.
    Add {
        /// The sign-in name.
        #[arg(long)]
        username: String,
        /// The person's name, as signatures print it.
        #[arg(long)]
        name: String,
        /// A role. May be given several times.
        #[arg(long = "role", required = true)]
        roles: Vec<String>,
    },
    /// List accounts and roles.
    List {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Give an account a new one-time password. Ends its sessions and the wait after wrong passwords for its name.
    Reset {
        /// The sign-in name.
        username: String,
    },
}

#[derive(Subcommand)]
pub enum LinkCommand {
    /// Add a link.
    Add {
        /// The name of the link.
        #[arg(long)]
        name: String,
        /// The protocol.
        #[arg(long, default_value = "astm")]
        protocol: String,
        /// Listen on this address; the analyzer connects.
        #[arg(long, value_name = "ADDR", required_unless_present = "connect", conflicts_with = "connect")]
        listen: Option<String>,
        /// Connect to the analyzer at this address.
        #[arg(long, value_name = "ADDR")]
        connect: Option<String>,
        /// An IP address that may connect. May be given several times. If not given, only this machine may connect.
        #[arg(long = "peer", value_name = "IP")]
        peers: Vec<String>,
        /// The dialect of the analyzer.
        #[arg(long)]
        dialect: String,
        #[command(flatten)]
        tls: TlsOptions,
    },
    /// List links and their mappings.
    List {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Suggest a mapping of an analyzer's code. One person must then propose it on the pages, and another approve it.
    Map {
        /// The link.
        #[arg(long)]
        name: String,
        /// The analyzer's code.
        #[arg(long)]
        code: String,
        /// The analyzer's unit, exactly as sent.
        #[arg(long, default_value = "")]
        unit: String,
        /// The analyzer's specimen type code, exactly as sent. Leave out if the analyzer sends none.
        #[arg(long, default_value = "")]
        specimen: String,
        /// The key of the analyte in the catalogue.
        #[arg(long)]
        analyte: String,
        /// If the analyte has answers: what the analyzer sends, exactly.
        #[arg(long, requires = "answer")]
        word: Option<String>,
        /// The code of the answer that the word means.
        #[arg(long, requires = "word")]
        answer: Option<String>,
    },
    /// Withdraw a proposed mapping. A mapping in use is withdrawn on the pages, with a signature.
    Unmap {
        /// The link.
        #[arg(long)]
        name: String,
        /// The analyzer's code.
        #[arg(long)]
        code: String,
        /// The analyzer's unit, exactly as sent.
        #[arg(long, default_value = "")]
        unit: String,
        /// The analyzer's specimen type code, exactly as sent. Leave out if the analyzer sends none.
        #[arg(long, default_value = "")]
        specimen: String,
        /// If the analyte has answers: what the analyzer sends, exactly.
        #[arg(long, default_value = "")]
        word: String,
        /// The reason.
        #[arg(long)]
        why: String,
    },
    /// Try a dialect on a recording: show which values would be filed, which held and why. Needs no database.
    #[command(after_help = "Example: titer link try cobas-c111 recording.txt")]
    Try {
        /// The name of a dialect of this program, or your own profile (a TOML file).
        dialect: String,
        /// The recording: frames or bare records, as bytes, as text with <STX> and the like, or in hexadecimal.
        file: PathBuf,
        /// Print JSON, one line for each message.
        #[arg(long)]
        json: bool,
    },
    /// List the orders of a link: to send, not acknowledged, last acknowledged.
    #[command(after_help = "Example: titer link orders chem-1")]
    Orders {
        /// The name of the link.
        name: String,
        /// Print JSON, one line for each order.
        #[arg(long)]
        json: bool,
    },
    /// Remove a link. Its messages and results stay.
    Remove {
        /// The name of the link.
        name: String,
    },
    /// Open the links again after a restore. First compare with the analyzers which messages were sent and received.
    Attach,
    /// Close a link until it is resumed. A transfer that has begun may finish; the analyzer keeps other messages.
    #[command(after_help = "Example: titer link pause c111 --why 'lamp change'")]
    Pause {
        /// The name of the link.
        name: String,
        /// The reason, for other people to read.
        #[arg(long)]
        why: String,
    },
    /// Open a paused link again.
    Resume {
        /// The name of the link.
        name: String,
    },
    /// Set the TLS files of a link.
    #[command(after_help = "Example: titer link tls c111 --tls-certificate link.crt --tls-key link.key")]
    Tls {
        /// The name of the link.
        name: String,
        #[command(flatten)]
        tls: TlsOptions,
        /// Switch TLS off.
        #[arg(long, conflicts_with_all = ["tls_certificate", "tls_key", "tls_authority"])]
        off: bool,
    },
    /// Record the data on a link of the running `titer serve`, in both directions. The file holds patient data.
    #[command(after_help = "Example: titer link record c111 night.recording --for 10m")]
    Record {
        /// The name of the link.
        name: String,
        /// The file to write. It must not exist.
        file: PathBuf,
        /// How long: seconds, minutes (10m) or hours; at most 1h. Ctrl+C ends it sooner.
        #[arg(long = "for", default_value = "10m", value_name = "TIME", value_parser = seconds)]
        seconds: i64,
    },
    /// Record a connection that is not a link yet, as a proxy between the analyzer and its host.
    #[command(after_help = "Example: titer link tap --listen 0.0.0.0:4001 --to 192.0.2.5:4001 new.recording")]
    Tap {
        /// The address to which the analyzer connects.
        #[arg(long, value_name = "ADDR")]
        listen: String,
        /// The host to which the data are passed on.
        #[arg(long, value_name = "HOST:PORT")]
        to: String,
        /// The file to write. It must not exist.
        file: PathBuf,
    },
    /// Send an analyzer's data from a recording or capture to a host. Never to a laboratory in use: the results are filed.
    #[command(after_help = "Example: titer link play night.recording --to 127.0.0.1:4001")]
    Play {
        /// A recording, or a capture (the bytes of one side).
        file: PathBuf,
        /// The host to connect to.
        #[arg(long, value_name = "HOST:PORT", required_unless_present = "listen", conflicts_with = "listen")]
        to: Option<String>,
        /// Listen on this address; the host connects.
        #[arg(long, value_name = "ADDR")]
        listen: Option<String>,
        /// The connection of the recording to send. If not given, the first on which the analyzer sent.
        #[arg(long, value_name = "N")]
        connection: Option<u64>,
    },
}

/// The files with which a link speaks TLS, PEM. `titer serve` reads them whenever a connection opens.
#[derive(Args)]
pub struct TlsOptions {
    /// The link's own certificate.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_certificate: Option<PathBuf>,
    /// The key of the link's certificate.
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    pub tls_key: Option<PathBuf>,
    /// The authority that signed the analyzer's certificate.
    #[arg(long, value_name = "FILE")]
    pub tls_authority: Option<PathBuf>,
}

/// Seconds of a time such as `90`, `90s`, `10m` or `1h`.
fn seconds(text: &str) -> Result<i64, String> {
    let unit = match text.chars().last() {
        Some('m') => 60,
        Some('h') => 3_600,
        _ => 1,
    };
    let number = text.trim_end_matches(['s', 'm', 'h']).parse::<i64>();
    let seconds = number.ok().and_then(|n| n.checked_mul(unit)).filter(|n| *n > 0);
    seconds.ok_or_else(|| "write a time such as 90s, 10m or 1h".to_owned())
}

#[derive(Subcommand)]
pub enum InboxCommand {
    /// List messages, the latest first.
    List {
        /// List held messages only.
        #[arg(long)]
        held: bool,
        /// Messages of this link only.
        #[arg(long, value_name = "NAME")]
        link: Option<String>,
        /// Messages held for this reason only, for example `inbox-unmapped-code`.
        #[arg(long, value_name = "CODE")]
        reason: Option<String>,
        /// Messages held for this specimen only.
        #[arg(long, value_name = "BARCODE")]
        specimen: Option<String>,
        /// Messages received at this time or later: `2026-11-22` or `2026-11-22T09:00`, in the laboratory's time zone.
        #[arg(long, value_name = "TIME")]
        since: Option<String>,
        /// The largest number of messages to list.
        #[arg(long, default_value_t = 50)]
        limit: usize,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Show a message: as received, its results, why it is held, and its history.
    Show {
        /// The number of the message.
        message: i64,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Read held messages again, one by one. A result that was filed is not filed twice.
    #[command(
        after_help = "Example: titer inbox replay --waiting-for 550:U/L --link c111",
        group = clap::ArgGroup::new("which").required(true).multiple(true)
    )]
    Replay(Replay),
    /// Dismiss held messages: no more of their results are filed.
    Dismiss {
        /// The numbers of the messages.
        #[arg(required = true)]
        messages: Vec<i64>,
        /// The reason. It is kept on record.
        #[arg(long)]
        why: String,
    },
}

/// Which held messages are read again.
#[derive(Args)]
pub struct Replay {
    /// The numbers of the messages.
    #[arg(group = "which")]
    pub messages: Vec<i64>,
    /// All held messages from this number or time on.
    #[arg(long, value_name = "NUMBER|TIME", group = "which", conflicts_with_all = ["messages", "waiting_for", "specimen"])]
    pub from: Option<String>,
    /// All held messages up to this number or time.
    #[arg(long, value_name = "NUMBER|TIME", group = "which", conflicts_with_all = ["messages", "waiting_for", "specimen"])]
    pub to: Option<String>,
    /// All messages held because this code has no approved mapping, in this unit or in any.
    #[arg(long, value_name = "CODE[:UNIT]", group = "which", requires = "link", conflicts_with_all = ["messages", "specimen"])]
    pub waiting_for: Option<String>,
    /// Messages of this link only.
    #[arg(long, value_name = "NAME")]
    pub link: Option<String>,
    /// All messages held for this specimen.
    #[arg(long, value_name = "BARCODE", group = "which", conflicts_with = "messages")]
    pub specimen: Option<String>,
    /// All held messages.
    #[arg(long, group = "which", conflicts_with_all = ["messages", "from", "to", "waiting_for", "specimen"])]
    pub all: bool,
}

#[derive(Subcommand)]
pub enum ImportCommand {
    /// Import catalogue entries from a TOML file. Intervals, limits and meanings of answers become proposals.
    Catalog {
        /// The catalogue file.
        #[arg(required_unless_present = "starter")]
        file: Option<PathBuf>,
        /// Instead of a file: add what the starter catalogue of this program has and the laboratory does not. Nothing is changed.
        #[arg(long, conflicts_with = "file", requires = "units")]
        starter: bool,
        /// The system of units of the starter catalogue: `si` or `conventional`. A laboratory chooses once; an analyte's unit never changes.
        #[arg(long, value_parser = ["si", "conventional"], conflicts_with = "file")]
        units: Option<String>,
    },
}

#[derive(Subcommand)]
pub enum JournalCommand {
    /// Verify that nothing was altered: the journal, the files, the database, and each row of each table. Changes nothing.
    Verify {
        /// A signed checkpoint to compare with. May be given several times.
        #[arg(long = "checkpoint", value_name = "FILE")]
        checkpoints: Vec<PathBuf>,
        /// Verify the journal and the files only. The tables are not compared with the journal.
        #[arg(long)]
        quick: bool,
        /// The folder for temporary tables. If not given, the system's folder for temporary files.
        #[arg(long, value_name = "DIR", conflicts_with = "quick")]
        scratch: Option<PathBuf>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Rebuild every table from the journal, and list the rows that differed, and files that are missing. A damaged journal is refused.
    Rebuild {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Build the tables that an update changes: run by the new program, before the update, while the old program works.
    Prepare,
    /// Write a signed checkpoint of each journal's end to a new file. Keep the file elsewhere.
    Checkpoint {
        /// The file to write.
        file: PathBuf,
        /// The file of the signing key. It is made if it does not exist.
        #[arg(long, value_name = "FILE", env = "TITER_CHECKPOINT_KEY")]
        key: Option<PathBuf>,
    },
}

#[derive(Subcommand)]
pub enum SimCommand {
    /// Simulate one analyzer. It measures invented patients and sends each message until it is acknowledged.
    #[command(after_help = "\
Kinds: chemistry, haematology, immunoassay, coagulation, urinalysis, glucose, hba1c.
Faults: lost-ack, duplicate, wrong-checksum, slow, split, noise, wrong-unit, unknown-barcode, wrong-day, disconnect.
  NAME: a tenth of the messages. NAME=P: another share. NAME@N: message N.

Examples:
  titer sim analyzer chemistry --connect 127.0.0.1:4001 --count 20
  titer sim analyzer haematology --listen 0.0.0.0:9100 --query --barcodes tubes.txt
  titer sim analyzer coagulation --connect lis:4002 --controls --shift 0.08@30 --fault lost-ack=0.2 --json")]
    Analyzer(AnalyzerOptions),
}

#[derive(Args)]
pub struct AnalyzerOptions {
    /// The kind of analyzer.
    pub kind: String,
    /// Connect to the host at this address.
    #[arg(long, value_name = "HOST:PORT", required_unless_present = "listen", conflicts_with = "listen")]
    pub connect: Option<String>,
    /// Listen on this address; the host connects.
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<String>,
    /// The name that the analyzer sends. If not given, the name of its kind.
    #[arg(long)]
    pub name: Option<String>,
    /// The seed for patients, imprecision and faults. The same seed gives the same run.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Tubes a minute.
    #[arg(long, default_value_t = 30.0)]
    pub rate: f64,
    /// Number of tubes; barcodes are used again if there are fewer. If not given: each barcode once, or no end without barcodes.
    #[arg(long)]
    pub count: Option<u64>,
    /// A tube's barcode. May be given several times. If not given, barcodes are invented.
    #[arg(long = "barcode", value_name = "BARCODE", conflicts_with = "barcodes")]
    pub barcode: Vec<String>,
    /// A file of barcodes, one on each line.
    #[arg(long, value_name = "FILE")]
    pub barcodes: Option<PathBuf>,
    /// Send a host query for each tube.
    #[arg(long)]
    pub query: bool,
    /// Accept a worklist: orders that the host sends without a query.
    #[arg(long)]
    pub orders: bool,
    /// Measure control material before the first tube and after every 20.
    #[arg(long)]
    pub controls: bool,
    /// Calibration drift as a share for every hundred tubes, for example 0.02.
    #[arg(long, default_value_t = 0.0, allow_negative_numbers = true)]
    pub drift: f64,
    /// Calibration shift as a share, from a tube on, for example 0.05@40.
    #[arg(long, value_name = "SHARE@TUBE", allow_hyphen_values = true)]
    pub shift: Option<String>,
    /// A fault to simulate. May be given several times.
    #[arg(long = "fault", value_name = "NAME[=P|@N]")]
    pub faults: Vec<titer_sim::fault::Planned>,
    /// Send bare records, without frames and acknowledgements.
    #[arg(long)]
    pub unframed: bool,
    /// Send SI units, for a laboratory that has chosen these: glucose in mmol/L, bilirubin in µmol/L.
    #[arg(long)]
    pub si: bool,
    /// How often an unacknowledged message is sent in all.
    #[arg(long, default_value_t = 5)]
    pub sends: u32,
    /// Print each event as one line of JSON.
    #[arg(long)]
    pub json: bool,
}

#[derive(Subcommand)]
pub enum BenchCommand {
    /// Measure results per second into the store alone, compared with bare inserts of rows of the same width.
    Store(BenchOptions),
    /// Measure results per second from the socket to the acknowledgement.
    Ingest(BenchOptions),
}

#[derive(Args, Clone)]
pub struct BenchOptions {
    /// Number of results to send.
    #[arg(long, default_value_t = 100_000)]
    pub results: usize,
    /// Number of results that are stored before, by the same commands. Storing them is not timed.
    #[arg(long, default_value_t = 0)]
    pub stored: usize,
    /// Keep the laboratory of the bench, or use the one that was kept. Its results are not stored again.
    #[arg(long)]
    pub keep: bool,
    /// Number of submitters, or of connections.
    #[arg(long, default_value_t = 100)]
    pub parallel: usize,
    /// Number of links, over which the connections are spread.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=200))]
    pub links: u16,
    /// Messages per second in all. If not given, as fast as they are acknowledged.
    #[arg(long)]
    pub rate: Option<f64>,
    /// Print the figures as one JSON object at the end.
    #[arg(long)]
    pub json: bool,
}
