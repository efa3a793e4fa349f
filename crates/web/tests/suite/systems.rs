//! Test systems: describing, verifying with a signature and a PDF, taking out of use; and what a held result says.

use crate::common::{Answer, PASSWORD, Person, Service};
use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{Request, StatusCode};
use titer_lab::Role;
use titer_lab::systems::{State, views::System};
use titer_link::links::LinkId;

/// A link whose mappings are in use, with an instrument that has no test systems.
pub struct Bench {
    pub service: Service,
    supervisor: Person,
    link: LinkId,
    instrument: String,
}

impl Bench {
    pub async fn new() -> Self {
        let service = Service::new().await;
        let world = &service.world;
        let link = world.unmeasured("cobas-c111", "127.0.0.1:0").await;
        let sodium = world.propose(link, "550", "mmol/L", "sodium").await.unwrap();
        let potassium = world.propose(link, "551", "mmol/L", "potassium").await.unwrap();
        world.approve(link, vec![sodium, potassium], &world.director).await.unwrap();
        world.confirm(link, vec![sodium, potassium]).await.unwrap();
        let supervisor = service.person(Role::Supervisor).await;
        let fields = [("name", "Chemistry 1"), ("kind", "analyzer"), ("link", &link.to_string())];
        let added = service.make(&supervisor, "/instruments/new", &fields).await;
        let instrument = added.location().rsplit('/').next().unwrap().to_owned();
        Bench { service, supervisor, link, instrument }
    }

    pub fn director(&self) -> &Person {
        &self.service.world.director
    }

    pub async fn systems(&self) -> Vec<System> {
        let lab = self.service.world.lab.clone();
        let known = self.service.world.lab.read(move |s| Ok(lab.systems(s)?)).await.unwrap();
        known.all().to_vec()
    }

    async fn analyte(&self, key: &str) -> titer_lab::catalog::views::Analyte {
        self.service.world.catalog().await.analyte_by_key(key).unwrap().clone()
    }

    /// Describes sodium in serum, measured from 80 to 180; answers the address of its page.
    pub async fn sodium(&self) -> String {
        let sodium = self.analyte("sodium").await;
        let (analyte, specimen) = (sodium.id.to_string(), sodium.specimen_type.to_string());
        let fields = [
            ("analyte", analyte.as_str()),
            ("specimen", &specimen),
            ("instrument", &self.instrument),
            ("method", "ISE, <indirect>"),
            ("low", "80"),
            ("high", "180"),
            ("input", "collected"),
            ("input", "age"),
        ];
        let described = self.service.make(&self.supervisor, "/systems/new", &fields).await;
        assert_eq!(described.status, StatusCode::SEE_OTHER, "{}", described.text());
        described.location().to_owned()
    }

    /// Sends the record for these test systems, with a file if there is one.
    async fn verify(&self, marks: &[String], more: &[(&str, &str)], file: Option<&[u8]>) -> Answer {
        let body = self.record(marks, more, file.map(|bytes| part("all.pdf", bytes)));
        self.send(self.director(), "XyZ", body).await
    }

    /// A record as a browser sends it, with the part of a file between the first fields and the last ones.
    pub fn record(&self, marks: &[String], more: &[(&str, &str)], file: Option<Vec<u8>>) -> Vec<u8> {
        let mut fields: Vec<(&str, &str)> = marks.iter().map(|mark| ("mark", mark.as_str())).collect();
        fields.extend([
            ("accuracy", "mean bias 0.4 %"),
            ("precision", "CV 0.6 %"),
            ("reportable-range", "linear from 80 to 180"),
            ("reference-interval", "those of the old analyzer stay"),
            ("reference-interval_none", "yes"),
            ("performed_on", "2 Jan 2020"),
            ("performed_by", "Imani Castellanos"),
            ("password", PASSWORD),
        ]);
        fields.retain(|(name, _)| more.iter().all(|(other, _)| other != name));
        fields.extend(more);
        let stamp = self.service.stamp(self.director().account);
        fields.push(("stamp", &stamp));
        let mut body = Vec::new();
        for (name, value) in fields {
            let part = format!("--XyZ\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            body.extend(part.into_bytes());
        }
        body.extend(file.into_iter().flatten());
        body.extend(b"--XyZ--\r\n");
        body
    }

    pub async fn send(&self, who: &Person, boundary: &str, body: Vec<u8>) -> Answer {
        let request = Request::post(format!("/systems/verify/{}", self.instrument))
            .header(CONTENT_TYPE, format!("multipart/form-data; boundary={boundary}"))
            .body(Body::from(body));
        self.service.ask(Some(who), request.unwrap()).await
    }

    pub async fn marks(&self) -> Vec<String> {
        self.systems().await.iter().map(|s| format!("{}:{}", s.id, s.version)).collect()
    }
}

/// A file of this name in its part of a form.
pub fn part(name: &str, bytes: &[u8]) -> Vec<u8> {
    let head = format!("--XyZ\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n");
    [head.as_bytes(), bytes, b"\r\n"].concat()
}

#[tokio::test]
async fn a_test_system_is_described_verified_with_a_pdf_and_listed() {
    let bench = Bench::new().await;
    let (service, director) = (&bench.service, bench.director());
    assert!(service.get(director, "/systems").await.page().contains("No test system here"));
    let sodium = bench.sodium().await;
    let page = service.get(director, &sodium).await.page();
    for part in ["ISE, &#60;indirect&#62;", "80–180 mmol/L", "Collection time, Age", "Not verified", "Results are held"]
    {
        assert!(page.contains(part), "{part}: {page}");
    }
    let form = service.get(director, &format!("/systems/verify/{}", bench.instrument)).await.page();
    assert!(form.contains("multipart/form-data") && form.contains(&bench.marks().await[0]), "{form}");
    let mark = format!("value=\"{}\"", bench.marks().await[0]);
    let is_marked = form.split_once(&mark).unwrap().1.split('>').next().unwrap().contains("checked");
    assert!(!is_marked && form.contains("<span>Mark all</span>"), "nothing is marked for the director: {form}");
    let marks = bench.marks().await;
    let again = bench.verify(&marks, &[("accuracy", " ")], None).await.again();
    assert!(again.contains("CV 0.6 %"), "what was typed stays: {again}");
    let again = bench.verify(&marks, &[], Some(b"PK\x03\x04")).await.again();
    assert!(again.contains("This file is not a PDF"), "{again}");
    let again = bench.verify(&marks, &[("password", "wrong")], None).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(bench.systems().await[0].state, State::Described);

    let signed = bench.verify(&marks, &[], Some(b"%PDF-1.7 all figures")).await;
    assert_eq!(signed.status, StatusCode::SEE_OTHER, "{}", signed.text());
    let record = signed.location().to_owned();
    let page = service.get(director, &record).await.page();
    for part in ["mean bias 0.4 %", "Does not apply: those of the old", "2 Jan 2020", "all.pdf, SHA-256 ", "Sodium"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let pdf = service.get(&service.world.technician, &format!("{record}/file")).await;
    assert_eq!((pdf.status, pdf.bytes.as_slice()), (StatusCode::OK, &b"%PDF-1.7 all figures"[..]));
    assert_eq!(pdf.headers[CONTENT_TYPE], "application/pdf");
    assert_eq!(bench.systems().await[0].state, State::InUse);
    let list = |query: &'static str| async move { service.get(director, query).await.page() };
    assert!(list("/systems?state=in-use").await.contains("80–180 mmol/L"));
    assert!(!list("/systems?state=described").await.contains("80–180 mmol/L"));
    // Sent twice, the second finds that somebody has signed since.
    assert!(bench.verify(&marks, &[], None).await.again().contains("director of the test"));
}

#[tokio::test]
async fn all_mapped_analytes_of_an_instrument_are_described_at_once() {
    let bench = Bench::new().await;
    let (service, supervisor) = (&bench.service, &bench.supervisor);
    let address = format!("/systems/describe/{}", bench.instrument);
    let page = service.get(supervisor, &address).await.page();
    let (sodium, potassium) = (bench.analyte("sodium").await.id, bench.analyte("potassium").await.id);
    let (sodium, potassium) = (sodium.to_string(), potassium.to_string());
    assert!(page.contains(&format!("name=\"mark\" value=\"{sodium}\" checked")), "{page}");
    let fields = |high: &'static str| {
        let rows = [("analyte", sodium.as_str()), ("low", "80"), ("high", high)];
        let rows = [&rows[..], &[("analyte", &potassium), ("low", "1.5"), ("high", "10")]].concat();
        [&rows[..], &[("method", "ISE"), ("mark", &sodium), ("mark", &potassium)]].concat()
    };
    let again = service.make(supervisor, &address, &fields("18")).await.again();
    assert!(again.contains("Sodium: the measuring range cannot go from 80 to 18."), "{again}");
    let done = service.make(supervisor, &address, &fields("180")).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    let ranges: Vec<_> = bench.systems().await.iter().map(|s| format!("{}-{}", s.low, s.high)).collect();
    assert_eq!(ranges, ["80-180", "1.5-10"]);
    let page = service.get(supervisor, &address).await.page();
    assert!(!page.contains(&format!("name=\"mark\" value=\"{sodium}\"")), "it has its test system");
}

#[tokio::test]
async fn a_change_ends_the_verification_and_out_of_use_ends_with_a_signature() {
    let bench = Bench::new().await;
    let (service, supervisor, director) = (&bench.service, &bench.supervisor, bench.director());
    let sodium = bench.sodium().await;
    bench.verify(&bench.marks().await, &[], None).await;
    let state = || async { bench.systems().await[0].state };
    let change = format!("{sodium}/change");
    let page = service.get(supervisor, &change).await.page();
    assert!(page.contains("This test system is in use."), "{page}");
    let fields = [("method", "ISE, <indirect>"), ("low", "80"), ("high", "200")];
    assert_eq!(service.make(supervisor, &change, &fields).await.status, StatusCode::SEE_OTHER);
    assert_eq!(state().await, State::Described);
    bench.verify(&bench.marks().await, &[], None).await;
    assert_eq!(state().await, State::InUse);

    let retire = format!("{sodium}/retire");
    let stale = [("reason", "drifts"), ("shown", "1")];
    assert!(service.post(supervisor, &retire, &stale).await.again().contains("drifts"), "nothing typed is lost");
    let shown = service.shown(supervisor, &sodium).await;
    let fields = [("reason", ""), ("shown", shown.as_str())];
    assert!(service.post(supervisor, &retire, &fields).await.again().contains("Give a reason"));
    let fields = [("reason", "The electrode drifts."), ("shown", &shown)];
    assert_eq!(service.post(supervisor, &retire, &fields).await.status, StatusCode::SEE_OTHER);
    assert_eq!(state().await, State::OutOfUse);
    let page = service.get(director, &sodium).await.page();
    assert!(page.contains("Out of use: The electrode drifts. Results are held."), "{page}");

    let again = format!("{sodium}/return");
    let shown = service.shown(director, &sodium).await;
    let fields = [("reason", "electrode changed"), ("shown", shown.as_str()), ("password", "wrong")];
    assert_eq!(service.post(director, &again, &fields).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let fields = [("reason", "electrode changed"), ("shown", shown.as_str()), ("password", PASSWORD)];
    assert_eq!(service.post(director, &again, &fields).await.status, StatusCode::SEE_OTHER);
    assert_eq!(state().await, State::InUse);
}

#[tokio::test]
async fn review_and_the_specimen_name_the_instrument_and_say_why_a_result_is_held() {
    let bench = Bench::new().await;
    let service = &bench.service;
    let patient = service.world.patient("MRN-1").await;
    let (_, specimen) = service.world.received(patient, &["sodium"], "T1").await;
    service.measured(bench.link, "T1", &[("550", "140", "mmol/L")]).await;
    let technician = &service.world.technician;
    for address in ["/review".to_owned(), format!("/specimens/{specimen}")] {
        let page = service.get(technician, &address).await.page();
        for part in ["Chemistry 1", "The director has not verified this test on this instrument"] {
            assert!(page.contains(part), "{address}: {part}: {page}");
        }
    }
    let director = bench.director();
    let link = format!("/admin/links/{}", bench.link);
    assert!(!service.get(director, &link).await.page().contains("all results of this link are held"));
    let other = service.world.unmeasured("cobas-c311", "127.0.0.1:1").await;
    let page = service.get(director, &format!("/admin/links/{other}")).await.page();
    assert!(page.contains("all results of this link are held"), "{page}");
}
