//! The links, and one of them.

use titer_link::Standing;
use titer_shell::when::When;
use titer_web::pages::beside::beside;
use titer_web::pages::links::{ConnectionLine, Link, LinkLine, Links, Quiet, Shown, Stands, TraceLine};
use titer_web::pages::messages::MessageLine;
use titer_web::pages::worklists::{FailedLine, LinkOrders, OrdersLine, SentLine};
use titer_web::pages::{Mistake, Mistakes, Page, Status, Tube};
use titer_wire::astm::Encoding;

use super::admin::{mapping, tabs};
use super::{at, fact, s};

const MESSAGE: &[u8] = b"H|\\^&|||C111^Roche^c111^4.2.2.1730^1^13147|||||host|RSUPL^BATCH|P|1|20261122140300\rP|1\r\
    O|1|26-004512||^^^ALL|R||||||N\rR|1|^^^418|5.41|mmol/L||N||F||||20261122140112\r\
    R|2|^^^690|212|U/L||H||F||||20261122140140\rC|1|I|Sample H\xe4molyse|I\rL|1|N\r";

fn line(name: &str, standing: Standing, connections: usize, last: When, unusual: Option<bool>) -> LinkLine {
    let words = match unusual {
        None => "Usual silence not known yet",
        Some(false) => "as usual: up to 12 min",
        Some(true) => "Silent for 1 h 50 min, usually 12 min at most",
    };
    LinkLine {
        href: s("link.html"),
        name: s(name),
        speaks: s("ASTM · cobas-c111"),
        address: s("listens on 0.0.0.0:4001"),
        stands: Stands(standing),
        since: at("11:20"),
        detail: String::new(),
        connections,
        last,
        quiet: Quiet { words: s(words), unusual: unusual == Some(true) },
        rate: s("3 / 142"),
        filing: 0,
        errors: String::new(),
        troubles: vec![],
        unsettled: 0,
        alarm: standing.is_trouble() || unusual == Some(true),
    }
}

pub fn links(page: Page) -> Links {
    let stopped = line("Coagulation", Standing::Stopped, 0, at("06:12"), None);
    let waiting = line("Immunoassay 2", Standing::Waiting, 0, at("13:20"), Some(false));
    let connected = line("cobas c 111", Standing::Connected, 1, at("14:03"), Some(false));
    let paused = line("Haematology 1", Standing::Paused, 0, at("13:58"), Some(false));
    Links {
        page,
        tabs: tabs("/admin/links"),
        detached: true,
        attachable: true,
        lines: vec![
            LinkLine {
                rate: s("0 / 0"),
                errors: s("14 since the program started"),
                troubles: vec![s(
                    "14:04: 0.0.0.0:4007: the certificate /etc/titer/coag.crt cannot be read: no such file",
                )],
                ..stopped
            },
            LinkLine {
                address: s("connects to immuno2.lab.example:9100"),
                errors: s("3 since the program started"),
                troubles: vec![s(
                    "14:02: immuno2.lab.example:9100: nobody listens there: is the analyzer on, and set to this port?",
                )],
                ..waiting
            },
            line("Urinalysis", Standing::Listening, 0, at("12:13"), Some(true)),
            LinkLine { detail: s("Rafael Brandt paused this link: its lamp is changed"), ..paused },
            LinkLine {
                filing: 2,
                troubles: vec![s("10.20.4.99 is not listed and was refused 3 times")],
                unsettled: 2,
                ..connected
            },
            LinkLine {
                detail: s("in node-b-4711-0"),
                ..line("Glucose meters", Standing::Elsewhere, 0, When::default(), None)
            },
            line("chem-2", Standing::Listening, 0, When::default(), None),
        ],
        rule: s(
            "Silence is unusual when it lasts half as long again as the longest pause at this hour of the week in the last 4 \
                 weeks, and more than 5 minutes. With fewer than 2 such weeks the habit is not known: look for yourself.",
        ),
    }
}

pub fn link(page: Page, paused: bool) -> Link {
    let message = |number: &str, summary: &str, reasons: &[&str], status| MessageLine {
        href: s("#shown"),
        number: s(number),
        arrived: at("14:03"),
        link: String::new(),
        specimen: s("26-004512"),
        summary: s(summary),
        reasons: reasons.iter().map(|r| s(r)).collect(),
        status,
    };
    let piece = |time: &str, sign, direction, text: &str| TraceLine {
        at: s(time),
        connection: s("3"),
        direction,
        sign,
        text: s(text),
        more: String::new(),
    };
    let standing = if paused { Standing::Paused } else { Standing::Connected };
    let mistake = Mistake { field: "reason", text: s("Say why the link is paused, so that whoever comes next knows.") };
    Link {
        page,
        tabs: tabs("/admin/links"),
        id: s("7"),
        line: LinkLine {
            detail: if paused { s("Rafael Brandt paused this link: its lamp is changed") } else { String::new() },
            ..line("cobas c 111", standing, 1, at("14:03"), Some(false))
        },
        operable: true,
        paused,
        unnamed: vec![],
        reason: String::new(),
        facts: vec![
            fact("Protocol", "ASTM"),
            fact("Dialect", "cobas-c111"),
            fact("Address", "listens on 0.0.0.0:4001"),
            fact("May connect", "10.20.4.17"),
            fact("TLS", "certificate /etc/titer/c111.crt; authority for the peer none"),
        ],
        connections: if paused {
            vec![]
        } else {
            vec![ConnectionLine {
                number: s("3"),
                peer: s("10.20.4.17"),
                tls: true,
                since: at("11:20"),
                heard: at("14:03"),
            }]
        },
        latest: vec![
            message("4711", "2 results filed", &[], Status::Filed),
            message("4709", "codes 690", &["Code 690 means nothing here yet"], Status::Held),
        ],
        shown: Some(Shown { number: s("4711"), href: s("message.html"), beside: beside(MESSAGE, Encoding::Latin1) }),
        trace: vec![
            piece("14:03:01.418", "<", "board-trace-in", "<EOT>"),
            piece("14:03:01.402", ">", "board-trace-out", "<ACK>"),
            piece("14:03:01.377", "<", "board-trace-in", "<STX>7L|1|N<CR><ETX>0A<CR><LF>"),
            piece("14:03:01.102", "·", "board-trace-note", "a frame was refused: the checksum is 3B, not 3C"),
            piece("11:20:44.000", "·", "board-trace-note", "connected: 10.20.4.17, TLS"),
        ],
        mappings: vec![
            mapping("690", "Alanine aminotransferase (U/L)", Status::Proposed, true),
            mapping("550", "Alkaline phosphatase (U/L)", Status::Approved, true),
            mapping("418", "Glucose (mg/dL)", Status::Confirmed, false),
        ],
        orders: Some(orders()),
        mistakes: if paused { Mistakes::default() } else { Mistakes(vec![mistake]) },
    }
}

fn orders() -> LinkOrders {
    let tube = |number: &str| Tube { href: s("specimen.html"), number: s(number) };
    LinkOrders {
        when: s(
            "This analyzer holds a worklist. Each tube is sent when it is received, and again when its tests change.",
        ),
        waiting: vec![OrdersLine { tube: tube("26-004421"), what: s("26-004421: 550, 690") }],
        more: false,
        failed: vec![FailedLine {
            tube: tube("26-004398"),
            at: at("13:52"),
            failure: s("the other side refused a frame 6 times"),
            next: s("not sent again by itself: check the analyzer, then press Send again"),
            again: s("4398"),
        }],
        sent: vec![SentLine {
            at: at("13:50"),
            query: Tube { href: s("message.html"), number: s("318") },
            said: vec![s("26-004417: 550, 418"), s("26-004430: nothing. The tube was not received.")],
        }],
    }
}
