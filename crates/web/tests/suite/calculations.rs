//! A calculation from its proposal to the report: what each page says of it.

use crate::common::{PASSWORD, Person, Service};
use axum::http::StatusCode;
use titer_lab::calculations::views as calculations;
use titer_lab::results::commands::{Measurement, ReportResults, RunDetails};
use titer_lab::results::views as results;
use titer_lab::specimens::SpecimenId;
use titer_lab::{Actor, Role};

struct Bench {
    service: Service,
    supervisor: Person,
}

impl Bench {
    async fn new() -> Self {
        let service = Service::new().await;
        let supervisor = service.person(Role::Supervisor).await;
        Bench { service, supervisor }
    }

    async fn analyte(&self, key: &str) -> String {
        self.service.world.catalog().await.analyte_by_key(key).unwrap().id.to_string()
    }

    /// Proposes that calcium is corrected for albumin; answers where the proposal stands.
    async fn propose(&self) -> String {
        self.propose_as(&self.supervisor, "2").await
    }

    async fn propose_as(&self, who: &Person, decimals: &str) -> String {
        let [of, calcium, albumin] =
            [self.analyte("calcium_corrected").await, self.analyte("calcium").await, self.analyte("albumin").await];
        let shown = self.service.shown(who, "/calculations/new?formula=calcium-corrected-si").await;
        let fields = [
            ("formula", "calcium-corrected-si"),
            ("analyte", of.as_str()),
            ("input", calcium.as_str()),
            ("mass", ""),
            ("input", albumin.as_str()),
            ("mass", ""),
            ("decimals", decimals),
            ("shown", shown.as_str()),
        ];
        let proposed = self.service.post(who, "/calculations/new", &fields).await;
        assert_eq!(proposed.status, StatusCode::SEE_OTHER, "{}", proposed.text());
        let again = self.service.post(who, "/calculations/new", &fields).await;
        assert_eq!(again.location(), proposed.location(), "a form that comes twice makes one");
        proposed.location().to_owned()
    }

    async fn approve(&self, calculation: &str) {
        let director = &self.service.world.director;
        let shown = self.service.shown(director, calculation).await;
        let fields = [("password", PASSWORD), ("shown", shown.as_str())];
        let approved = self.service.post(director, calculation, &fields).await;
        assert_eq!(approved.status, StatusCode::SEE_OTHER, "{}", approved.text());
    }

    /// Files values in the laboratory's units, as a link does.
    async fn report(&self, barcode: &str, values: &[(&str, &str)]) {
        let link = self.service.world.link("cobas-c111", "127.0.0.1:0").await;
        let catalog = self.service.world.catalog().await;
        let measurement = |(key, value): &(&str, &str)| {
            let analyte = catalog.analyte_by_key(key).unwrap();
            Measurement {
                analyte: analyte.id,
                code: analyte.short.clone(),
                value: (*value).to_owned(),
                unit: analyte.unit.clone(),
                answer: None,
                sent: None,
                measured_at: None,
                holds: Vec::new(),
                mapping: None,
                unfit: None,
                run: RunDetails::default(),
            }
        };
        let report = ReportResults {
            link: link.0,
            instrument: "C111".to_owned(),
            measured_by: None,
            barcode: barcode.to_owned(),
            measurements: values.iter().map(measurement).collect(),
            tube: None,
            origin: None,
        };
        self.service.world.run(Actor::Link(link.0), report).await.unwrap();
    }

    async fn marks(&self, specimen: SpecimenId) -> Vec<String> {
        let of = self.service.world.lab.read(move |s| Ok(results::of_specimen(s, specimen)?)).await.unwrap();
        of.iter().map(|r| format!("{}:{}:held", r.id, r.version)).collect()
    }
}

#[tokio::test]
async fn a_calculation_is_proposed_and_signed_with_all_that_it_says() {
    let bench = Bench::new().await;
    let (service, director) = (&bench.service, &bench.service.world.director);
    assert!(service.get(director, "/calculations").await.page().contains("No calculations yet"));
    let form = service.get(&bench.supervisor, "/calculations/new?formula=calcium-corrected-si").await.page();
    for part in ["calcium + 0.02 × (40 − albumin)", "Payne", "The formula holds for values above 0 g/L."] {
        assert!(form.contains(part), "{part}: {form}");
    }
    assert!(!form.contains("(U/L)</option>"), "what does not convert is not offered: {form}");
    assert!(form.contains("selected>Calcium, total (mmol/L)"), "the analyte of the same name is suggested: {form}");
    let calculation = bench.propose().await;
    let page = service.get(&bench.supervisor, &calculation).await.page();
    assert!(!page.contains("name=\"password\""), "a supervisor signs nothing: {page}");
    let page = service.get(director, &calculation).await.page();
    for part in ["calcium + 0.02 × (40 − albumin)", "Payne", "above 0 g/L", "I approve this formula", "Proposed"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let wrong = service.post(director, &calculation, &[("password", "not it"), ("shown", "0")]).await.again();
    assert!(wrong.contains("href=\"#password\""), "{wrong}");
    let fields = [("password", PASSWORD), ("shown", "1")];
    let stale = service.post(director, &calculation, &fields).await.again();
    assert!(stale.contains("changed"), "{stale}");
    bench.approve(&calculation).await;
    let list = service.get(director, "/calculations").await.page();
    assert!(list.contains("Approved") && list.contains("director of the test"), "{list}");
    let again = service.post(director, &calculation, &fields).await.again();
    assert!(again.contains("was decided already: by director of the test"), "{again}");

    // Who proposed it does not sign it.
    let own_proposal = bench.propose_as(director, "1").await;
    let page = service.get(director, &own_proposal).await.page();
    assert!(
        page.contains("You proposed this calculation yourself") && !page.contains("I approve this formula"),
        "{page}"
    );
    let own = service.post(director, &own_proposal, &[("password", PASSWORD), ("shown", "1")]).await.again();
    assert!(own.contains("You proposed this calculation yourself"), "{own}");

    let end = format!("{calculation}/end");
    let shown = service.shown(director, &calculation).await;
    let reasonless = service.post(director, &end, &[("reason", " "), ("shown", &shown)]).await.again();
    assert!(reasonless.contains("Give a reason"), "{reasonless}");
    let ended = service.post(director, &end, &[("reason", "not wanted"), ("shown", &shown)]).await;
    assert_eq!(ended.status, StatusCode::SEE_OTHER, "{}", ended.text());
    let all = service.world.lab.read(|s| Ok(calculations::all(s)?)).await.unwrap();
    assert_eq!(all.iter().map(|c| c.is_in_force()).collect::<Vec<_>>(), [false, false]);
}

#[tokio::test]
async fn what_is_refused_stays_in_the_form_with_the_reason() {
    let bench = Bench::new().await;
    let [of, sodium] = [bench.analyte("egfr_ckdepi2021").await, bench.analyte("creatinine").await];
    let form = "/calculations/new?formula=egfr-ckd-epi-2021-creatinine";
    let fields = |mass: &'static str, decimals: &'static str| {
        [
            ("formula", "egfr-ckd-epi-2021-creatinine"),
            ("analyte", of.as_str()),
            ("input", sodium.as_str()),
            ("mass", mass),
            ("decimals", decimals),
        ]
    };
    let cases = [
        ("", "0", "Give the molar mass"),
        ("x", "0", "cannot be read"),
        ("113.12", "", "from 0 to 6"),
        ("113.12", "12", "from 0 to 6"),
    ];
    for (mass, decimals, why) in cases {
        let shown = bench.service.shown(&bench.supervisor, form).await;
        let fields = [&fields(mass, decimals)[..], &[("shown", shown.as_str())]].concat();
        let page = bench.service.post(&bench.supervisor, "/calculations/new", &fields).await.again();
        assert!(page.contains(why), "{why}: {page}");
        assert!(page.contains(&format!("name=\"mass\" value=\"{mass}\"")), "what was typed stays: {page}");
    }
}

#[tokio::test]
async fn a_calculated_result_says_from_what_and_a_missing_one_says_why() {
    let bench = Bench::new().await;
    let (service, technician) = (&bench.service, &bench.service.world.technician);
    bench.approve(&bench.propose().await).await;
    let patient = service.world.patient("MRN-1").await;
    let tests = ["calcium", "albumin", "calcium_corrected"];
    let (_, specimen) = service.world.received(patient, &tests, "T1").await;
    let page = service.get(technician, &format!("/specimens/{specimen}")).await.page();
    assert!(page.contains("Not calculated: there is no result for Calcium, total."), "{page}");

    bench.report("T1", &[("calcium", "2.10"), ("albumin", "28")]).await;
    let said = "Calculated from Calcium, total 2.10, Albumin 28";
    let page = service.get(technician, &format!("/specimens/{specimen}")).await.page();
    assert!(page.contains(said) && !page.contains("Not calculated"), "{page}");
    assert!(page.contains("Calculated results: +1 −0"), "{page}");
    let review = service.get(technician, "/review").await.page();
    assert!(review.contains(said), "{review}");
    let marks = bench.marks(specimen).await;
    let calculated = [("mark", marks[2].as_str()), ("password", PASSWORD)];
    let refused = service.post(technician, "/review/signed", &calculated).await.again();
    assert!(refused.contains("is calculated from Calcium, total, which is not verified"), "{refused}");
    let mut all: Vec<(&str, &str)> = marks.iter().map(|mark| ("mark", mark.as_str())).collect();
    let shown = service.post(technician, "/review/sign", &all).await.page();
    assert!(shown.contains(said), "what is signed says so: {shown}");
    all.push(("password", PASSWORD));
    let signed = service.post(technician, "/review/signed", &all).await;
    assert_eq!(signed.status, StatusCode::SEE_OTHER, "{}", signed.text());
}
