//! Titer: runs a clinical laboratory and trains the people who run it. This binary is its command line, configuration, start-up
//! and shutdown; it holds no laboratory logic.

/// Prints a line for the person or program at the other end.
macro_rules! say {
    ($($text:tt)*) => { $crate::print_line(format_args!($($text)*)) };
}

mod arguments;
mod bench;
mod commands;
mod demo;
mod jobs;
mod limits;
mod listening;
mod paper;
mod place;
mod progress;
mod serve;
mod staff;
mod words;

use std::{io::IsTerminal, process::ExitCode};

use arguments::{Arguments, Command};
use clap::Parser;
use titer_lab::Failure;
use titer_store::StoreError;

/// Why a command failed, in words for the person at the terminal.
pub struct Failed(String);

impl From<Failure> for Failed {
    fn from(failure: Failure) -> Self {
        Failed(match failure {
            Failure::Refused(refusal) => words::refusal(&refusal),
            Failure::Store(e) => e.to_string(),
        })
    }
}

impl From<StoreError> for Failed {
    fn from(e: StoreError) -> Self {
        Failed(e.to_string())
    }
}

impl From<std::io::Error> for Failed {
    fn from(e: std::io::Error) -> Self {
        Failed(e.to_string())
    }
}

impl From<String> for Failed {
    fn from(text: String) -> Self {
        Failed(text)
    }
}

/// Most of what the program does is small pieces of memory that one thread takes and another gives back: here that costs half of
/// what it costs in the C library. SQLite takes its memory from here too.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    start_log(arguments.log_json);
    limits::files_are_private();
    limits::raise_descriptors();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(e) => {
            eprintln!("titer: the system gives no threads: {e}");
            return ExitCode::FAILURE;
        }
    };
    let done = runtime.block_on(run(arguments));
    // Connections that a peer keeps open must not keep the program.
    runtime.shutdown_timeout(std::time::Duration::from_secs(5));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failed(why)) => {
            eprintln!("titer: {why}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Failed> {
    let location = arguments.location();
    match arguments.command {
        Command::Demo(options) => demo::demo(arguments.data, options).await,
        Command::Serve(options) => serve::serve(&location, options).await,
        Command::User(command) => commands::user::run(&location, command).await,
        Command::Link(command) => commands::link::run(&location, command).await,
        Command::Inbox(command) => commands::inbox::run(&location, command).await,
        Command::Import(command) => commands::import::run(&location, command).await,
        Command::Journal(command) => commands::journal::run(&location, command),
        Command::Backup { file } => commands::backup::backup(&location, &file),
        Command::Restore { file } => commands::backup::restore(&location, &file),
        Command::Sim(command) => commands::sim::run(command).await,
        Command::Bench(command) => bench::run(&location, command).await,
    }
}

/// Where nobody reads any more, as behind `| head`, a command still does its work. What an analyzer sent commands no terminal: characters
/// that are not seen are printed by their numbers.
fn print_line(text: std::fmt::Arguments<'_>) {
    use std::io::{ErrorKind, Write};
    match writeln!(std::io::stdout(), "{}", titer_lab::text::shown(&text.to_string())) {
        Err(e) if e.kind() != ErrorKind::BrokenPipe => eprintln!("titer: cannot write to standard output: {e}"),
        _ => {}
    }
}

/// Logs go to standard error, without patient data; `RUST_LOG` says how much.
fn start_log(json: bool) {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info,titer_shell=warn,titer_web=warn"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let log = log.with_ansi(std::io::stderr().is_terminal());
    if json {
        log.json().init();
    } else {
        log.compact().init();
    }
}
