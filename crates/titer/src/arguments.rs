//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use titer_store::Location;

/// Runs a clinical laboratory and trains the people who run it.
#[derive(Parser)]
#[command(version, about, after_help = "Example: titer demo")]
pub struct Arguments {
    /// Folder that holds the laboratory (SQLite).
    #[arg(long, global = true, value_name = "DIR", env = "TITER_DATA")]
    pub data: Option<PathBuf>,
    /// PostgreSQL database that holds the laboratory, instead of a folder.
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
    /// A laboratory with simulated analyzers, orders and staff, a day under way.
    #[command(after_help = "Example: titer demo --listen 127.0.0.1:8080")]
    Demo(DemoOptions),
    /// A laboratory of one's own: empty, with a first administrator.
    #[command(after_help = "Example: titer serve --data /srv/titer --listen 0.0.0.0:8080 --zone Europe/Berlin")]
    Serve(ServeOptions),
    /// Accounts and roles.
    #[command(subcommand, after_help = "Example: titer user add --username ada --name 'Ada Quill' --role technician")]
    User(UserCommand),
    /// Links to analyzers.
    #[command(
        subcommand,
        after_help = "Example: titer link add --name c111 --protocol astm --listen 127.0.0.1:4001 --dialect cobas-c111"
    )]
    Link(LinkCommand),
    /// What came in, and what is held and why.
    #[command(subcommand, after_help = "Example: titer inbox list --json")]
    Inbox(InboxCommand),
    /// Import from a file.
    #[command(subcommand, after_help = "Example: titer import catalog intervals.toml")]
    Import(ImportCommand),
    /// Prove, rebuild and anchor the journal.
    #[command(subcommand, after_help = "Example: titer journal verify --checkpoint 2026-11-22.checkpoint")]
    Journal(JournalCommand),
    /// Write a backup of everything to one new file, while the laboratory works.
    #[command(after_help = "Example: titer backup /mnt/backup/titer-2026-11-22.backup")]
    Backup {
        /// The file to write; it must not exist.
        file: PathBuf,
    },
    /// Restore a backup into an empty folder or database.
    #[command(after_help = "Example: titer restore --data /srv/titer-restored /mnt/backup/titer-2026-11-22.backup")]
    Restore {
        /// The backup.
        file: PathBuf,
    },
    /// Simulated analyzers for any host; needs no laboratory.
    #[command(
        subcommand,
        after_help = "Example: titer sim analyzer haematology --connect 127.0.0.1:4001 --barcode S2611220001 --query"
    )]
    Sim(SimCommand),
    /// Measure.
    #[command(subcommand, after_help = "Example: titer bench ingest --json")]
    Bench(BenchCommand),
}

#[derive(Args)]
pub struct DemoOptions {
    /// Address of the pages.
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDR")]
    pub listen: String,
    /// Address on which the first simulated analyzer's link listens; the others take the ports that follow.
    #[arg(long, default_value = "127.0.0.1:4010", value_name = "ADDR")]
    pub analyzer: std::net::SocketAddr,
}

#[derive(Args)]
pub struct ServeOptions {
    /// Address of the pages.
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDR", env = "TITER_LISTEN")]
    pub listen: String,
    /// The laboratory's name, when it is opened for the first time.
    #[arg(long, default_value = "New laboratory")]
    pub name: String,
    /// The laboratory's IANA time zone, when it is opened for the first time; this machine's otherwise.
    #[arg(long)]
    pub zone: Option<String>,
    /// Browsers reach the pages by TLS only (a proxy in front of Titer ends it): cookies are marked Secure.
    #[arg(long, env = "TITER_TLS")]
    pub tls: bool,
}

#[derive(Subcommand)]
pub enum UserCommand {
    /// Open an account; its one-time password is printed once.
    Add {
        /// How the person signs in.
        #[arg(long)]
        username: String,
        /// The name that signatures print.
        #[arg(long)]
        name: String,
        /// A role; may be given several times.
        #[arg(long = "role", required = true)]
        roles: Vec<String>,
    },
    /// List accounts and roles.
    List {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Give an account a new one-time password and lift its lock.
    Reset {
        /// Whose.
        username: String,
    },
}

#[derive(Subcommand)]
pub enum LinkCommand {
    /// Add a link.
    Add {
        /// Its name.
        #[arg(long)]
        name: String,
        /// What is spoken on it.
        #[arg(long, default_value = "astm")]
        protocol: String,
        /// Listen on this address for the analyzer.
        #[arg(long, value_name = "ADDR", required_unless_present = "connect", conflicts_with = "connect")]
        listen: Option<String>,
        /// Connect to the analyzer at this address.
        #[arg(long, value_name = "ADDR")]
        connect: Option<String>,
        /// An address that may connect; may be given several times. None: this machine only.
        #[arg(long = "peer", value_name = "IP")]
        peers: Vec<String>,
        /// How the analyzer speaks.
        #[arg(long)]
        dialect: String,
        #[command(flatten)]
        tls: TlsOptions,
    },
    /// List links and their mappings.
    List {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Suggest what an analyzer's code means; on the pages one person proposes it and another approves it.
    Map {
        /// The link.
        #[arg(long)]
        name: String,
        /// The analyzer's code.
        #[arg(long)]
        code: String,
        /// The analyzer's unit, exactly as it sends it.
        #[arg(long, default_value = "")]
        unit: String,
        /// The analyzer's code of the kind of specimen, exactly as it sends it; none when it sends none.
        #[arg(long, default_value = "")]
        specimen: String,
        /// The catalog's key of the analyte.
        #[arg(long)]
        analyte: String,
    },
    /// Withdraw a proposal; a mapping in use is withdrawn on the pages, with a signature.
    Unmap {
        /// The link.
        #[arg(long)]
        name: String,
        /// The analyzer's code.
        #[arg(long)]
        code: String,
        /// The analyzer's unit, exactly as it sends it.
        #[arg(long, default_value = "")]
        unit: String,
        /// The analyzer's code of the kind of specimen, exactly as it sends it; none when it sends none.
        #[arg(long, default_value = "")]
        specimen: String,
        /// Why.
        #[arg(long)]
        why: String,
    },
    /// Read a recording as a dialect does: what would be filed, what held and why. Needs no database.
    #[command(after_help = "Example: titer link try cobas-c111 recording.txt")]
    Try {
        /// A dialect that comes with the program, or a profile of your own: a TOML file.
        dialect: String,
        /// The recording: frames or bare records, as bytes, as text with <STX> and the like, or in hexadecimal.
        file: PathBuf,
        /// As JSON, a line for each message.
        #[arg(long)]
        json: bool,
    },
    /// List what its analyzer is told to measure: what waits, what it did not take, what it took last.
    #[command(after_help = "Example: titer link orders chem-1")]
    Orders {
        /// Its name.
        name: String,
        /// As JSON, one line each.
        #[arg(long)]
        json: bool,
    },
    /// Remove a link; what it brought stays.
    Remove {
        /// Its name.
        name: String,
    },
    /// After a restore: open the links again, once what was sent and received has been compared.
    Attach,
    /// Close a link until it is resumed; a transfer that has begun may end, and the analyzer keeps the rest.
    #[command(after_help = "Example: titer link pause c111 --why 'its lamp is changed'")]
    Pause {
        /// Its name.
        name: String,
        /// Why, for whoever comes next.
        #[arg(long)]
        why: String,
    },
    /// Open a paused link again.
    Resume {
        /// Its name.
        name: String,
    },
    /// Say with which files a link speaks TLS.
    #[command(after_help = "Example: titer link tls c111 --tls-certificate link.crt --tls-key link.key")]
    Tls {
        /// Its name.
        name: String,
        #[command(flatten)]
        tls: TlsOptions,
        /// No TLS any more.
        #[arg(long, conflicts_with_all = ["tls_certificate", "tls_key", "tls_authority"])]
        off: bool,
    },
    /// Record what goes over a link of the running `titer serve`, in both directions. The file holds patients' data.
    #[command(after_help = "Example: titer link record c111 night.recording --for 10m")]
    Record {
        /// Its name.
        name: String,
        /// The file to write; it must not exist.
        file: PathBuf,
        /// For how long: seconds, minutes (10m) or hours, one at most. Ctrl+C ends it sooner.
        #[arg(long = "for", default_value = "10m", value_name = "TIME", value_parser = seconds)]
        seconds: i64,
    },
    /// Record what goes over a line that is no link yet: stand between the analyzer and whoever it speaks to.
    #[command(after_help = "Example: titer link tap --listen 0.0.0.0:4001 --to 192.0.2.5:4001 new.recording")]
    Tap {
        /// Where the analyzer connects.
        #[arg(long, value_name = "ADDR")]
        listen: String,
        /// To whom its connections go on.
        #[arg(long, value_name = "HOST:PORT")]
        to: String,
        /// The file to write; it must not exist.
        file: PathBuf,
    },
    /// Send what an analyzer sent, from a recording or a capture, to a host. Never to a laboratory in use: it files.
    #[command(after_help = "Example: titer link play night.recording --to 127.0.0.1:4001")]
    Play {
        /// A recording, or a capture: the bytes of one side.
        file: PathBuf,
        /// The host to connect to.
        #[arg(long, value_name = "HOST:PORT", required_unless_present = "listen", conflicts_with = "listen")]
        to: Option<String>,
        /// Wait here for the host to connect.
        #[arg(long, value_name = "ADDR")]
        listen: Option<String>,
        /// Which connection of the recording; the first that the analyzer sent on, otherwise.
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
    /// The key of that certificate.
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    pub tls_key: Option<PathBuf>,
    /// Who vouches for the analyzer's certificate.
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
        /// Held messages only.
        #[arg(long)]
        held: bool,
        /// Of this link only.
        #[arg(long, value_name = "NAME")]
        link: Option<String>,
        /// Held for this reason only, as `inbox-unmapped-code`.
        #[arg(long, value_name = "CODE")]
        reason: Option<String>,
        /// Held and about this specimen only.
        #[arg(long, value_name = "BARCODE")]
        specimen: Option<String>,
        /// That came at this time or later: `2026-11-22`, or `2026-11-22T09:00`, by the laboratory's clock.
        #[arg(long, value_name = "TIME")]
        since: Option<String>,
        /// At most so many.
        #[arg(long, default_value_t = 50)]
        limit: usize,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Show a message as it came, what it says, why it is held and what happened to it.
    Show {
        /// Its number.
        message: i64,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Read held messages again, each by itself. What is filed stays filed once.
    #[command(
        after_help = "Example: titer inbox replay --waiting-for 550:U/L --link c111",
        group = clap::ArgGroup::new("which").required(true).multiple(true)
    )]
    Replay(Replay),
    /// Put held messages aside: nothing more of them is filed.
    Dismiss {
        /// Their numbers.
        #[arg(required = true)]
        messages: Vec<i64>,
        /// Why; it stays on record.
        #[arg(long)]
        why: String,
    },
}

/// Which held messages are read again.
#[derive(Args)]
pub struct Replay {
    /// Their numbers.
    #[arg(group = "which")]
    pub messages: Vec<i64>,
    /// All from this number or time on.
    #[arg(long, value_name = "NUMBER|TIME", group = "which", conflicts_with_all = ["messages", "waiting_for", "specimen"])]
    pub from: Option<String>,
    /// All up to this number or time.
    #[arg(long, value_name = "NUMBER|TIME", group = "which", conflicts_with_all = ["messages", "waiting_for", "specimen"])]
    pub to: Option<String>,
    /// All that wait for what this code means, in this unit or in any.
    #[arg(long, value_name = "CODE[:UNIT]", group = "which", requires = "link", conflicts_with_all = ["messages", "specimen"])]
    pub waiting_for: Option<String>,
    /// Of this link only.
    #[arg(long, value_name = "NAME")]
    pub link: Option<String>,
    /// All that are about this specimen.
    #[arg(long, value_name = "BARCODE", group = "which", conflicts_with = "messages")]
    pub specimen: Option<String>,
    /// All held messages.
    #[arg(long, group = "which", conflicts_with_all = ["messages", "from", "to", "waiting_for", "specimen"])]
    pub all: bool,
}

#[derive(Subcommand)]
pub enum ImportCommand {
    /// Catalog entries from a TOML file; intervals and limits become proposals.
    Catalog {
        /// The file.
        file: PathBuf,
    },
}

#[derive(Subcommand)]
pub enum JournalCommand {
    /// Prove that nothing was altered.
    Verify {
        /// A signed checkpoint to compare with; may be given several times.
        #[arg(long = "checkpoint", value_name = "FILE")]
        checkpoints: Vec<PathBuf>,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Rebuild every table from the journal.
    Rebuild,
    /// Before an update, with the new program and while the old one works on: build what the update has to rebuild.
    Prepare,
    /// Write a signed checkpoint of each journal's end to a new file. Keep it elsewhere.
    Checkpoint {
        /// The file to write.
        file: PathBuf,
        /// The signing key; made if it does not exist.
        #[arg(long, value_name = "FILE", env = "TITER_CHECKPOINT_KEY")]
        key: Option<PathBuf>,
    },
}

#[derive(Subcommand)]
pub enum SimCommand {
    /// One analyzer, which measures invented patients and sends what it measured until it is acknowledged.
    #[command(after_help = "\
Kinds: chemistry, haematology, immunoassay, coagulation, urinalysis, glucose, hba1c.
Faults: lost-ack, duplicate, wrong-checksum, slow, split, noise, wrong-unit, unknown-barcode, wrong-day, disconnect;
  a tenth of the messages, or NAME=P for another share, or NAME@N for message N.

Examples:
  titer sim analyzer chemistry --connect 127.0.0.1:4001 --count 20
  titer sim analyzer haematology --listen 0.0.0.0:9100 --query --barcodes tubes.txt
  titer sim analyzer coagulation --connect lis:4002 --controls --shift 0.08@30 --fault lost-ack=0.2 --json")]
    Analyzer(AnalyzerOptions),
}

#[derive(Args)]
pub struct AnalyzerOptions {
    /// What it is.
    pub kind: String,
    /// Connect to the host at this address.
    #[arg(long, value_name = "HOST:PORT", required_unless_present = "listen", conflicts_with = "listen")]
    pub connect: Option<String>,
    /// Listen on this address for the host.
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<String>,
    /// The name that it sends; the kind's own otherwise.
    #[arg(long)]
    pub name: Option<String>,
    /// What everything in it follows from: patients, imprecision, faults.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Tubes a minute.
    #[arg(long, default_value_t = 30.0)]
    pub rate: f64,
    /// Tubes in all; the barcodes are taken again when they end. Without it each barcode once, or without end when none is given.
    #[arg(long)]
    pub count: Option<u64>,
    /// A tube's barcode; may be given several times. Without any, barcodes are made up.
    #[arg(long = "barcode", value_name = "BARCODE", conflicts_with = "barcodes")]
    pub barcode: Vec<String>,
    /// A file of barcodes, one a line.
    #[arg(long, value_name = "FILE")]
    pub barcodes: Option<PathBuf>,
    /// Ask the host what to measure in each tube.
    #[arg(long)]
    pub query: bool,
    /// Take orders that the host sends unasked.
    #[arg(long)]
    pub orders: bool,
    /// Measure control material before the first tube and after every 20.
    #[arg(long)]
    pub controls: bool,
    /// Its calibration drifts by this share with every hundred tubes, such as 0.02.
    #[arg(long, default_value_t = 0.0, allow_negative_numbers = true)]
    pub drift: f64,
    /// Its calibration shifts by this share at a tube, such as 0.05@40.
    #[arg(long, value_name = "SHARE@TUBE", allow_hyphen_values = true)]
    pub shift: Option<String>,
    /// Something goes wrong; may be given several times.
    #[arg(long = "fault", value_name = "NAME[=P|@N]")]
    pub faults: Vec<titer_sim::fault::Planned>,
    /// Send bare records, without frames and acknowledgements.
    #[arg(long)]
    pub unframed: bool,
    /// How often a message is sent that is not acknowledged.
    #[arg(long, default_value_t = 5)]
    pub sends: u32,
    /// Tell what happens as one JSON object a line.
    #[arg(long)]
    pub json: bool,
}

#[derive(Subcommand)]
pub enum BenchCommand {
    /// Results a second into the store alone, beside bare inserts of rows of the same width.
    Store(BenchOptions),
    /// Results a second from the socket to the acknowledgement.
    Ingest(BenchOptions),
}

#[derive(Args, Clone)]
pub struct BenchOptions {
    /// Results to send.
    #[arg(long, default_value_t = 100_000)]
    pub results: usize,
    /// Submitters, or connections.
    #[arg(long, default_value_t = 100)]
    pub parallel: usize,
    /// Links that they share in turn.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=200))]
    pub links: u16,
    /// Messages a second in all, instead of as fast as they are acknowledged.
    #[arg(long)]
    pub rate: Option<f64>,
    /// End with one JSON object.
    #[arg(long)]
    pub json: bool,
}
