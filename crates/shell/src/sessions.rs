//! The cookies: one says who is asking, one whose session was ended here last, one says once, on the next page, what has just been done,
//! and one that this browser has signed in before. The stamps of forms ([`crate::stamp`]) are sealed as cookies are.
//!
//! Each carries a signature (HMAC-SHA-256 of its name and what it carries), so what was not made here is turned away without asking the
//! database, and nobody's link can make a page say that something was done. Of a session it carries a random token; the database knows
//! the token's hash only: whoever reads the database cannot sign in with it.

use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use titer_lab::accounts::{Device, SessionToken};

use crate::page::{Notice, Tone};
use crate::stamp::{FIELD, Stamp};

/// The cookie that says who is asking.
const SESSION: &str = "titer";
/// The cookie that says whose session was ended here: a form of it that still comes is kept for its author. It opens nothing.
const LEFT: &str = "titer-left";
/// The cookie that says what has just been done.
const SAID: &str = "titer-said";
/// The cookie that says that this browser has signed in before.
const DEVICE: &str = "titer-device";
/// How long a browser remembers that, in seconds: browsers keep no cookie for longer than 400 days.
const DEVICE_SECONDS: u32 = 400 * 24 * 3_600;

/// Tones as a cookie carries them.
const TONES: [(&str, Tone); 3] = [("calm", Tone::Calm), ("caution", Tone::Caution), ("danger", Tone::Danger)];

/// Makes and reads the cookies.
pub struct Cookies {
    key: Hmac<Sha256>,
    tls: bool,
}

impl Cookies {
    /// With the laboratory's key; `tls` when browsers reach these pages by TLS only.
    pub fn new(key: &[u8; 32], tls: bool) -> Cookies {
        // HMAC takes keys of any length, so this cannot fail.
        let key = Hmac::new_from_slice(key).unwrap_or_else(|_| unreachable!());
        Cookies { key, tls }
    }

    /// The header that gives a browser its session. It ends with the browser at the latest; the server ends it earlier.
    pub fn give(&self, token: &SessionToken) -> HeaderValue {
        self.header(SESSION, &self.seal(SESSION, token.as_bytes()), "")
    }

    /// The headers that take it away, and remember whose it was.
    pub fn take(&self, token: &SessionToken) -> [HeaderValue; 2] {
        [self.header(SESSION, "", "; Max-Age=0"), self.header(LEFT, &self.seal(LEFT, token.as_bytes()), "")]
    }

    /// The token of a request, if it was made here.
    pub fn read(&self, headers: &HeaderMap) -> Option<SessionToken> {
        self.token(headers, SESSION)
    }

    /// The token of the session that was ended in this browser.
    pub(crate) fn left(&self, headers: &HeaderMap) -> Option<SessionToken> {
        self.token(headers, LEFT)
    }

    fn token(&self, headers: &HeaderMap, name: &str) -> Option<SessionToken> {
        Some(SessionToken::from_bytes(self.find(headers, name)?.try_into().ok()?))
    }

    /// The header by which a browser remembers that it has signed in.
    pub fn remember(&self, device: &Device) -> HeaderValue {
        self.header(DEVICE, &self.seal(DEVICE, &device.to_bytes()), &format!("; Max-Age={DEVICE_SECONDS}"))
    }

    /// What a browser remembers of having signed in, if it was made here.
    pub fn device(&self, headers: &HeaderMap) -> Option<Device> {
        Device::from_bytes(&self.find(headers, DEVICE)?)
    }

    /// The header that has the page at `to` say something. It is forgotten after a minute, should nobody get there.
    pub fn say(&self, to: &str, notice: &Notice) -> HeaderValue {
        let path = to.split(['?', '#']).next().unwrap_or_default();
        let tone = TONES.iter().find(|(_, tone)| *tone == notice.tone).map_or("calm", |(code, _)| *code);
        self.header(SAID, &self.seal(SAID, format!("{tone}\n{path}\n{}", notice.text).as_bytes()), "; Max-Age=60")
    }

    /// The header that takes it away.
    pub fn said(&self) -> HeaderValue {
        self.header(SAID, "", "; Max-Age=0")
    }

    /// What the page at `path` has to say, if it was put down here.
    pub fn heard(&self, headers: &HeaderMap, path: &str) -> Option<Notice> {
        let said = String::from_utf8(self.find(headers, SAID)?).ok()?;
        let mut parts = said.splitn(3, '\n');
        let (tone, to, text) = (parts.next()?, parts.next()?, parts.next()?);
        let (_, tone) = TONES.into_iter().find(|(code, _)| *code == tone)?;
        (to == path).then(|| Notice { tone, text: text.to_owned() })
    }

    /// A stamp as a form carries it.
    pub fn stamp(&self, stamp: Stamp) -> String {
        self.seal(FIELD, &stamp.to_bytes())
    }

    /// The stamp that a form carries, if it was made here.
    pub(crate) fn read_stamp(&self, carried: &str) -> Option<Stamp> {
        Stamp::from_bytes(&self.open(FIELD, carried)?)
    }

    /// Under TLS the prefix makes browsers refuse the cookie from any other host or over plain HTTP.
    fn name(&self, name: &str) -> String {
        if self.tls { format!("__Host-{name}") } else { name.to_owned() }
    }

    fn find(&self, headers: &HeaderMap, name: &str) -> Option<Vec<u8>> {
        let full = self.name(name);
        let cookies = headers.get_all(COOKIE).into_iter();
        cookies
            .filter_map(|header| header.to_str().ok())
            .flat_map(|header| header.split("; "))
            .filter_map(|cookie| cookie.split_once('='))
            .filter(|(named, _)| *named == full)
            .find_map(|(_, value)| self.open(name, value))
    }

    fn seal(&self, name: &str, carried: &[u8]) -> String {
        let signature = self.sign(name, carried).finalize().into_bytes();
        format!("{}.{}", BASE64.encode(carried), BASE64.encode(signature))
    }

    fn open(&self, name: &str, value: &str) -> Option<Vec<u8>> {
        let (carried, signature) = value.split_once('.')?;
        let (carried, signature) = (BASE64.decode(carried).ok()?, BASE64.decode(signature).ok()?);
        self.sign(name, &carried).verify_slice(&signature).ok()?;
        Some(carried)
    }

    fn sign(&self, name: &str, carried: &[u8]) -> Hmac<Sha256> {
        let mut mac = self.key.clone();
        mac.update(name.as_bytes());
        mac.update(&[0]);
        mac.update(carried);
        mac
    }

    fn header(&self, name: &str, value: &str, more: &str) -> HeaderValue {
        let secure = if self.tls { "; Secure" } else { "" };
        let header = format!("{}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{more}", self.name(name));
        // Base64 and the fixed texts are printable ASCII, which every header may hold.
        HeaderValue::from_str(&header).unwrap_or_else(|_| unreachable!())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(given: &HeaderValue) -> HeaderMap {
        let cookie = given.to_str().unwrap().split(';').next().unwrap().to_owned();
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, format!("theme=dark; {cookie}").parse().unwrap());
        headers
    }

    #[test]
    fn what_was_given_is_read_back() {
        for tls in [false, true] {
            let cookies = Cookies::new(&[7; 32], tls);
            let token = SessionToken::from_bytes([5; 32]);
            let given = cookies.give(&token);
            assert_eq!(cookies.read(&request(&given)), Some(token));
            assert_eq!(given.to_str().unwrap().contains("; Secure"), tls);
            assert!(given.to_str().unwrap().contains("; HttpOnly; SameSite=Lax"));
        }
    }

    #[test]
    fn a_session_that_was_ended_is_remembered_and_opens_nothing() {
        let cookies = Cookies::new(&[7; 32], true);
        let token = SessionToken::from_bytes([5; 32]);
        let [taken, left] = cookies.take(&token);
        assert!(taken.to_str().unwrap().starts_with("__Host-titer=;"));
        assert_eq!((cookies.read(&request(&left)), cookies.left(&request(&left))), (None, Some(token.clone())));
        assert_eq!(cookies.left(&request(&cookies.give(&token))), None);
    }

    #[test]
    fn a_device_is_remembered_for_long_and_is_no_session() {
        let cookies = Cookies::new(&[7; 32], true);
        let device = Device::from_bytes(&[1; 24]).unwrap();
        let given = cookies.remember(&device);
        assert!(given.to_str().unwrap().contains("; Max-Age=34560000"));
        let sent = request(&given);
        assert_eq!(cookies.device(&sent), Some(device));
        assert_eq!((cookies.read(&sent), Cookies::new(&[8; 32], true).device(&sent)), (None, None));
    }

    #[test]
    fn a_stamp_says_whom_and_when_and_is_no_session() {
        use titer_lab::{Timestamp, accounts::AccountId};
        let cookies = Cookies::new(&[7; 32], false);
        let shown = Timestamp::from_micros(1_790_000_000_000_000);
        let stamp = Stamp::new(AccountId(2048), shown).unwrap();
        let carried = cookies.stamp(stamp);
        assert_eq!(cookies.read_stamp(&carried), Some(stamp));
        assert_eq!((stamp.account(), stamp.shown_at()), (AccountId(2048), shown));
        assert_ne!(cookies.stamp(Stamp::new(AccountId(2048), shown).unwrap()), carried, "each form has its own");
        let cut = &carried[..carried.len() - 1];
        let other = Cookies::new(&[8; 32], false).stamp(stamp);
        let session = cookies.seal(SESSION, &stamp.to_bytes());
        for forged in ["", ".", "2048", cut, &other, &session, &cookies.seal(FIELD, &[0; 15])] {
            assert_eq!(cookies.read_stamp(forged), None, "{forged}");
        }
    }

    #[test]
    fn what_was_not_made_here_is_turned_away() {
        let cookies = Cookies::new(&[7; 32], false);
        let given = Cookies::new(&[8; 32], false).give(&SessionToken::from_bytes([5; 32]));
        assert_eq!(cookies.read(&request(&given)), None);
        assert_eq!(cookies.read(&HeaderMap::new()), None);
        for value in ["", "titer", "titer=", "titer=.", "titer=AAAA.AAAA"] {
            let mut headers = HeaderMap::new();
            headers.insert(COOKIE, value.parse().unwrap());
            assert_eq!(cookies.read(&headers), None, "{value}");
        }
    }

    #[test]
    fn what_was_said_is_heard_once_at_its_place_and_is_no_session() {
        let cookies = Cookies::new(&[7; 32], true);
        let notice = Notice { tone: Tone::Caution, text: "3 results verified: Ω\n2nd line".to_owned() };
        let said = request(&cookies.say("/review?after=1", &notice));
        assert_eq!(cookies.heard(&said, "/review"), Some(notice.clone()));
        assert_eq!(cookies.heard(&said, "/orders"), None);
        assert_eq!(Cookies::new(&[8; 32], true).heard(&said, "/review"), None);
        let token = [5; 32];
        let value = cookies.seal(SAID, &token);
        assert_eq!(cookies.open(SAID, &value), Some(token.to_vec()));
        assert_eq!(cookies.open(SESSION, &value), None);
    }
}
