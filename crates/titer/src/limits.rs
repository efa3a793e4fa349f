//! What the system grants the process, and what the process leaves to others.

/// Connections of pages at the same time, where the system grants enough descriptors.
const PAGE_CONNECTIONS_MAX: usize = 4_096;
/// Descriptors that are counted on where the system does not say how many it grants.
#[cfg(not(unix))]
const DESCRIPTORS_USUAL: u64 = 1_024;

/// Whatever this program writes, its owner alone may read: recordings and exports name patients.
pub fn files_are_private() {
    #[cfg(unix)]
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
}

/// Takes as many descriptors as the system allows: each connection needs one, and many systems grant 1,024 at first.
pub fn raise_descriptors() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource::Nofile, Rlimit, getrlimit, setrlimit};
        let Rlimit { current, maximum } = getrlimit(Nofile);
        if current != maximum
            && let Err(e) = setrlimit(Nofile, Rlimit { current: maximum, maximum })
        {
            tracing::warn!("the limit of open files stays at {current:?}: {e}");
        }
    }
}

/// Connections that pages may have at a time: half of the descriptors at most. The others are for analyzers, the database and files.
pub fn page_connections_max() -> usize {
    #[cfg(unix)]
    let descriptors = rustix::process::getrlimit(rustix::process::Resource::Nofile).current.unwrap_or(u64::MAX);
    #[cfg(not(unix))]
    let descriptors = DESCRIPTORS_USUAL;
    usize::try_from(descriptors / 2).unwrap_or(usize::MAX).min(PAGE_CONNECTIONS_MAX)
}

/// How this machine is called.
#[cfg(unix)]
pub fn machine_name() -> Option<String> {
    rustix::system::uname().nodename().to_str().ok().map(str::to_owned).filter(|name| !name.is_empty())
}

/// How this machine is called: the system is not asked.
#[cfg(not(unix))]
pub fn machine_name() -> Option<String> {
    None
}
