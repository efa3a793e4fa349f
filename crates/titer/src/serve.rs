//! `titer serve`: the pages, the links and the jobs of one laboratory, until the process is asked to stop.

use std::time::Duration;

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use titer_link::Board;
use titer_shell::{Settings, Shell};
use titer_store::Location;
use titer_web::{Web, sections::SECTIONS};
use tokio::{net::TcpListener, sync::watch, time::timeout};

use crate::{
    Failed,
    arguments::ServeOptions,
    jobs,
    paper::{self, Typesetter},
    place::Place,
    words,
};

/// How long open requests and transfers may take to end when the process is asked to stop.
const STOP_WAIT: Duration = Duration::from_secs(10);

/// Serves a laboratory of one's own.
pub async fn serve(location: &Location, options: ServeOptions) -> Result<(), Failed> {
    let place = tokio::task::block_in_place(|| Place::open(location))?;
    paper::add_fonts(location)?;
    if place.is_new().await? {
        place.set_up(&options.name, options.zone.clone(), false).await?;
    }
    let running = Running::start(&place, &options.listen, options.tls).await?;
    if let Some(password) = place.first_administrator().await? {
        say!("A new laboratory. Its first administrator signs in once as  admin  with the password  {password}");
        say!("and then chooses another. This password is not shown again.");
    }
    say!("Titer is at http://{}", options.listen);
    running.until_stopped().await;
    Ok(())
}

/// Everything that runs.
pub struct Running {
    stop: watch::Sender<bool>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

impl Running {
    /// Starts the pages, the links, what follows from what they bring, and the jobs.
    pub async fn start(place: &Place, listen: &str, tls: bool) -> Result<Self, Failed> {
        let listener = TcpListener::bind(listen)
            .await
            .map_err(|e| Failed(format!("cannot listen on {listen}: {e}; name another address with --listen")))?;
        let (stop, stopped) = watch::channel(false);
        let board = Board::default();
        let settings = Settings {
            house: place.house.clone(),
            laboratory: place.lab.clone(),
            sections: SECTIONS,
            find: titer_web::paths::FIND,
            words: &words::ENGLISH,
            tls,
            metrics: metrics_text(),
        };
        let web = Web { board: board.clone(), printer: Box::new(Typesetter) };
        let pages = titer_web::router(Shell::open(settings).await?, web);
        let mut page_stop = stopped.clone();
        let serving = axum::serve(listener, pages.into_make_service_with_connect_info::<std::net::SocketAddr>());
        let serving = serving.with_graceful_shutdown(async move {
            // The sender lives as long as this process; should it be gone, stopping is right too.
            let _ = page_stop.wait_for(|s| *s).await;
        });
        let tasks = vec![
            tokio::spawn(async move {
                if let Err(e) = serving.await {
                    tracing::error!("the pages ended: {e}");
                }
            }),
            tokio::spawn(titer_link::operate(place.lab.clone(), board, stopped.clone())),
            tokio::spawn(titer_link::follow(place.lab.clone(), stopped.clone())),
            tokio::spawn(jobs::work(place.lab.clone(), stopped)),
        ];
        Ok(Running { stop, tasks })
    }

    /// Waits until the process is asked to stop, then lets open work end.
    pub async fn until_stopped(self) {
        asked_to_stop().await;
        tracing::info!("stopping");
        self.stop.send_replace(true);
        for task in self.tasks {
            if timeout(STOP_WAIT, task).await.is_err() {
                tracing::warn!(
                    "some transfers or requests did not end in time; everything that was acknowledged is stored"
                );
            }
        }
    }
}

/// Ctrl+C, or the signal by which a service manager asks to stop.
async fn asked_to_stop() {
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
