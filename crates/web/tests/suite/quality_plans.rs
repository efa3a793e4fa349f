//! Control plans: from a result that is held because its test system has none, through a proposal and a signature, to a result that may
//! be released.

use crate::common::{Answer, PASSWORD, Person, Service, world};
use axum::http::StatusCode;
use titer_lab::instruments::InstrumentId;
use titer_lab::quality::commands::AddMaterial;
use titer_lab::quality::{PlanBody, PlanKind};
use titer_lab::systems::commands::{DescribeSystems, VerifySystems};
use titer_lab::systems::views::System;
use titer_lab::{Actor, Role};
use titer_link::links::LinkId;
use titer_store::PLACES;

/// A laboratory just after the update: its test systems are in use, and none of them has a control plan.
struct Bench {
    service: Service,
    supervisor: Person,
    link: LinkId,
    instrument: String,
}

/// What the form of controls that are kept here sends, but for the marks and the levels.
const HERE: [(&str, &str); 5] = [
    ("rules", "multi"),
    ("controls_per_level", "1"),
    ("hours", "24"),
    ("times", "15:00, 7:00"),
    ("window_minutes", "120"),
];

impl Bench {
    async fn new() -> Self {
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
        let bench = Bench { service, supervisor, link, instrument };
        bench.described(&["sodium", "potassium"]).await;
        bench
    }

    /// Puts test systems of these analytes into use.
    async fn described(&self, analytes: &[&str]) {
        let world = &self.service.world;
        let (catalog, instrument) = (world.catalog().await, self.instrument.parse().unwrap());
        let system = |key: &&str| world::system(catalog.analyte_by_key(key).unwrap(), InstrumentId(instrument));
        let described = analytes.iter().map(system).collect();
        let described = world.run(Actor::Console, DescribeSystems(described)).await.unwrap();
        let systems = described.into_iter().map(|id| (id, id.0 / PLACES)).collect();
        let signed = world.sign(&world.director).await;
        let verify = VerifySystems { systems, record: world::record(), file: None, signed };
        world.run(world.director.actor(), verify).await.unwrap();
    }

    /// The test system of an analyte.
    async fn system(&self, analyte: &str) -> System {
        let world = &self.service.world;
        let (lab, analyte) = (world.lab.clone(), world.catalog().await.analyte_by_key(analyte).unwrap().id);
        let known = world.lab.read(move |s| Ok(lab.systems(s)?)).await.unwrap();
        known.all().iter().find(|system| system.analyte == analyte).unwrap().clone()
    }

    /// What the plan in force of an analyte says.
    async fn plan(&self, analyte: &str) -> Option<(PlanKind, PlanBody)> {
        let (lab, system) = (self.service.world.lab.clone(), self.system(analyte).await.id);
        let quality = self.service.world.lab.read(move |s| Ok(lab.quality(s)?)).await.unwrap();
        quality.plan(system).map(|plan| (plan.kind, plan.body.clone()))
    }

    /// The marks of all proposals, as the page that is signed shows them.
    async fn marks(&self) -> Vec<String> {
        let page = self.service.get(&self.service.world.director, "/quality/plans/sign").await.page();
        let marks = page.split("name=\"mark\" value=\"").skip(1).map(|rest| rest.split_once('"').unwrap());
        marks
            .map(|(mark, rest)| (mark.to_owned(), rest))
            .map(|(mark, rest)| {
                assert!(!rest.starts_with(" checked"), "the director marks each one");
                mark
            })
            .collect()
    }

    async fn sign(&self, who: &Person, marks: &[String], password: &str) -> Answer {
        let mut fields: Vec<(&str, &str)> = marks.iter().map(|mark| ("mark", mark.as_str())).collect();
        fields.push(("password", password));
        self.service.post(who, "/quality/plans/sign", &fields).await
    }

    fn form(&self, kind: &str) -> String {
        format!("/quality/plans/{kind}/{}", self.instrument)
    }
}

/// A field of a form: its name and what is typed.
type Field = (&'static str, &'static str);

#[tokio::test]
async fn a_result_without_a_plan_is_released_once_the_director_has_signed_one() {
    let bench = Bench::new().await;
    let (service, supervisor, director) = (&bench.service, &bench.supervisor, &bench.service.world.director);
    let patient = service.world.patient("MRN-1").await;
    let (_, specimen) = service.world.received(patient, &["sodium", "potassium"], "T1").await;
    service.measured(bench.link, "T1", &[("550", "140", "mmol/L"), ("551", "4.1", "mmol/L")]).await;
    let holds = || async {
        let results = service.world.results(specimen).await;
        results.into_iter().map(|r| r.holds).collect::<Vec<_>>()
    };
    assert_eq!(holds().await, [["control-unplanned"], ["control-unplanned"]]);

    let board = service.get(supervisor, "/quality").await.page();
    assert!(board.contains("2 test systems have no control plan. Their results"), "{board}");
    assert!(board.contains("href=\"/quality/plans\""), "{board}");
    let list = service.get(supervisor, "/quality/plans").await.page();
    for part in ["Chemistry 1", "Potassium", "No plan", "2 test systems have no control plan", &bench.form("elsewhere")]
    {
        assert!(list.contains(part), "{part}: {list}");
    }
    let technician = service.get(&service.world.technician, "/quality/plans").await.page();
    assert!(!technician.contains(&bench.form("elsewhere")), "{technician}");

    let [sodium, potassium] = [bench.system("sodium").await.id, bench.system("potassium").await.id];
    let address = bench.form("elsewhere");
    let page = service.get(supervisor, &address).await.page();
    assert!(page.contains("<span>Mark all</span>"), "{page}");
    assert_eq!(page.matches("\" checked").count(), 0, "nothing is marked beforehand: {page}");
    let only = service.get(supervisor, &format!("{address}?system={potassium}")).await.page();
    assert_eq!(only.matches("\" checked").count(), 1, "{only}");
    let (sodium, potassium) = (sodium.to_string(), potassium.to_string());
    let typed = [("place", "Middleware <7>"), ("procedure", "SOP 12")];
    let again = service.make(supervisor, &address, &typed).await.again();
    assert!(again.contains("Mark at least one") && again.contains("Middleware &#60;7&#62;"), "{again}");
    let marked = [("mark", sodium.as_str()), ("mark", &potassium)];
    let again = service.make(supervisor, &address, &[&marked[..], &[("place", "x")]].concat()).await.again();
    assert!(again.contains("href=\"#procedure\"") && again.matches("\" checked").count() == 2, "{again}");
    let done = service.make(supervisor, &address, &[&marked[..], &typed].concat()).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    let list = service.get(supervisor, done.location()).await.page();
    for part in
        ["2 proposals wait for the signature", "Kept elsewhere: Middleware &#60;7&#62;.", "Proposed by supervisor"]
    {
        assert!(list.contains(part), "{part}: {list}");
    }
    assert!(!list.contains("href=\"/quality/plans/sign\""), "a supervisor does not sign");
    assert!(list.contains("2 test systems have no control plan"), "a proposal releases nothing: {list}");

    let list = service.get(director, "/quality/plans").await.page();
    assert!(list.contains("href=\"/quality/plans/sign\""), "{list}");
    let marks = bench.marks().await;
    assert_eq!(marks.len(), 2);
    let again = bench.sign(director, &marks, "wrong").await.again();
    assert_eq!(again.matches("\" checked").count(), 2, "{again}");
    assert!(bench.sign(director, &[], PASSWORD).await.again().contains("Mark at least one"));
    assert_eq!(bench.plan("sodium").await, None);
    let done = bench.sign(director, &marks[..1], PASSWORD).await;
    assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, "/quality/plans"));
    let board = service.get(supervisor, "/quality").await.page();
    assert!(board.contains("One test system has no control plan. Its results"), "{board}");
    let again = bench.sign(director, &marks, PASSWORD).await.again();
    assert!(again.contains("changed this ("), "what is signed is not signed again: {again}");
    bench.sign(director, &marks[1..], PASSWORD).await;
    service.world.judge().await;
    assert_eq!(holds().await, [Vec::<String>::new(), Vec::new()], "they may be released");
    let board = service.get(supervisor, "/quality").await.page();
    assert!(!board.contains("no control plan") && board.contains("Kept elsewhere"), "{board}");
}

#[tokio::test]
async fn controls_are_kept_here_by_rules_that_fit_their_levels() {
    let bench = Bench::new().await;
    let (service, supervisor, director) = (&bench.service, &bench.supervisor, &bench.service.world.director);
    let address = bench.form("here");
    let none = service.get(supervisor, &address).await.page();
    assert!(none.contains("No control material is on record"), "{none}");
    let add = AddMaterial { name: "Multi".to_owned(), maker: "Maker".to_owned(), levels: 3 };
    let material = service.world.run(Actor::Console, add).await.unwrap();
    let level = |level: u8| format!("{material}:{level}");
    let (one, two, three) = (level(1), level(2), level(3));
    bench.described(&["hiv_ag_ab"]).await;
    let (sodium, coded) = (bench.system("sodium").await.id.to_string(), bench.system("hiv_ag_ab").await.id.to_string());
    let marked = [("mark", sodium.as_str()), ("mark", &coded)];
    let sent = |levels: &[&str], other: &[Field]| {
        let mut fields: Vec<(String, String)> = Vec::new();
        let kept = HERE.iter().filter(|(name, _)| other.iter().all(|(changed, _)| changed != name));
        fields.extend(marked.iter().chain(kept).chain(other).map(|(n, v)| ((*n).to_owned(), (*v).to_owned())));
        fields.extend(levels.iter().map(|level| ("level".to_owned(), (*level).to_owned())));
        fields
    };
    let make = |fields: Vec<(String, String)>| {
        let (service, address) = (&bench.service, &address);
        async move {
            let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            service.make(supervisor, address, &fields).await
        }
    };
    let both = [one.as_str(), &two];
    let wrong: [(&[&str], &[Field], &str); 9] = [
        (&[], &[("rules", "single")], "#level"),
        (&["7:1", "8:1"], &[], "#level"),
        (&both[..1], &[], "#rules"),
        (&both, &[("rules", "")], "#rules"),
        (&both, &[("controls_per_level", "x")], "#controls_per_level"),
        (&both, &[("hours", "")], "#hours"),
        (&both, &[("hours", "48")], "#individualised"),
        (&both, &[("times", "07:00 25:00")], "#times"),
        (&both, &[("window_minutes", "-1")], "#window_minutes"),
    ];
    for (levels, other, field) in wrong {
        let again = make(sent(levels, other)).await.again();
        assert!(again.contains(&format!("href=\"{field}\"")), "{field}: {again}");
        assert!(again.contains(&format!("value=\"{sodium}\" checked")), "{field}: what was marked stays");
    }
    let done = make(sent(&both, &[])).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    let page = service.get(director, "/quality/plans/sign").await.page();
    for part in [
        "Kept here: level 1: Multi, level 1; level 2: Multi, level 2.",
        "Rejected by: 1-3s 2-2s R-4s.",
        "As expected, or not.",
        "One control of each level within 120 minutes.",
        "Supports results for 24 hours.",
        "Due each day at 07:00, 15:00.",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    bench.sign(director, &bench.marks().await, PASSWORD).await;
    let (kind, body) = bench.plan("sodium").await.unwrap();
    assert_eq!((kind, body.hours, body.times), (PlanKind::Here, 24, vec!["07:00".to_owned(), "15:00".to_owned()]));
    assert_eq!(bench.plan("hiv_ag_ab").await.unwrap().1.rules, None);

    // A plan in force is replaced for a reason only, and nobody signs what they proposed.
    let all = [one.as_str(), &two, &three];
    let again = make(sent(&all, &[("rules", "full")])).await.again();
    assert!(again.contains("href=\"#reason\""), "{again}");
    let why = [("rules", "full"), ("reason", "A third level"), ("hours", "48"), ("individualised", "IQCP 3")];
    let fields = sent(&all, &why);
    let mut fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let shown = service.shown(director, &address).await;
    fields.push(("shown", &shown));
    assert_eq!(service.post(director, &address, &fields).await.status, StatusCode::SEE_OTHER);
    assert_eq!(service.post(director, &address, &fields).await.status, StatusCode::SEE_OTHER);
    assert_eq!(bench.marks().await, Vec::<String>::new(), "the director proposed them");
    let page = service.get(director, "/quality/plans/sign").await.page();
    for part in ["You proposed this", "Why: A third level", "1-3s 2of3-2s R-4s 3-1s 6x", "plan: IQCP 3"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let list = service.get(director, &format!("/quality/plans?state=proposed&system={sodium}")).await.page();
    assert!(list.contains("Sodium") && !list.contains("HIV"), "{list}");
    let system = service.get(director, &format!("/systems/{sodium}")).await.page();
    assert!(system.contains(&format!("/quality/plans?system={sodium}")), "{system}");
}
