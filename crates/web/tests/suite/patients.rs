//! Patients as pages show them: registered without knowing all, found, corrected.

use crate::common::{Service, World, form};
use axum::http::StatusCode;
use titer_lab::Role;
use titer_lab::patients::views as patients;
use titer_lab::results::commands::{OnDisplay, VerifyResults};

const UNKNOWN: [(&str, &str); 5] =
    [("no_name", "yes"), ("no_born", "yes"), ("no_identifier", "yes"), ("age_band", "adult"), ("sex", "unknown")];

#[tokio::test]
async fn somebody_unknown_is_registered_on_purpose_and_never_by_an_empty_field() {
    let service = Service::new().await;
    let clerk = service.person(Role::Clerk).await;
    let with = |changed: &'static str, value: &'static str| {
        let mut fields = UNKNOWN.to_vec();
        fields.retain(|(name, _)| *name != changed);
        fields.push((changed, value));
        fields
    };
    let cases = [
        (with("no_born", ""), "Type the date of birth, or mark it as not known."),
        (with("no_name", ""), "Type the family name, or mark the name as not known."),
        (with("no_identifier", ""), "Type the identifier, or mark it as not known."),
        (with("sex", ""), "If the sex is not known, choose “unknown”."),
        (with("born", "14 Mar 1971"), "also marked as not known"),
        (with("family", "Quill"), "also marked as not known"),
        (with("identifier", "MRN-1"), "also marked as not known"),
        (with("born", "14/3/71"), "also marked as not known"),
    ];
    for (fields, expected) in cases {
        let page = service.make(&clerk, "/patients/new", &fields).await.again();
        assert!(page.contains(expected), "{expected}: {page}");
    }
    let done = service.make(&clerk, "/patients/new", &UNKNOWN).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    let id: i64 = done.location().strip_prefix("/orders/new?patient=").unwrap().parse().unwrap();
    let page = service.get(&clerk, done.location()).await.page();
    for part in ["UNKNOWN-", "TEMP-", "estimated: adult, 18 to 64 years", "Unknown"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let found = service.get(&clerk, "/find?q=TEMP").await.page();
    assert!(found.contains(&format!("/patients/{id}")), "{found}");
}

/// Each mistake stands at the field that is wrong, with a link that leads there.
#[tokio::test]
async fn a_mistake_stands_at_the_field_that_it_is_about() {
    let service = Service::new().await;
    let technician = &service.world.technician.clone();
    let patient = service.world.patient("MRN-1").await;
    let correct = format!("/patients/{patient}/correct");
    let right =
        [("family", "Quill"), ("given", "Ada"), ("born", "14 Mar 1971"), ("sex", "female"), ("identifier", "MRN-2")];
    let cases = [
        ("born", "01 Jan 1800", "born", "in the future or too far back"),
        ("born", "31 Dec 1895", "born", "in the future or too far back"),
        ("born", "01 Jan 2999", "born", "in the future or too far back"),
        ("born", "14/3/71", "born", "cannot be read"),
        ("born", "", "born", "mark it as not known"),
        ("age_band", "child", "age_band", "Keep one of the two"),
        ("age_band", "zebra", "age_band", "not known here"),
        ("sex", "", "sex", "choose “unknown”"),
        ("family", "-", "family", "no letter and no digit"),
        ("family", "Qu\u{443}ll", "family", "two alphabets"),
        ("given", "Ad\u{443}", "given", "two alphabets"),
        ("identifier", "-", "identifier", "no letter and no digit"),
        ("identifier", "MRN\u{200b}2", "identifier", "hidden character"),
    ];
    for (changed, value, field, said) in cases {
        let mut fields = right.to_vec();
        fields.retain(|(name, _)| *name != changed);
        fields.push((changed, value));
        let shown = service.shown(technician, &correct).await;
        let corrected = [&fields[..], &[("reason", "misread"), ("shown", &shown)]].concat();
        for page in [
            service.make(technician, "/patients/new", &fields).await.again(),
            service.post(technician, &correct, &corrected).await.again(),
        ] {
            let link = page.split("<a href=\"#").nth(1).unwrap_or_else(|| panic!("{changed} {value}: {page}"));
            assert!(link.starts_with(&format!("{field}\">")), "{changed} {value}: {page}");
            assert!(page.contains(&format!("id=\"{field}\"")) && page.contains(said), "{changed} {value}: {page}");
            assert!(page.contains("class=\"msg\""), "{changed} {value}: {page}");
        }
    }
    let shown = service.shown(technician, &correct).await;
    let reasonless = [&right[..], &[("reason", " "), ("shown", &shown)]].concat();
    let page = service.post(technician, &correct, &reasonless).await.again();
    assert!(page.contains("<a href=\"#reason\">Give a reason"), "{page}");
}

#[tokio::test]
async fn a_refusal_that_means_a_registered_patient_leads_there() {
    let service = Service::new().await;
    let clerk = service.person(Role::Clerk).await;
    let known = service.world.patient("MRN-1").await;
    let fields =
        [("family", "Quill"), ("given", "Ada"), ("born", "14 Mar 1971"), ("sex", "female"), ("identifier", "mrn-1")];
    let link = |patient: titer_lab::patients::PatientId| format!("href=\"/patients/{patient}\"");
    let page = service.make(&clerk, "/patients/new", &fields).await.again();
    assert!(page.contains("Open that patient first") && page.contains(&link(known)), "{page}");
    assert!(page.contains("<a href=\"#identifier\">"), "{page}");
    let other = service.world.patient("MRN-2").await;
    let correct = format!("/patients/{other}/correct");
    let shown = service.shown(&clerk, &correct).await;
    let corrected = [&fields[..], &[("reason", "misread"), ("shown", &shown)]].concat();
    let page = service.post(&clerk, &correct, &corrected).await.again();
    assert!(page.contains("Open that patient first") && page.contains(&link(known)), "{page}");

    // The form was sent before: it says whom it registered, with the address.
    let mut fields = fields.to_vec();
    fields[4].1 = "MRN-3";
    let shown = service.shown(&clerk, "/patients/new").await;
    let first = service.post(&clerk, "/patients/new", &[&fields[..], &[("shown", &shown)]].concat()).await;
    let id: i64 = first.location().strip_prefix("/orders/new?patient=").unwrap().parse().unwrap();
    fields[1].1 = "Ida";
    let page = service.post(&clerk, "/patients/new", &[&fields[..], &[("shown", &shown)]].concat()).await.again();
    assert!(page.contains("a patient was registered from it"), "{page}");
    assert!(page.contains(&link(titer_lab::patients::PatientId(id))) && page.contains("MRN-3"), "{page}");
}

#[tokio::test]
async fn somebody_in_another_spelling_is_asked_about() {
    let service = Service::new().await;
    let clerk = service.person(Role::Clerk).await;
    let with = |family: &'static str, born: &'static str, identifier: &'static str| {
        [("family", family), ("given", "Cal"), ("born", born), ("sex", "male"), ("identifier", identifier)]
    };
    let done = service.make(&clerk, "/patients/new", &with("Wombata", "07 Feb 1950", "MRN-1")).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    for (family, born) in [("Wombatta", "07 Feb 1950"), ("Wombata", "02 Jul 1950"), ("Wombata", "07 Feb 1951")] {
        let page = service.make(&clerk, "/patients/new", &with(family, born, "MRN-2")).await.again();
        assert!(page.contains("Register as a different person") && page.contains("MRN-1"), "{family} {born}: {page}");
    }
    let other = service.make(&clerk, "/patients/new", &with("Renard", "07 Feb 1950", "MRN-2")).await;
    let id: i64 = other.location().strip_prefix("/orders/new?patient=").unwrap().parse().unwrap();
    let correct = format!("/patients/{id}/correct");
    let shown = service.shown(&clerk, &correct).await;
    let fields = [&with("Wombatta", "07 Feb 1950", "MRN-2")[..], &[("reason", "misread"), ("shown", &shown)]].concat();
    let page = service.post(&clerk, &correct, &fields).await.again();
    assert!(page.contains("none of these patients") && page.contains("MRN-1"), "{page}");
}

#[tokio::test]
async fn a_patient_without_an_order_is_found_by_name_identifier_and_date_of_birth() {
    let service = Service::new().await;
    let clinician = service.person(Role::Clinician).await;
    let id = service.world.patient("MRN-1").await;
    for asked in ["okafor", "OkaforLindqvist", "mrn-1", "2 Apr 1971", "nneka+1971-04-02", "1971-04-02"] {
        let page = service.get(&clinician, &format!("/find?q={}", asked.replace(' ', "+"))).await.page();
        assert!(page.contains(&format!("href=\"/patients/{id}\"")), "{asked}: {page}");
    }
    let page = service.get(&clinician, "/find?q=quill+1971-04-02").await.page();
    assert!(page.contains("Nothing found"), "{page}");
    let page = service.get(&clinician, &format!("/patients/{id}")).await.page();
    assert!(page.contains("OKAFOR-LINDQVIST") && page.contains("No orders yet."), "{page}");
    assert!(!page.contains("/correct"), "a clinician corrects nobody");
    assert_eq!(service.get(&clinician, "/patients/1").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_correction_says_what_is_judged_anew_and_what_stays_as_it_was() {
    let service = Service::new().await;
    let technician = &service.world.technician.clone();
    let world = &service.world;
    let link = world.link("cobas-c111", "127.0.0.1:0").await;
    let creatinine = world.propose(link, "690", "umol/L", "creatinine").await.unwrap();
    world.approve(link, vec![creatinine], &world.director).await.unwrap();
    world.confirm(link, vec![creatinine]).await.unwrap();
    let patient = world.patient("MRN-1").await;
    let (order, tube) = world.received(patient, &["creatinine"], "T1").await;
    let values = service.measured(link, "T1", &[("690", "95", "umol/L")]).await;
    let results = world.results(tube).await;
    assert_eq!(results.len(), 1, "{values:?} {:?}", service.problems().await);
    let result = OnDisplay { result: results[0].id, version: results[0].version, lifts_holds: true };
    let signed = world.sign(technician).await;
    world.run(technician.actor(), VerifyResults { results: vec![result], signed }).await.unwrap();
    world.compose_due().await;
    let path = format!("/patients/{patient}");
    let page = service.get(technician, &path).await.page();
    assert!(page.contains(&format!("/reports/{order}")) && !page.contains("the old data"), "{page}");

    let correct = format!("{path}/correct");
    let form_page = service.get(technician, &correct).await.page();
    assert!(form_page.contains("value=\"Okafor-Lindqvist\"") && form_page.contains("value=\"02 Apr 1971\""));
    let seen = service.shown(technician, &correct).await;
    let fields = |born: &'static str, reason: &'static str, shown: String| {
        let fields = [
            ("family", "Okafor"),
            ("given", "Nneka"),
            ("born", born),
            ("sex", "male"),
            ("identifier", "MRN-1"),
            ("reason", reason),
        ];
        let mut fields: Vec<(&str, String)> = fields.iter().map(|(n, v)| (*n, (*v).to_owned())).collect();
        fields.push(("shown", shown));
        fields
    };
    async fn post(service: &Service, path: &str, fields: &[(&str, String)]) -> crate::common::Answer {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
        service.ask(Some(&service.world.technician.clone()), form(path, &fields)).await
    }
    let none = post(&service, &correct, &fields("02 Apr 1971", " ", seen.clone())).await.again();
    assert!(none.contains("Give a reason for the correction"), "{none}");
    let done = post(&service, &correct, &fields("02 Apr 1971", "misread", seen.clone())).await;
    assert_eq!(done.location(), path);
    let page = service.get(technician, &path).await.page();
    for part in ["The correction is saved.", "Judged with the old data", "Issued with the old data", "OKAFOR</b>"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    // Who had the page open before sees both and takes nothing back.
    let late = post(&service, &correct, &fields("03 Apr 1971", "misread too", seen)).await.again();
    for part in
        ["technician of the test changed this", "<bdi>02 Apr 1971</bdi>", "value=\"03 Apr 1971\"", "misread too"]
    {
        assert!(late.contains(part), "{part}: {late}");
    }
    let known = world.lab.read(move |s| Ok(patients::patient(s, patient)?)).await.unwrap().unwrap();
    assert_eq!(known.birth_date, Some(jiff::civil::date(1971, 4, 2)));
}

#[tokio::test]
async fn a_name_that_nobody_can_print_is_announced_when_it_is_registered() {
    let service = Service::of(World::standing().await, false).await;
    let clerk = service.person(Role::Clerk).await;
    let fields =
        [("family", "山田"), ("given", "太郎"), ("born", "14 Mar 1971"), ("sex", "male"), ("identifier", "MRN-9")];
    let page = service.make(&clerk, "/patients/new", &fields).await.again();
    assert!(page.contains("No loaded font can print these characters: 山田太郎"), "{page}");
    for (field, seen) in [("different", "yes"), ("unprintable", "山")] {
        let other: Vec<_> = fields.into_iter().chain([(field, seen)]).collect();
        service.make(&clerk, "/patients/new", &other).await.again();
    }
    assert!(page.contains("name=\"unprintable\" value=\"山田太郎\""), "{page}");
    let anyway: Vec<_> = fields.into_iter().chain([("unprintable", "山田太郎")]).collect();
    assert_eq!(service.make(&clerk, "/patients/new", &anyway).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_time_in_the_hour_that_comes_twice_is_asked_for_at_ordering_and_at_receipt() {
    let service = Service::new().await;
    let director = &service.world.director.clone();
    let shown = service.shown(director, "/admin/site").await;
    let site =
        [("name", "Test"), ("address", ""), ("accreditation", ""), ("director", "Dr Quill"), ("zone", "Europe/Berlin")];
    let site: Vec<(&str, &str)> = site.into_iter().chain([("shown", shown.as_str())]).collect();
    assert_eq!(service.post(director, "/admin/site", &site).await.status, StatusCode::SEE_OTHER);
    let patient = service.world.patient("MRN-1").await;
    service.world.ordered(patient, &["sodium"], "T1").await;
    let test = service.world.catalog().await.tests().iter().find(|t| t.key == "sodium").unwrap().id.to_string();
    let patient = patient.to_string();
    let order = |collected: &'static str| {
        [
            ("patient", patient.as_str()),
            ("test", test.as_str()),
            ("priority", "routine"),
            ("requester", "Ward 4"),
            ("collected", collected),
        ]
    };
    let technician = &service.world.technician.clone();
    for (typed, expected) in [
        ("26 Oct 2025 02:30", "this time came twice"),
        ("30 Mar 2025 02:30", "this time did not exist"),
        ("soon", "This time cannot be read"),
        ("01 Apr 1971 12:00", "before the patient was born"),
    ] {
        let ordered = service.make(technician, &format!("/orders/new?patient={patient}"), &order(typed)).await.again();
        assert!(ordered.contains(expected) && ordered.contains(&format!("value=\"{typed}\"")), "{typed}: {ordered}");
        let received = service.post(technician, "/receive", &[("number", "T1"), ("collected", typed)]).await.again();
        assert!(received.contains(expected) && received.contains(&format!("value=\"{typed}\"")), "{typed}: {received}");
    }
    let late = [("number", "T1"), ("collected", "26 Oct 2025 02:30 later")];
    let asked = service.post(technician, "/receive", &late).await.again();
    let confirmed = asked.split("name=\"confirmed\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let late: Vec<_> = late.into_iter().chain([("confirmed", confirmed)]).collect();
    service.post(technician, "/receive", &late).await.page();
    let tube =
        service.world.lab.read(|s| Ok(titer_lab::specimens::views::by_barcode(s, "T1")?)).await.unwrap().unwrap();
    let at: jiff::Timestamp = "2025-10-26T01:30:00Z".parse().unwrap();
    assert_eq!(tube.collected_at.map(|t| t.micros()), Some(at.as_microsecond()));
}

#[tokio::test]
async fn a_tube_is_discarded_only_after_a_question_that_names_what_is_lost() {
    let service = Service::new().await;
    let technician = &service.world.technician.clone();
    let patient = service.world.patient("MRN-1").await;
    let (_, tube) = service.world.received(patient, &["sodium"], "T1").await;
    let page = service.get(technician, &format!("/specimens/{tube}")).await.page();
    assert!(!page.contains(&format!("method=\"post\" action=\"/specimens/{tube}/discard")), "{page}");
    let path = format!("/specimens/{tube}/discard");
    let question = service.get(technician, &path).await.page();
    assert!(question.contains("Discard tube T1?") && question.contains("Sodium"), "{question}");
    let unseen = service.post(technician, &path, &[]).await.again();
    assert!(unseen.contains("changed this"), "{unseen}");
    let seen = service.shown(technician, &path).await;
    assert_eq!(service.post(technician, &path, &[("shown", &seen)]).await.location(), format!("/specimens/{tube}"));
}

/// An analyzer that had its orders before a correction: the result is in Review, and says what was sent.
#[tokio::test]
async fn a_result_that_names_the_patient_as_known_before_is_held_and_says_so() {
    let service = Service::new().await;
    let technician = &service.world.technician.clone();
    let world = &service.world;
    let link = world.link("cobas-c111", "127.0.0.1:0").await;
    let potassium = world.propose(link, "551", "mmol/L", "potassium").await.unwrap();
    world.approve(link, vec![potassium], &world.director).await.unwrap();
    world.confirm(link, vec![potassium]).await.unwrap();
    let patient = world.patient("MRN-1").await;
    let (_, tube) = world.received(patient, &["potassium"], "T1").await;
    let correct = format!("/patients/{patient}/correct");
    let shown = service.shown(technician, &correct).await;
    let fields = [
        ("family", "Okafor-Lindqvist"),
        ("given", "Nneka"),
        ("born", "03 Apr 1971"),
        ("sex", "female"),
        ("identifier", "MRN-1"),
        ("reason", "misread"),
        ("shown", &shown),
    ];
    assert_eq!(service.post(technician, &correct, &fields).await.status, StatusCode::SEE_OTHER);
    let now = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).strftime("%Y%m%d%H%M%S").to_string();
    let message = |born: &str| {
        format!(
            "H|\\^&|||C111^Roche^c111^4.2.2.1730^1^13147|||||host|RSUPL^REAL|P|1|{now}\rP|1||||||{born}|F\r\
             O|1||T1^^2||R||||||N||||||||||||{now}|||F\rR|1|^^^551|4.1|mmol/L||N||F||$SYS$||{now}\rC|1|I||I\rL|1|N\r"
        )
    };
    service.world.receive(link, &message("19710405")).await.unwrap();
    assert_eq!(service.problems().await[0].code, "inbox-other-birth-date");
    service.world.receive(link, &message("19710402")).await.unwrap();
    let page = service.get(technician, &format!("/specimens/{tube}")).await.page();
    assert!(page.contains("until a correction: 02 Apr 1971 ("), "{page}");
    let page = service.get(technician, "/review").await.page();
    assert!(page.contains("until a correction: 02 Apr 1971 ("), "{page}");
}
