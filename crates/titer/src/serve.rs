//! `titer serve`: the pages, the links and the jobs of one laboratory, until the process is asked to stop.

use std::{sync::Arc, time::Duration};

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use titer_lab::catalog::UnitSystem;
use titer_link::Board;
use titer_shell::{Settings, Shell, listen, origin::Hosts};
use titer_store::{Location, backup};
use titer_web::{Web, sections::SECTIONS};
use tokio::{net::TcpListener, sync::watch, time::timeout};

use crate::{
    Failed,
    arguments::{PagesOptions, ServeOptions},
    jobs, limits,
    paper::{self, Typesetter},
    place::Place,
    words,
};

/// How long open requests and transfers may take to end when the process is asked to stop.
const STOP_WAIT: Duration = Duration::from_secs(10);

/// Serves a laboratory of one's own.
pub async fn serve(location: &Location, options: ServeOptions) -> Result<(), Failed> {
    let place = tokio::task::block_in_place(|| {
        if options.new {
            backup::give_up(location, &titer_link::schema())?;
        }
        Place::open(location)
    })?;
    paper::add_fonts(location, options.pages.fonts.as_deref())?;
    if place.is_new().await? {
        let units = options.units.as_deref().map(UnitSystem::asked).transpose()?;
        place.set_up(&options.name, options.zone.clone(), false, units).await?;
    }
    let running = Running::start(&place, &options.pages).await?;
    if let Some(password) = place.first_administrator().await? {
        say!("A new laboratory. Its first administrator signs in once as  admin  with the password  {password}");
        say!("and then chooses another. This password is not shown again.");
    }
    let lab = place.lab.clone();
    if place.lab.read(move |s| Ok(lab.catalog(s)?.analytes().next().is_none())).await? {
        say!("The laboratory has no catalogue yet: choose its system of units at Admin, Catalogue, Starter catalogue.");
    }
    say!("Titer is at {}", options.pages.address());
    asked_to_stop().await;
    running.stop().await;
    Ok(())
}

/// Everything that runs.
pub struct Running {
    /// What the links are doing.
    pub board: Board,
    shell: Arc<Shell>,
    stop: watch::Sender<bool>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

impl Running {
    /// Starts the pages, the links, what follows from what they bring, and the jobs.
    pub async fn start(place: &Place, pages: &PagesOptions) -> Result<Self, Failed> {
        let address = &pages.listen;
        let listener = TcpListener::bind(address)
            .await
            .map_err(|e| Failed(format!("cannot listen on {address}: {e}; name another address with --listen")))?;
        let port = listener.local_addr().map_err(|e| Failed(format!("cannot listen on {address}: {e}")))?.port();
        let (stop, stopped) = watch::channel(false);
        let board = Board::default();
        let settings = Settings {
            house: place.house.clone(),
            laboratory: place.lab.clone(),
            sections: SECTIONS,
            find: titer_web::paths::FIND,
            words: &words::ENGLISH,
            hosts: Hosts { origin: pages.origin.clone(), names: names(address), port },
            connections_max: limits::page_connections_max(),
            metrics: metrics_text(),
        };
        let web = Web { board: board.clone(), printer: Box::new(Typesetter) };
        let connections_max = settings.connections_max;
        let shell = Shell::open(settings).await?;
        let router = titer_web::router(shell.clone(), web);
        let tasks = vec![
            tokio::spawn(listen::serve(listener, router, connections_max, stopped.clone())),
            tokio::spawn(titer_link::operate(place.lab.clone(), board.clone(), stopped.clone())),
            tokio::spawn(titer_link::follow(place.lab.clone(), stopped.clone())),
            tokio::spawn(jobs::work(place.lab.clone(), stopped)),
        ];
        Ok(Running { board, shell, stop, tasks })
    }

    /// Begins nothing new, and lets open work end.
    pub async fn stop(self) {
        tracing::info!("stopping");
        self.stop.send_replace(true);
        // These would go on for as long as a page is open.
        self.shell.live.end();
        for task in self.tasks {
            if timeout(STOP_WAIT, task).await.is_err() {
                tracing::warn!(
                    "some transfers or requests did not end in time; everything that was acknowledged is stored"
                );
            }
        }
    }
}

/// The names of this machine that browsers may use: its own, and the one that it listens on.
fn names(address: &str) -> Vec<String> {
    let host = address.rsplit_once(':').map(|(host, _)| host.to_owned());
    limits::machine_name().into_iter().chain(host).collect()
}

/// Ctrl+C, or the signal by which a service manager asks to stop.
pub async fn asked_to_stop() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    // Without a handler for the signal the process cannot be asked to stop; it runs until it is killed.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// The Prometheus text of this process.
fn metrics_text() -> Box<dyn Fn() -> String + Send + Sync> {
    match PrometheusBuilder::new().install_recorder() {
        Ok(handle) => Box::new(move || PrometheusHandle::render(&handle)),
        Err(e) => {
            tracing::warn!("no metrics: {e}");
            Box::new(String::new)
        }
    }
}
