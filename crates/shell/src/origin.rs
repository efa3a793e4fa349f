//! The addresses at which browsers reach the pages. A request that names another host is refused: another site's name that was made to
//! lead here would otherwise let that site's scripts read what is on the pages (DNS rebinding).

use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{HOST, ORIGIN};
use axum::http::uri::{Authority, Uri};
use axum::http::{HeaderMap, Version};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::errors::Problem;
use crate::{Shell, paths};

const HTTP_PORT: u16 = 80;
const HTTPS_PORT: u16 = 443;
/// What those who watch over the process ask for, by its IP address as a rule.
const WATCHED: [&str; 3] = [paths::LIVEZ.pattern, paths::READYZ.pattern, paths::METRICS.pattern];

/// The one public origin of the pages, as browsers write it: `https://titer.example`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    text: String,
    authority: Authority,
}

impl Origin {
    /// As browsers write it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether browsers reach the pages by TLS only.
    pub fn is_tls(&self) -> bool {
        self.text.starts_with("https:")
    }

    fn is_at(&self, host: &Authority) -> bool {
        let default = if self.is_tls() { HTTPS_PORT } else { HTTP_PORT };
        host.host().eq_ignore_ascii_case(self.authority.host()) && port(host, default) == port(&self.authority, default)
    }
}

/// The port of an authority that names none is the scheme's; one that is no number is none.
fn port(authority: &Authority, default: u16) -> Option<u16> {
    let bare = authority.as_str().rsplit_once(']').map_or(authority.as_str(), |(_, after)| after);
    match bare.rsplit_once(':') {
        None => Some(default),
        Some((_, port)) => port.parse().ok(),
    }
}

impl FromStr for Origin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no origin; write scheme and host, such as https://titer.example");
        let uri: Uri = text.parse().map_err(|_| wrong())?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else { return Err(wrong()) };
        let names_more = uri.path() != "/" || uri.query().is_some() || authority.as_str().contains('@');
        if !["http", "https"].contains(&scheme) || names_more {
            return Err(wrong());
        }
        let default = if scheme == "https" { HTTPS_PORT } else { HTTP_PORT };
        let port = port(authority, default).ok_or_else(wrong)?;
        let host = authority.host().to_ascii_lowercase();
        let host = if port == default { host } else { format!("{host}:{port}") };
        let authority = host.parse().map_err(|_| wrong())?;
        Ok(Origin { text: format!("{scheme}://{host}"), authority })
    }
}

/// The hosts that the pages answer for.
#[derive(Clone, Debug)]
pub struct Hosts {
    /// The public origin, if one is configured: then no other.
    pub origin: Option<Origin>,
    /// The names of this machine, for when there is none. Its IP addresses and `localhost` count too: no other site can be reached by them.
    pub names: Vec<String>,
    /// The port that the pages listen on, for when there is no origin.
    pub port: u16,
}

impl Hosts {
    /// Whether browsers reach the pages by TLS only.
    pub fn is_tls(&self) -> bool {
        self.origin.as_ref().is_some_and(Origin::is_tls)
    }

    fn answer_for(&self, host: &Authority, path: &str) -> bool {
        // A probe may come through a port that something else maps to ours.
        let watched = WATCHED.contains(&path) && is_address(host.host());
        watched || self.origin.as_ref().map_or_else(|| self.is_machine(host), |origin| origin.is_at(host))
    }

    fn is_machine(&self, host: &Authority) -> bool {
        let name = host.host().trim_end_matches('.');
        let named = is_address(name) || self.names.iter().any(|known| known.eq_ignore_ascii_case(name));
        named && port(host, HTTP_PORT) == Some(self.port)
    }
}

/// An IP address, or the name that always means the machine itself.
fn is_address(host: &str) -> bool {
    let bare = host.strip_prefix('[').and_then(|h| h.strip_suffix(']'));
    let is_ip = bare.map_or_else(|| host.parse::<IpAddr>().is_ok(), |v6| v6.parse::<Ipv6Addr>().is_ok());
    is_ip || host.eq_ignore_ascii_case("localhost")
}

/// Lets a request through if it names a host that the pages answer for, and comes from pages of the same origin if it says where from.
pub(crate) async fn check(State(shell): State<Arc<Shell>>, request: Request, next: Next) -> Response {
    let hosts = &shell.hosts;
    let named = named(&request);
    if !named.is_some_and(|named| named.iter().all(|host| hosts.answer_for(host, request.uri().path()))) {
        let origin = hosts.origin.as_ref().map(|origin| origin.text.clone());
        return Problem::Misdirected(origin).into_response();
    }
    if !request.method().is_safe() && !comes_from(hosts, request.headers()) {
        return Problem::Elsewhere.into_response();
    }
    next.run(request).await
}

/// The hosts that a request names: in its header, and in its first line if that is a whole address. None if one cannot be read, or if
/// there are several headers, or none where there has to be one (RFC 9112, section 3.2).
fn named(request: &Request) -> Option<Vec<Authority>> {
    let mut headers = request.headers().get_all(HOST).iter();
    let header = headers.next().map(|host| Authority::try_from(host.as_bytes()).ok());
    if headers.next().is_some() || (header.is_none() && request.version() >= Version::HTTP_11) {
        return None;
    }
    let target = request.uri().authority().cloned().map(Some);
    let hosts: Option<Vec<Authority>> = header.into_iter().chain(target).collect();
    hosts.filter(|hosts| hosts.iter().all(|host| !host.as_str().contains('@')))
}

/// Where there is a configured origin, what says that it comes from another is refused, whatever else it says. The rest is told apart by
/// what browsers say of themselves (`CsrfLayer`).
fn comes_from(hosts: &Hosts, headers: &HeaderMap) -> bool {
    let Some(origin) = &hosts.origin else { return true };
    headers.get_all(ORIGIN).iter().all(|said| said.as_bytes() == origin.text.as_bytes())
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    #[test]
    fn an_origin_is_written_as_browsers_write_it() {
        for (text, expected) in [
            ("https://titer.example", Some("https://titer.example")),
            ("HTTPS://Titer.Example:443/", Some("https://titer.example")),
            ("http://titer.example:80", Some("http://titer.example")),
            ("http://10.0.0.7:8080", Some("http://10.0.0.7:8080")),
            ("http://[2001:db8::1]:8080", Some("http://[2001:db8::1]:8080")),
            ("titer.example", None),
            ("ftp://titer.example", None),
            ("https://titer.example/laboratory", None),
            ("https://titer.example?x", None),
            ("https://me@titer.example", None),
            ("https://titer.example:", None),
            ("https://titer.example:99999", None),
            ("https://títer.example", None),
            ("", None),
        ] {
            let origin = text.parse::<Origin>();
            assert_eq!(origin.as_ref().ok().map(Origin::text), expected, "{text}: {origin:?}");
        }
    }

    fn answers(hosts: &Hosts, path: &str, host: &str) -> bool {
        let request = Request::get(path).header(HOST, host).body(Body::empty()).unwrap();
        named(&request).is_some_and(|named| named.iter().all(|host| hosts.answer_for(host, request.uri().path())))
    }

    #[test]
    fn with_an_origin_its_host_alone_is_answered() {
        let origin = Some("https://titer.example".parse().unwrap());
        let hosts = Hosts { origin, names: vec!["lab-pc".to_owned()], port: 8080 };
        for host in ["titer.example", "TITER.example", "titer.example:443"] {
            assert!(answers(&hosts, "/sign-in", host), "{host}");
        }
        let others = [
            "titer.example:8080",
            "titer.example:80",
            "titer.example:",
            "titer.example:99999",
            "titer.example.evil.example",
            "localhost",
            "10.0.0.7",
            "lab-pc",
            "",
            "a b",
        ];
        for host in others {
            assert!(!answers(&hosts, "/sign-in", host), "{host}");
        }
        assert!(answers(&hosts, "/livez", "10.0.0.7:8080"), "a probe asks by the address");
        assert!(!answers(&hosts, "/livez", "evil.example"));
    }

    #[test]
    fn without_an_origin_this_machine_is_answered_by_address_and_name() {
        let hosts = |port| Hosts { origin: None, names: vec!["lab-pc".to_owned()], port };
        for host in ["localhost", "127.0.0.1", "192.168.1.20", "[::1]", "Lab-PC", "lab-pc."] {
            let with = |port: &str| format!("{host}:{port}");
            assert!(answers(&hosts(8080), "/", &with("8080")), "{host}");
            assert!(answers(&hosts(80), "/", host) && answers(&hosts(80), "/", &with("80")), "{host}");
            for other in [host, &with("80"), &with("443"), &with("8081"), &with("99999"), &with("")] {
                assert!(!answers(&hosts(8080), "/", other), "{other}");
            }
        }
        assert!(answers(&hosts(8080), "/livez", "127.0.0.1:30080"), "a probe may come through another port");
        for host in
            ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "evil@localhost", "[::1", "0x7f.1"]
        {
            assert!(!answers(&hosts(80), "/", host), "{host}");
        }
    }

    #[test]
    fn a_request_names_one_host() {
        let one = |uri: &str, hosts: &[&str]| {
            let request = hosts.iter().fold(Request::get(uri), |r, host| r.header(HOST, *host));
            named(&request.body(Body::empty()).unwrap()).map(|named| named.len())
        };
        assert_eq!(one("/", &["localhost"]), Some(1));
        assert_eq!(one("http://evil.example/", &["localhost"]), Some(2), "both are looked at");
        assert_eq!(one("/", &[]), None);
        assert_eq!(one("/", &["localhost", "evil.example"]), None);
    }
}
