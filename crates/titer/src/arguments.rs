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
    /// A laboratory with a simulated analyzer, orders and staff, a day under way.
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
    /// Measure.
    #[command(subcommand, after_help = "Example: titer bench ingest --json")]
    Bench(BenchCommand),
}

#[derive(Args)]
pub struct DemoOptions {
    /// Address of the pages.
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDR")]
    pub listen: String,
    /// Address on which the simulated analyzer's link listens.
    #[arg(long, default_value = "127.0.0.1:4010", value_name = "ADDR")]
    pub analyzer: String,
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
    /// Remove a link; what it brought stays.
    Remove {
        /// Its name.
        name: String,
    },
    /// After a restore: open the links again, once what was sent and received has been compared.
    Attach,
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
    /// Messages a second in all, instead of as fast as they are acknowledged.
    #[arg(long)]
    pub rate: Option<f64>,
    /// End with one JSON object.
    #[arg(long)]
    pub json: bool,
}
