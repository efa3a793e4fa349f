use std::{collections::BTreeSet, fs, path::Path};

use titer_lab::{
    Action, Actor, Command, Ctx, Decision, Failure, Role,
    accounts::Signed,
    catalog::AnalyteId,
    instruments::commands::{AddInstrument, ChangeInstrument, Description},
    results::commands::{Measurement, ReportResults, RunDetails},
};
use titer_store::Read;

use super::{
    LinkId, MappingId, MappingState,
    commands::{
        AddLink, AdoptMappings, ApproveMappings, AttachLinks, ConfirmMappings, ProposeMapping, RemoveLink,
        WithdrawEquating, WithdrawMappings, WithdrawProposals, withdraw,
    },
    events::{Mapping, MappingApproved, MappingProposed, Signature},
    instruments,
    operating::{self, EndRecording, PauseLink, RecordLink, ResumeLink, SecureLink, Tls},
    unit::filed_as,
    views,
};
use crate::{
    follow,
    inbox::{
        MessageId,
        commands::{DismissMessage, KeepMessage, NoteReplay},
    },
    testing::{World, add_link, code, person},
};

fn right() -> AddLink {
    add_link("cobas-c111", "127.0.0.1:4001")
}

#[tokio::test]
async fn a_link_has_a_name_and_an_address_of_its_own_and_a_dialect_that_there_is() {
    let world = World::standing().await;
    let taken = AddLink { name: "first".to_owned(), ..right() };
    world.run(Actor::Console, taken).await.unwrap();
    let at = |address: &str, listens| AddLink { address: address.to_owned(), listens, ..right() };
    let peers = |peers: &[&str]| AddLink {
        peers: peers.iter().map(|p| (*p).to_owned()).collect(),
        ..at("127.0.0.1:4002", true)
    };
    let cases = [
        (AddLink { name: " ".to_owned(), ..right() }, "text-missing"),
        (AddLink { name: "x".repeat(301), ..right() }, "text-too-long"),
        (AddLink { name: " first ".to_owned(), ..at("127.0.0.1:4002", true) }, "links-name-taken"),
        (AddLink { name: "F1rst.".to_owned(), ..at("127.0.0.1:4002", true) }, "links-name-taken"),
        (AddLink { protocol: "hl7".to_owned(), ..right() }, "links-protocol-unknown"),
        (AddLink { dialect: "cobas-c112".to_owned(), ..at("127.0.0.1:4002", true) }, "links-dialect-unknown"),
        (at("", true), "text-missing"),
        (at("127.0.0.1", true), "links-address"),
        (at("analyzer.example:4001", true), "links-address"),
        (at(" 127.0.0.1:4001 ", true), "links-address-taken"),
        (peers(&["10.0.0.1", "analyzer"]), "links-peer"),
        (peers(&["10.0.0.0/8"]), "links-peer"),
        (peers(&["10.0.0.1", "fe80::1"]), "done"),
        (AddLink { name: "out".to_owned(), ..at("analyzer.example:4001", false) }, "done"),
    ];
    for (add, expected) in cases {
        let shown = format!("{:?} {:?} {:?}", add.name, add.address, add.peers);
        assert_eq!(code(world.run(Actor::Console, add).await), expected, "{shown}");
    }
    let links = world.lab.read(|s| Ok(views::links(s)?)).await.unwrap();
    let peers: Vec<_> = links.iter().map(|l| l.peers.join(" ")).collect();
    assert_eq!(
        peers,
        ["127.0.0.1 ::1", "10.0.0.1 fe80::1", "127.0.0.1 ::1"],
        "this machine only, unless others are listed"
    );
}

#[tokio::test]
async fn a_link_that_was_removed_gives_its_name_and_address_free_and_is_remembered() {
    let world = World::standing().await;
    let first = world.run(Actor::Console, right()).await.unwrap();
    let remove = async |link| code(world.run(Actor::Console, RemoveLink { link }).await);
    assert_eq!(remove(LinkId(1)).await, "links-unknown");
    assert_eq!(remove(first).await, "done");
    assert_eq!(remove(first).await, "links-unknown");
    assert_eq!(code(world.propose(first, "550", "U/L", "alp").await), "links-unknown");
    let second = world.run(Actor::Console, right()).await.unwrap();
    let by_name = world.lab.read(|s| Ok(views::by_name(s, "cobas-c111")?)).await.unwrap();
    assert_eq!(by_name.map(|l| l.id), Some(second));
    let removed = world.lab.read(move |s| Ok(views::link(s, first)?)).await.unwrap().unwrap();
    assert!(removed.removed);
}

#[tokio::test]
async fn an_instrument_stands_on_a_link_that_there_is_and_stays_on_one_that_was_removed() {
    let world = World::standing().await;
    let link = world.run(Actor::Console, right()).await.unwrap();
    let other = world.run(Actor::Console, add_link("titer-sim-chemistry", "127.0.0.1:4002")).await.unwrap();
    world.run(Actor::Console, RemoveLink { link: other }).await.unwrap();
    let described = |name: &str, link: Option<LinkId>| Description {
        name: name.to_owned(),
        kind: "analyzer".to_owned(),
        module: String::new(),
        link: link.map(|l| l.0),
    };
    let add = async |description| {
        let submitted = world.lab.submit(Actor::Console, None, |tx| instruments::add(tx, AddInstrument(description)));
        submitted.await
    };
    for gone in [LinkId(1), other] {
        assert_eq!(code(add(described("cobas", Some(gone))).await), "links-unknown");
    }
    let instrument = add(described("cobas", Some(link))).await.unwrap();
    let change = async |description| {
        let change = ChangeInstrument { instrument, description };
        code(world.lab.submit(Actor::Console, None, |tx| instruments::change(tx, change)).await)
    };
    assert_eq!(change(described("cobas", Some(other))).await, "links-unknown");
    world.run(Actor::Console, RemoveLink { link }).await.unwrap();
    assert_eq!(change(described("cobas c 111", Some(link))).await, "done", "another name on the link that it has");
    assert_eq!(change(described("cobas c 111", None)).await, "done");
    assert_eq!(change(described("cobas c 111", Some(link))).await, "links-unknown");
}

#[tokio::test]
async fn a_dialect_s_mappings_are_proposals() {
    let world = World::standing().await;
    let link = world.run(Actor::Console, add_link("titer-sim-chemistry", "127.0.0.1:4001")).await.unwrap();
    let mappings = world.mappings(link).await;
    assert_eq!(mappings.len(), 14);
    assert!(mappings.iter().all(|m| (m.state, m.proposer) == (MappingState::Proposed, Actor::Console)));
    let sodium = world.catalog().await.analyte_by_key("sodium").unwrap().id;
    assert_eq!((mappings[0].code.as_str(), mappings[0].unit.as_str(), mappings[0].analyte), ("Na", "mmol/L", sodium));
}

#[tokio::test]
async fn a_code_in_one_unit_and_kind_of_specimen_means_one_analyte() {
    let world = World::standing().await;
    let link = world.run(Actor::Console, right()).await.unwrap();
    let analyte = world.catalog().await.analyte_by_key("alp").unwrap().id;
    let propose = |code: &str, unit: &str| ProposeMapping {
        link,
        code: code.to_owned(),
        unit: unit.to_owned(),
        specimen: String::new(),
        analyte,
        answer: None,
    };
    let of = |specimen: &str| ProposeMapping { specimen: specimen.to_owned(), ..propose("550", "U/L") };
    let gone = titer_lab::catalog::AnalyteId(1);
    let cases = [
        (ProposeMapping { link: LinkId(1), ..propose("550", "U/L") }, "links-unknown"),
        (propose(" ", "U/L"), "text-missing"),
        (propose("550", "U\u{7}L"), "text-control"),
        (ProposeMapping { analyte: gone, ..propose("550", "U/L") }, "catalog-analyte-gone"),
        (propose("550", "U/L"), "done"),
        (propose(" 550", "U/L "), "links-mapping-taken"),
        (propose("550", "ukat/L"), "done"),
        (propose("550", ""), "done"),
        (of(" UR "), "done"),
        (of("UR"), "links-mapping-taken"),
        (of("U\u{7}R"), "text-control"),
        (of("SER"), "done"),
    ];
    for (propose, expected) in cases {
        let shown = format!("{:?} {:?}", propose.code, propose.unit);
        assert_eq!(code(world.run(world.technician.actor(), propose).await), expected, "{shown}");
    }
}

/// One person proposes, another approves, and somebody compares with the printout.
#[tokio::test]
async fn a_mapping_goes_from_proposed_to_approved_to_confirmed_by_signatures() {
    let world = World::standing().await;
    let link = world.run(Actor::Console, right()).await.unwrap();
    let other = world.run(Actor::Console, add_link("titer-sim-chemistry", "127.0.0.1:4002")).await.unwrap();
    let foreign = world.mappings(other).await[0].id;
    let analyte = world.catalog().await.analyte_by_key("alp").unwrap().id;
    let propose = |code: &str| ProposeMapping {
        link,
        code: code.to_owned(),
        unit: "U/L".to_owned(),
        specimen: String::new(),
        analyte,
        answer: None,
    };
    let theirs = world.run(world.technician.actor(), propose("550")).await.unwrap();
    let own = world.run(world.director.actor(), propose("551")).await.unwrap();
    // What is asked of which mappings, and the states of the two after it.
    use MappingState::{Approved, Confirmed, Proposed};
    let steps = [
        ("approve", vec![], "links-mapping-changed", [Proposed, Proposed]),
        ("approve", vec![MappingId(1)], "links-mapping-changed", [Proposed, Proposed]),
        ("approve", vec![theirs, foreign], "links-mapping-changed", [Proposed, Proposed]),
        ("approve", vec![theirs, own], "links-mapping-own", [Proposed, Proposed]),
        ("approve", vec![own], "links-mapping-own", [Proposed, Proposed]),
        ("confirm", vec![theirs], "links-mapping-changed", [Proposed, Proposed]),
        ("approve", vec![theirs], "done", [Approved, Proposed]),
        ("approve", vec![theirs], "links-mapping-changed", [Approved, Proposed]),
        ("confirm", vec![theirs, own], "links-mapping-changed", [Approved, Proposed]),
        ("confirm", vec![theirs], "done", [Confirmed, Proposed]),
        ("confirm", vec![theirs], "links-mapping-changed", [Confirmed, Proposed]),
    ];
    for (step, mappings, expected, states) in steps {
        let shown = format!("{step} {mappings:?}");
        let done = match step {
            "approve" => world.approve(link, mappings, &world.director).await,
            _ => world.confirm(link, mappings).await,
        };
        assert_eq!(code(done), expected, "{shown}");
        assert_eq!(world.states(link).await, states, "{shown}");
    }
    let mapping = world.mappings(link).await.remove(0);
    let by = Some("director of the test".to_owned());
    assert_eq!((mapping.approved_by, mapping.confirmed_by), (by.clone(), by));
}

#[tokio::test]
async fn a_mapping_that_was_changed_behind_the_journal_is_neither_approved_nor_confirmed_but_can_be_withdrawn() {
    let world = World::standing().await;
    let link = world.run(Actor::Console, right()).await.unwrap();
    let mapping = world.propose(link, "550", "U/L", "alp").await.unwrap();
    let tamper = |set: &str| {
        let raw = rusqlite::Connection::open(world.folder.path().join("lab-1.sqlite")).unwrap();
        assert_eq!(raw.execute(&format!("UPDATE mappings SET {set} WHERE id = {}", mapping.0), []).unwrap(), 1);
    };
    let approve = async || code(world.approve(link, vec![mapping], &world.director).await);
    for (change, back) in
        [("analyte = analyte + 1024", "analyte = analyte - 1024"), ("unit = 'mmol/L'", "unit = 'U/L'")]
    {
        tamper(change);
        assert_eq!(approve().await, "links-mapping-not-as-journalled", "{change}");
        tamper(back);
    }
    assert_eq!(approve().await, "done");
    tamper("code = '551'");
    let confirm = ConfirmMappings { link, mappings: vec![mapping], signed: world.sign(&world.director).await };
    assert_eq!(code(world.run(world.director.actor(), confirm).await), "links-mapping-not-as-journalled");
    let withdraw = WithdrawMappings { link, mappings: vec![mapping], signed: world.sign(&world.director).await };
    let why = Some("somebody changed it".to_owned());
    assert_eq!(code(world.lab.submit(world.director.actor(), why, move |tx| tx.run(withdraw)).await), "done");
}

/// Neither the command line nor a dialect is one of the two people whom a mapping needs.
#[tokio::test]
async fn what_no_person_proposed_is_proposed_by_one_person_and_approved_by_another() {
    let world = World::standing().await;
    let link = world.run(Actor::Console, add_link("titer-sim-chemistry", "127.0.0.1:4001")).await.unwrap();
    let (first, second) = (world.mappings(link).await[0].id, world.mappings(link).await[1].id);
    let adopt = async |who, mappings: Vec<MappingId>| code(world.run(who, AdoptMappings { link, mappings }).await);
    assert_eq!(code(world.approve(link, vec![first], &world.director).await), "links-mapping-nobodys");
    assert_eq!(adopt(Actor::Console, vec![first]).await, "people-not-a-person");
    assert_eq!(adopt(world.director.actor(), vec![]).await, "links-mapping-changed");
    assert_eq!(adopt(world.director.actor(), vec![first, second]).await, "done");
    assert_eq!(adopt(world.technician.actor(), vec![first]).await, "links-mapping-changed", "it is the director's");
    assert_eq!(world.mappings(link).await[0].proposer, world.director.actor());
    assert_eq!(code(world.approve(link, vec![first], &world.director).await), "links-mapping-own");
    let supervisor = person(&world.house, &world.lab, &world.passwords, "supervisor", Role::Supervisor).await;
    assert_eq!(code(world.approve(link, vec![first], &supervisor).await), "done");
    assert_eq!(adopt(world.technician.actor(), vec![first]).await, "links-mapping-changed", "it is approved");
}

#[tokio::test]
async fn a_mapping_is_withdrawn_with_a_reason_and_once_in_use_by_a_signature() {
    let world = World::standing().await;
    let link = world.run(Actor::Console, right()).await.unwrap();
    let (technician, director) = (world.technician.actor(), world.director.actor());
    let proposal = world.propose(link, "550", "U/L", "alp").await.unwrap();
    let in_use = world.propose(link, "551", "U/L", "alt").await.unwrap();
    world.approve(link, vec![in_use], &world.director).await.unwrap();
    let retract = async |who, why: Option<&str>, mappings: Vec<MappingId>| {
        let why = why.map(str::to_owned);
        code(world.lab.submit(who, why, move |tx| tx.run(WithdrawProposals { link, mappings })).await)
    };
    assert_eq!(retract(technician, None, vec![proposal]).await, "links-withdrawal-needs-reason");
    assert_eq!(retract(technician, Some(" "), vec![proposal]).await, "links-withdrawal-needs-reason");
    assert_eq!(retract(technician, Some("typed wrongly"), vec![in_use]).await, "links-mapping-changed");
    assert_eq!(retract(technician, Some("typed wrongly"), vec![proposal]).await, "done");
    assert_eq!(retract(technician, Some("typed wrongly"), vec![proposal]).await, "links-mapping-changed");
    assert_eq!(code(world.approve(link, vec![proposal], &world.director).await), "links-mapping-changed");

    let sign = async |link, why: Option<&str>, mappings: Vec<MappingId>| {
        let command = WithdrawMappings { link, mappings, signed: world.sign(&world.director).await };
        let why = why.map(str::to_owned);
        code(world.lab.submit(director, why, move |tx| withdraw(tx, command)).await)
    };
    assert_eq!(sign(LinkId(1), Some("a test"), vec![in_use]).await, "links-unknown");
    assert_eq!(sign(link, None, vec![in_use]).await, "links-withdrawal-needs-reason");
    assert_eq!(sign(link, Some("a test"), vec![in_use]).await, "done");
    assert_eq!(sign(link, Some("a test"), vec![in_use]).await, "links-mapping-changed");
    let proof = world.sign(&world.technician).await;
    let theirs = WithdrawMappings { link, mappings: vec![in_use], signed: proof };
    assert_eq!(code(world.run(director, theirs).await), "accounts-signed-by-another");
    assert_eq!(world.states(link).await, [MappingState::Withdrawn; 2]);
    world.propose(link, "551", "U/L", "ast").await.expect("the code may be given another meaning");
}

#[tokio::test]
async fn another_person_s_proof_approves_and_confirms_nothing() {
    let world = World::standing().await;
    let link = world.run(Actor::Console, right()).await.unwrap();
    let mapping = world.propose(link, "550", "U/L", "alp").await.unwrap();
    let signed = world.sign(&world.technician).await;
    let approve = ApproveMappings { link, mappings: vec![mapping], signed: signed.clone() };
    assert_eq!(code(world.run(world.director.actor(), approve).await), "accounts-signed-by-another");
    let confirm = ConfirmMappings { link, mappings: vec![mapping], signed };
    assert_eq!(code(world.run(world.director.actor(), confirm).await), "accounts-signed-by-another");
}

#[tokio::test]
async fn every_change_of_a_link_or_its_mappings_raises_its_version() {
    let world = World::standing().await;
    let link = world.run(Actor::Console, right()).await.unwrap();
    let version = async || world.lab.read(move |s| Ok(views::link(s, link)?)).await.unwrap().unwrap().version;
    let mut versions = vec![version().await];
    let mapping = world.propose(link, "550", "U/L", "alp").await.unwrap();
    versions.push(version().await);
    world.approve(link, vec![mapping], &world.director).await.unwrap();
    versions.push(version().await);
    world.confirm(link, vec![mapping]).await.unwrap();
    versions.push(version().await);
    world.run(Actor::Console, RemoveLink { link }).await.unwrap();
    versions.push(version().await);
    assert!(versions.is_sorted_by(|a, b| a < b), "{versions:?}");
}

#[tokio::test]
async fn a_link_is_paused_for_a_reason_and_resumed() {
    let world = World::standing().await;
    let link = world.run(Actor::Console, right()).await.unwrap();
    let pause = async |link, why: Option<&str>| {
        let why = why.map(str::to_owned);
        code(world.lab.submit(Actor::Console, why, move |tx| tx.run(PauseLink { link })).await)
    };
    let resume = async |link| code(world.run(Actor::Console, ResumeLink { link }).await);
    assert_eq!(pause(LinkId(1), Some("why")).await, "links-unknown");
    assert_eq!(pause(link, None).await, "links-pause-needs-reason");
    assert_eq!(pause(link, Some(" ")).await, "links-pause-needs-reason");
    assert_eq!(resume(link).await, "links-not-paused");
    assert_eq!(pause(link, Some(" its lamp is changed ")).await, "done");
    assert_eq!(pause(link, Some("again")).await, "links-paused");
    let operated = || world.lab.read(|s| Ok(operating::operated(s)?.remove(0)));
    let paused = operated().await.unwrap().pause.unwrap();
    assert_eq!((paused.link, paused.why.as_str()), (link, "its lamp is changed"));
    assert_eq!((paused.at, paused.by), (world.now(), Actor::Console));
    assert_eq!(resume(LinkId(1)).await, "links-unknown");
    assert_eq!(resume(link).await, "done");
    assert_eq!(operated().await.unwrap().pause, None);
}

#[tokio::test]
async fn what_tls_takes_depends_on_who_connects() {
    let world = World::standing().await;
    let listening = world.run(Actor::Console, right()).await.unwrap();
    let add = AddLink { name: "out".to_owned(), listens: false, address: "a.example:1".to_owned(), ..right() };
    let connecting = world.run(Actor::Console, add).await.unwrap();
    let secure = async |link, [certificate, key, authority]: [&str; 3]| {
        let name = |n: &str| if n.is_empty() || n.starts_with('~') { n.to_owned() } else { format!("/etc/titer/{n}") };
        let tls = Tls { certificate: name(certificate), key: name(key), authority: name(authority) };
        code(world.run(Actor::Console, SecureLink { link, tls }).await)
    };
    for (link, files, expected) in [
        (LinkId(1), ["c", "k", ""], "links-unknown"),
        (listening, ["~c", "k", ""], "links-tls-path"),
        (listening, ["c", "", ""], "links-tls-certificate"),
        (listening, ["", "k", ""], "links-tls-certificate"),
        (listening, ["", "", "a"], "links-tls-certificate"),
        (listening, ["c", "k", ""], "done"),
        (listening, ["c", "k", "a"], "done"),
        (connecting, ["c", "k", ""], "links-tls-authority"),
        (connecting, ["c", "", "a"], "links-tls-certificate"),
        (connecting, ["c", "k", "a"], "done"),
        (connecting, ["", "", "a"], "done"),
    ] {
        assert_eq!(secure(link, files).await, expected, "{files:?}");
    }
    let tls = async || -> Vec<Option<Tls>> {
        world.lab.read(|s| Ok(operating::operated(s)?)).await.unwrap().into_iter().map(|o| o.tls).collect()
    };
    let file = |n: &str| format!("/etc/titer/{n}");
    let own = Tls { certificate: file("c"), key: file("k"), authority: file("a") };
    assert_eq!(tls().await, [Some(own), Some(Tls { authority: file("a"), ..Tls::default() })]);
    assert_eq!(secure(listening, ["", "", ""]).await, "done");
    assert!(tls().await[0].is_none(), "switched off");
}

#[tokio::test]
async fn a_recording_is_asked_for_once_at_a_time_and_ends_by_itself() {
    let world = World::standing().await;
    let link = world.run(Actor::Console, right()).await.unwrap();
    let record = async |seconds| world.run(Actor::Console, RecordLink { link, seconds }).await;
    let end = async || code(world.run(Actor::Console, EndRecording { link }).await);
    assert_eq!(end().await, "links-not-recorded");
    assert_eq!(code(record(0).await), "links-recording-length");
    assert_eq!(code(record(3_601).await), "links-recording-length");
    let first = record(60).await.unwrap();
    assert_eq!(first.until, world.now().plus_seconds(60));
    assert_eq!(world.lab.read(|s| Ok(operating::recordings(s)?)).await.unwrap(), [first]);
    assert_eq!(code(record(60).await), "links-recording");
    world.pass(60);
    let second = record(60).await.unwrap();
    assert!(second.number > first.number);
    assert_eq!(end().await, "done");
    assert_eq!(code(record(60).await), "done", "ended before its time");
}

/// Approves a mapping as programs of before did, which let a person say that two units are the same.
struct EquateUnits(LinkId, MappingId);

impl Command for EquateUnits {
    type Answer = ();
    const ACTION: Action = Action::ApproveMappings;

    fn decide(self, _: &Ctx, _: &mut dyn Read) -> Result<Decision<()>, Failure> {
        let signature = Signature { account: 1, name: "Dr Ada Quill".to_owned(), meaning: "approved".to_owned() };
        let (link, mappings, signed) = (self.0.0, vec![self.1.0], Vec::new());
        Ok(Decision::event(MappingApproved { link, mappings, signed, signature }, ()))
    }
}

/// Proposes what nobody proposes any more.
struct ProposeBefore(LinkId, &'static str, AnalyteId);

impl Command for ProposeBefore {
    type Answer = MappingId;
    const ACTION: Action = Action::ResolveMessages;

    fn decide(self, ctx: &Ctx, _: &mut dyn Read) -> Result<Decision<MappingId>, Failure> {
        let (code, unit) = ("HGB".to_owned(), self.1.to_owned());
        let mapping = Mapping { code, unit, analyte: self.2.0, ..Mapping::default() };
        Ok(Decision::event(MappingProposed { link: self.0.0, mapping }, MappingProposed::mapping(ctx.event())))
    }
}

/// A laboratory of before, in which 14.3 g/dL was filed as 14.3 g/L.
#[tokio::test]
async fn a_mapping_of_before_that_equates_two_units_is_found_at_the_start_and_files_nothing() {
    let world = World::standing().await;
    let analyte = world.catalog().await.analyte_by_key("hemoglobin").unwrap().id;
    let patient = world.patient("MRN-1").await;
    for (i, (unit, left)) in
        [("g/dL", 0), ("mmol/L", 0), ("Einheiten", 0), ("g/L", 1), ("g/l", 1)].into_iter().enumerate()
    {
        let add = AddLink {
            name: format!("link {i}"),
            ..add_link("titer-sim-chemistry", &format!("127.0.0.1:{}", 4001 + i))
        };
        let link = world.run(Actor::Console, add).await.unwrap();
        let mapping = world.run(world.technician.actor(), ProposeBefore(link, unit, analyte)).await.unwrap();
        world.run(world.director.actor(), EquateUnits(link, mapping)).await.unwrap();
        let tubes = [format!("T{i}"), format!("U{i}")];
        let (_, before) = world.received(patient, &["hemoglobin"], &tubes[0]).await;
        let (_, after) = world.received(patient, &["hemoglobin"], &tubes[1]).await;
        let filed = ReportResults {
            link: link.0,
            instrument: "SIM".to_owned(),
            measured_by: world.instrument(link).await,
            barcode: tubes[0].clone(),
            measurements: vec![Measurement {
                analyte,
                code: "HGB".to_owned(),
                value: "14.3".to_owned(),
                unit: "g/L".to_owned(),
                answer: None,
                sent: None,
                measured_at: Some(world.now()),
                holds: vec![],
                mapping: Some(mapping.0),
                unfit: None,
                run: RunDetails::default(),
            }],
            tube: None,
            origin: None,
        };
        world.run(Actor::Link(link.0), filed).await.unwrap();
        // Even before anybody looks, nothing more is filed so.
        let message = format!(
            "H|\\^&|||SIM\rP|1\rO|1|{}|||||||||N\rR|1|^^^HGB|14.3|{unit}||N||F||||20261122085500\rL|1|N\r",
            tubes[1]
        );
        world.receive(link, &message).await.unwrap();
        assert_eq!(world.results(after).await.len(), left, "{unit}");
        follow::look(&world.lab, &mut follow::Seen::default()).await.unwrap();
        let state = world.mappings(link).await.into_iter().find(|m| m.id == mapping).unwrap().state;
        assert_eq!(state == MappingState::Withdrawn, left == 0, "{unit}");
        let holds = world.results(before).await[0].holds.clone();
        assert_eq!(holds.iter().any(|h| h == "mapping-withdrawn"), left == 0, "{unit}");
        if left == 0 {
            let held = world.held().await;
            let code = &held.iter().find(|m| m.link == link).unwrap().problems[0].code;
            assert!(
                ["links-unit-equated", "links-unit-different", "links-unit-unreadable"].contains(&&**code),
                "{code}"
            );
        }
        follow::look(&world.lab, &mut follow::Seen::default()).await.unwrap();
    }
    // A number that no longer fits is not filed either.
    let catalog = world.catalog().await;
    let times_ten = filed_as("g/dL", catalog.analyte_by_key("hemoglobin").unwrap()).unwrap();
    let refused = times_ten.value("1234567890123456789012345678").unwrap_err();
    assert_eq!(refused.code, "links-unit-value");
    assert_eq!(times_ten.value("NOT DETECTED").unwrap(), "NOT DETECTED", "words have no unit");
}

/// Who may ask for what of links and messages. Beside the roles: the console, an analyzer's link, and the program itself.
const MAY: &str = "
                 administrator director supervisor technician clerk clinician console link timer
AddLink          x             .        .          .          .     .         x       .    .
RemoveLink       x             .        .          .          .     .         x       .    .
ProposeMapping   x             x        x          x          .     .         x       .    .
ApproveMappings  .             x        x          .          .     .         .       .    .
ConfirmMappings  .             x        x          .          .     .         .       .    .
AdoptMappings    x             x        x          x          .     .         x       .    .
WithdrawProposals x            x        x          x          .     .         x       .    .
WithdrawMappings .             x        x          .          .     .         .       .    .
AttachLinks      x             .        .          .          .     .         x       .    .
PauseLink        x             .        .          .          .     .         x       .    .
ResumeLink       x             .        .          .          .     .         x       .    .
SecureLink       x             .        .          .          .     .         x       .    .
RecordLink       x             .        .          .          .     .         x       .    .
EndRecording     x             .        .          .          .     .         x       .    .
KeepMessage      .             .        .          .          .     .         .       x    .
WithdrawEquating .             .        .          .          .     .         .       .    x
NoteReplay       x             x        x          x          .     .         x       .    x
DismissMessage   x             x        x          x          .     .         x       .    .
";

fn lines() -> impl Iterator<Item = Vec<&'static str>> {
    MAY.lines().filter(|l| !l.is_empty()).map(|l| l.split_whitespace().collect())
}

/// Whether this may be asked; nothing in it could succeed.
async fn may<C>(world: &World, who: Actor, command: C) -> &'static str
where
    C: Command + Send + 'static,
    C::Answer: Send + 'static,
{
    if code(world.run(who, command).await) == "people-not-permitted" { "." } else { "x" }
}

#[tokio::test]
async fn each_role_may_do_what_the_table_says() {
    let world = World::standing().await;
    let signed: Signed = world.sign(&world.technician).await;
    let (link, message) = (LinkId(1), MessageId(1));
    let mut found: Vec<Vec<&str>> = lines().skip(1).map(|l| vec![l[0]]).collect();
    for column in &lines().next().unwrap()[..] {
        let who = match *column {
            "console" => Actor::Console,
            "link" => Actor::Link(1),
            "timer" => Actor::Timer,
            "director" => world.director.actor(),
            "technician" => world.technician.actor(),
            role => {
                let role = Role::from_code(role).unwrap();
                person(&world.house, &world.lab, &world.passwords, role.code(), role).await.actor()
            }
        };
        let nothing = || AddLink { name: String::new(), ..right() };
        let analyte = titer_lab::catalog::AnalyteId(1);
        let nothing_at_all = String::new;
        let propose = ProposeMapping {
            link,
            code: nothing_at_all(),
            unit: nothing_at_all(),
            specimen: nothing_at_all(),
            analyte,
            answer: None,
        };
        let keep = KeepMessage {
            link,
            bytes: titer_store::File::new(vec![]),
            fingerprint: 0,
            filed: 0,
            problems: vec![],
            kept: Default::default(),
        };
        let answers = [
            may(&world, who, nothing()).await,
            may(&world, who, RemoveLink { link }).await,
            may(&world, who, propose).await,
            may(&world, who, ApproveMappings { link, mappings: vec![], signed: signed.clone() }).await,
            may(&world, who, ConfirmMappings { link, mappings: vec![], signed: signed.clone() }).await,
            may(&world, who, AdoptMappings { link, mappings: vec![] }).await,
            may(&world, who, WithdrawProposals { link, mappings: vec![] }).await,
            may(&world, who, WithdrawMappings { link, mappings: vec![], signed: signed.clone() }).await,
            may(&world, who, AttachLinks {}).await,
            may(&world, who, PauseLink { link }).await,
            may(&world, who, ResumeLink { link }).await,
            may(&world, who, SecureLink { link, tls: Tls::default() }).await,
            may(&world, who, RecordLink { link, seconds: 1 }).await,
            may(&world, who, EndRecording { link }).await,
            may(&world, who, keep).await,
            may(&world, who, WithdrawEquating { mapping: MappingId(1) }).await,
            may(&world, who, NoteReplay { message, filed: 0, problems: vec![], kept: Default::default() }).await,
            may(&world, who, DismissMessage { message }).await,
        ];
        found.iter_mut().zip(answers).for_each(|(line, answer)| line.push(answer));
    }
    assert_eq!(found, lines().skip(1).collect::<Vec<_>>());
}

#[test]
fn no_command_is_missing_from_the_table() {
    let rooms = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let texts = ["links/commands.rs", "links/operating.rs", "inbox/commands.rs"];
    let texts = texts.map(|file| fs::read_to_string(rooms.join(file)).unwrap());
    let named =
        texts.iter().flat_map(|t| t.split("impl Command for ").skip(1)).filter_map(|t| t.split_whitespace().next());
    let listed: BTreeSet<&str> = lines().skip(1).map(|l| l[0]).collect();
    assert_eq!(named.collect::<BTreeSet<_>>(), listed);
}
