//! What is wrong with a field is said in the words of its label, and what can be read instead; and times say which they are.

use std::fs;

use titer_lab::Role;

use crate::administration::administrator;
use crate::common::{Person, Service};
use crate::words::files;

/// A text that no field takes: it holds a character that nobody sees.
const HIDDEN: &str = "x\u{202e}";

/// The words in quotation marks of the first mistake.
fn named(page: &str) -> String {
    let (_, mistake) = page.split_once('“').unwrap_or_else(|| panic!("no field is named: {page}"));
    mistake.split('”').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_message_about_a_field_names_it_as_its_label_does() {
    let service = Service::new().await;
    let (clerk, administrator) = (service.person(Role::Clerk).await, administrator(&service).await);
    let patient = service.world.patient("MRN-1").await.to_string();
    let catalog = service.world.catalog().await;
    let test = catalog.tests()[0].id.to_string();
    let registered =
        [("family", "Quill"), ("given", "Ada"), ("born", "14 Mar 1971"), ("sex", "female"), ("identifier", "N1")];
    let order = [("patient", &*patient), ("test", &test), ("priority", "routine"), ("tube", ""), ("requester", "Dr Q")];
    let site = [("name", "N"), ("address", "A"), ("accreditation", ""), ("director", "Dr Q"), ("zone", "UTC")];
    let ordering = format!("/orders/new?patient={patient}");
    let staff = [("name", "Ada Quill"), ("login", "ada"), ("role", "clerk")];
    type Sent<'a> = (&'a Person, &'a str, &'a [(&'a str, &'a str)], &'a [&'a str]);
    let forms: [Sent; 4] = [
        (&clerk, "/patients/new", &registered, &["family", "given", "identifier"]),
        (&clerk, &ordering, &order, &["tube", "requester"]),
        (&administrator, "/admin/site", &site, &["name", "address", "accreditation", "director"]),
        (&administrator, "/admin/staff", &staff, &["name", "login"]),
    ];
    for (who, path, fields, texts) in forms {
        for text in texts {
            let sent: Vec<_> = fields.iter().map(|(n, v)| (*n, if n == text { HIDDEN } else { *v })).collect();
            let again = service.make(who, path, &sent).await.again();
            let label = format!("<label for=\"{text}\">{}</label>", named(&again));
            assert!(again.contains(&label), "{path} {text}: {label}: {again}");
        }
    }
    let receive = service.post(&clerk, "/receive", &[("number", HIDDEN)]).await.again();
    assert_eq!(named(&receive), "Tube number");
}

#[tokio::test]
async fn a_date_that_could_be_of_two_centuries_or_two_days_is_refused_with_the_ways_that_can_be_read() {
    let service = Service::new().await;
    let clerk = service.person(Role::Clerk).await;
    let patient = service.world.patient("MRN-1").await.to_string();
    let test = service.world.catalog().await.tests()[0].id.to_string();
    for day in ["14 Mar 71", "14-Mar-71", "71-03-14", "14/03/71", "14/03/1971", "14.03.1971", "March 1971"] {
        let fields = [("family", "Quill"), ("born", day), ("sex", "female"), ("identifier", "N1")];
        let again = service.post(&clerk, "/patients/new", &fields).await.again();
        let ways =
            "Write the month as a word and the year with four digits, for example 14 Mar 1971; or write 1971-03-14.";
        assert!(again.contains(ways), "{day}: {again}");
        let collected = format!("{day} 09:05");
        let ways = "Write it as 22 Nov 2026 14:05 or as 2026-11-22 14:05, the year with four digits; or as 14:05";
        let order = [("patient", &*patient), ("test", &test), ("priority", "routine"), ("collected", &collected)];
        assert!(service.post(&clerk, "/orders/new", &order).await.again().contains(ways), "{day}");
        let scan = [("number", "T1"), ("collected", collected.as_str())];
        assert!(service.post(&clerk, "/receive", &scan).await.again().contains(ways), "{day}");
        let found = service.get(&clerk, &format!("/find?q={}", day.replace(' ', "+").replace('/', "%2F"))).await.page();
        assert!(found.contains("14 Mar 1971 or 1971-03-14, the year with four digits"), "{day}");
    }
}

/// On a phone a row of a list is a card without headings.
#[test]
fn where_a_row_of_a_list_has_two_times_each_says_which_it_is() {
    let mut named = 0;
    for path in [files("templates", ".html"), files("../shell/templates", ".html")].concat() {
        let text = fs::read_to_string(&path).unwrap().replace("<th", "<td");
        let tables = text.split("<table class=\"list").skip(1).map(|table| table.split("</table>").next().unwrap());
        for row in tables.flat_map(|table| table.split("<tr").skip(1)) {
            let is_time = |cell: &&str| cell.contains("ui::time(") || cell.contains("ui::clock(");
            let times: Vec<&str> =
                row.split("<td").filter(is_time).filter(|c| !c.starts_with(" class=\"wide")).collect();
            if times.len() > 1 {
                assert!(times.iter().all(|cell| cell.contains("data-says=")), "{}: {times:?}", path.display());
                named += 1;
            }
        }
    }
    assert!(named >= 3, "{named}");
}
