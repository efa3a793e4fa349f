use std::{collections::BTreeSet, fs, path::Path};

use titer_science::Sex;

use super::{commands::GrantRoles, views};
use crate::{
    Action, Actor, Command, Failure, Role,
    accounts::{
        AccountId, Credential, SessionToken,
        commands::{ChangePassword, OpenAccount, ResetPassword},
    },
    calculations::{
        CalculationId,
        commands::{ApproveCalculation, EndCalculation, ProposeCalculation},
    },
    catalog::{
        AnalyteId, IntervalId, SpecimenTypeId, TestId,
        commands::{AddToCatalog, ApproveCatalog, ImportCatalog, MakeOwn, ProposeAnswers},
        own::{CorrectAnalyte, Described, Entry, RenameTest, RetireEntry, ReturnEntry},
        propose::{CorrectProposal, Propose, Proposed, Waiting, WithdrawProposal},
        starter::{self, Entries},
    },
    comments::{
        CommentId,
        commands::{ApproveComment, ProposeComment, RetireComment},
    },
    instruments::{
        InstrumentId, NoteId,
        commands::{
            AddInstrument, ChangeInstrument, Description, NoteInstrument, RetireInstrument, ReturnInstrument,
            StrikeNote,
        },
    },
    orders::{
        OrderId, Priority,
        commands::{AddByRule, AddTests, CancelRequests, PlaceOrder},
    },
    patients::{
        PatientId,
        commands::{CorrectIdentifier, CorrectPatient, Correction, RegisterPatient, RegisterUnidentified},
    },
    quality::{
        LotId, MaterialId,
        commands::{AddMaterial, CloseLot, OpenLot, RegisterLot},
        controls::RecordControls,
        failures::{NameFailureAction, ReleaseSystem, StopSystem},
        plans::{ProposePlans, SignPlans},
        targets::{ApproveTargets, ProposeTargets},
    },
    reflex::{
        RuleId, SuggestionId,
        commands::{ApproveRule, DismissSuggestion, EndRule, ProposeRule, SayAdded, SayApplied},
    },
    reports::{
        ReportId,
        commands::{ComposeAnew, ComposeReport, IssueReport, RetryReport},
    },
    results::{
        ResultId,
        by_hand::RequireSecondReaders,
        calculated::commands::{CalculateAdded, CalculateAddedByRule, CalculateAgain},
        commands::{AskForRepeat, HoldResults, LetResultStand, OnDisplay, ReportResults, VerifyResults},
        commented::{PutComment, TakeCommentOff},
        entry::EnterResults,
        judged_again::JudgeAgain,
        judged_now::{JudgeTubes, JudgeWaiting, JudgedUpTo, SayAllJudged},
    },
    sites::commands::DescribeSite,
    specimens::{
        SpecimenId,
        commands::{DiscardSpecimen, ExpectSpecimens, ReceiveSpecimen, RejectSpecimen},
    },
    systems::{
        RecordText, SystemId,
        commands::{ChangeSystem, DescribeSystems, Description as Given, RetireSystem, ReturnSystem, VerifySystems},
    },
    testing::{LINK, World, code, described},
    work::targets::{SetTargets, Target},
};

/// Who may ask for what. Beside the roles: somebody at the console, an analyzer's link, and the program itself.
const MAY: &str = "
                 administrator director supervisor technician clerk clinician console link timer
OpenAccount      x             .        .          .          .     .         x       .    .
ChangePassword   x             x        x          x          x     x         .       .    .
ResetPassword    x             .        .          .          .     .         x       .    .
GrantRoles       x             .        .          .          .     .         x       .    .
DescribeSite     x             x        .          .          .     .         x       .    .
AddInstrument    x             x        x          .          .     .         x       .    .
ChangeInstrument x             x        x          .          .     .         x       .    .
RetireInstrument x             x        x          .          .     .         x       .    .
ReturnInstrument x             x        x          .          .     .         x       .    .
NoteInstrument   .             x        x          x          .     .         .       .    .
StrikeNote       .             x        x          x          .     .         .       .    .
ImportCatalog    x             x        x          .          .     .         x       .    .
AddToCatalog     x             x        x          .          .     .         x       .    .
MakeOwn          x             x        x          .          .     .         x       .    .
ProposeAnswers   x             x        x          .          .     .         x       .    .
CorrectAnalyte   x             x        x          .          .     .         x       .    .
RenameTest       x             x        x          .          .     .         x       .    .
RetireEntry      x             x        x          .          .     .         x       .    .
ReturnEntry      x             x        x          .          .     .         x       .    .
Propose          x             x        x          .          .     .         x       .    .
CorrectProposal  x             x        x          .          .     .         x       .    .
WithdrawProposal x             x        x          .          .     .         x       .    .
ApproveCatalog   .             x        .          .          .     .         .       .    .
DescribeSystems  .             x        x          .          .     .         x       .    .
ChangeSystem     .             x        x          .          .     .         x       .    .
VerifySystems    .             x        .          .          .     .         .       .    .
RetireSystem     .             x        x          .          .     .         x       .    .
ReturnSystem     .             x        .          .          .     .         .       .    .
AddMaterial      .             x        x          .          .     .         x       .    .
OpenLot          .             x        x          .          .     .         x       .    .
RegisterLot      .             x        x          .          .     .         x       .    .
CloseLot         .             x        x          .          .     .         x       .    .
ProposeTargets   .             x        x          .          .     .         x       .    .
ApproveTargets   .             x        x          .          .     .         .       .    .
ProposePlans     .             x        x          .          .     .         x       .    .
SignPlans        .             x        .          .          .     .         .       .    .
RecordControls   .             x        x          x          .     .         .       x    .
NameFailureAction .             x        x          x          .     .         .       .    .
StopSystem       .             x        x          x          .     .         .       .    .
ReleaseSystem    .             x        x          x          .     .         .       .    .
ProposeCalculation x           x        x          .          .     .         .       .    .
ApproveCalculation .           x        .          .          .     .         .       .    .
EndCalculation   .             x        .          .          .     .         .       .    .
ProposeComment   x             x        x          .          .     .         .       .    .
ApproveComment   .             x        .          .          .     .         .       .    .
RetireComment    .             x        .          .          .     .         .       .    .
ProposeRule      x             x        x          .          .     .         .       .    .
ApproveRule      .             x        .          .          .     .         .       .    .
EndRule          .             x        .          .          .     .         .       .    .
SayApplied       .             .        .          .          .     .         .       .    x
DismissSuggestion .            x        x          x          .     .         .       .    .
SayAdded         .             x        x          x          .     .         .       .    .
RegisterPatient  .             x        x          x          x     .         .       .    .
RegisterUnidentified . x      x          x          x     .         .       .    .
CorrectPatient   .             x        x          x          x     .         .       .    .
CorrectIdentifier .            x        x          x          x     .         .       .    .
JudgeAgain       .             x        x          x          x     .         .       .    .
PlaceOrder       .             x        x          x          x     .         .       .    .
AddTests         .             x        x          x          x     .         .       .    .
AddByRule        .             .        .          .          .     .         .       .    x
CancelRequests   .             x        x          x          x     .         .       .    .
ExpectSpecimens  .             x        x          x          x     .         .       .    .
ReceiveSpecimen  .             x        x          x          x     .         .       .    .
RejectSpecimen   .             x        x          x          x     .         .       .    .
DiscardSpecimen  .             x        x          x          x     .         .       .    .
ReportResults    x             x        x          x          .     .         x       x    x
HoldResults      .             x        x          .          .     .         .       .    x
JudgeWaiting     .             x        x          x          .     .         .       .    x
JudgeTubes       .             x        x          x          .     .         .       .    x
SayAllJudged     .             x        x          x          .     .         .       .    x
VerifyResults    .             x        x          x          .     .         .       .    .
AskForRepeat     .             x        x          x          .     .         .       .    .
EnterResults     .             x        x          x          .     .         .       .    .
PutComment       .             x        x          x          .     .         .       .    .
TakeCommentOff   .             x        x          x          .     .         .       .    .
RequireSecondReaders .         x        .          .          .     .         .       .    .
LetResultStand   .             x        x          x          .     .         .       .    .
CalculateAdded   .             x        x          x          x     .         .       .    .
CalculateAddedByRule .         .        .          .          .     .         .       .    x
CalculateAgain   .             x        x          x          x     .         .       .    .
ComposeReport    .             .        .          .          .     .         .       .    x
IssueReport      .             .        .          .          .     .         .       .    x
RetryReport      .             x        x          x          .     .         .       .    .
ComposeAnew      .             x        x          x          .     .         .       .    .
SetTargets       .             x        x          .          .     .         .       .    .
";

/// The words of each line of [`MAY`].
fn lines() -> impl Iterator<Item = Vec<&'static str>> {
    MAY.lines().filter(|l| !l.is_empty()).map(|l| l.split_whitespace().collect())
}

/// Asks for each command, with nothing in it that could succeed, and notes what came of it.
struct Asking<'a> {
    world: &'a World,
    who: Actor,
    credential: Credential,
    answers: Vec<(&'static str, &'static str)>,
}

impl Asking<'_> {
    fn ask<C>(&mut self, command: C)
    where
        C: Command + Send + 'static,
        C::Answer: Send + 'static,
    {
        let name = std::any::type_name::<C>().rsplit("::").next().unwrap();
        let before = self.world.head();
        let answer = code(self.world.run(self.who, command));
        let expected: &[&str] = if answer == "people-not-permitted" { &["people.refused"] } else { &[] };
        if answer != "done" {
            assert_eq!(self.world.kinds_after(before), expected, "{name}: the attempt and nothing else is kept");
        }
        self.answers.push((name, answer));
    }

    fn all(&mut self) {
        let shared = self.credential.clone();
        let credential = || shared.clone();
        let signed = self.world.signed(Role::Clerk);
        let nowhere = OnDisplay { result: ResultId(0), version: 1, lifts_holds: true };
        let nothing = String::new;
        self.ask(OpenAccount { username: nothing(), name: nothing(), credential: credential(), one_time: true });
        self.ask(ChangePassword { credential: credential(), session: SessionToken::from_bytes([0; 32]) });
        self.ask(ResetPassword { account: AccountId(0), credential: credential() });
        self.ask(GrantRoles { account: AccountId(0), name: nothing(), roles: vec![] });
        self.ask(DescribeSite { name: nothing(), ..described() });
        self.ask(AddInstrument(Description::default()));
        let instrument = InstrumentId(0);
        self.ask(ChangeInstrument { instrument, description: Description::default() });
        self.ask(RetireInstrument { instrument });
        self.ask(ReturnInstrument { instrument });
        self.ask(NoteInstrument { instrument, kind: nothing(), at: None, lot: nothing(), text: nothing() });
        self.ask(StrikeNote { note: NoteId(0) });
        self.ask(ImportCatalog(Entries::default()));
        self.ask(AddToCatalog(Entries::default()));
        self.ask(MakeOwn(Entries::default()));
        self.ask(ProposeAnswers { analyte: AnalyteId(0), answers: vec![] });
        self.ask(CorrectAnalyte { analyte: AnalyteId(0), described: Described::default(), used: false });
        self.ask(RenameTest { test: TestId(0), name: nothing() });
        self.ask(RetireEntry(Entry::Test(TestId(0))));
        self.ask(ReturnEntry(Entry::Test(TestId(0))));
        let nobody = || Proposed::Interval(starter::Interval::default());
        self.ask(Propose { analyte: AnalyteId(0), instrument: None, proposed: nobody() });
        let waiting = Waiting::Interval(IntervalId(0));
        self.ask(CorrectProposal { waiting, instrument: None, proposed: nobody() });
        self.ask(WithdrawProposal(waiting));
        self.ask(ApproveCatalog { intervals: vec![], limits: vec![], answers: vec![], signed: signed.clone() });
        self.ask(DescribeSystems(vec![]));
        let description = Given {
            analyte: AnalyteId(0),
            specimen_type: SpecimenTypeId(0),
            instrument,
            method: nothing(),
            low: nothing(),
            high: nothing(),
            dilution: nothing(),
            decimals: None,
            inputs: vec![],
        };
        let system = SystemId(0);
        self.ask(ChangeSystem { system, description });
        let record = RecordText::default();
        self.ask(VerifySystems { systems: vec![], record, file: None, signed: signed.clone() });
        self.ask(RetireSystem { system });
        self.ask(ReturnSystem { system, version: 0, signed: signed.clone() });
        let (material, lot) = (MaterialId(0), LotId(0));
        self.ask(AddMaterial { name: nothing(), maker: nothing(), levels: 0 });
        self.ask(OpenLot { material, level: 0, number: nothing(), expires: None, barcodes: vec![] });
        self.ask(RegisterLot { lot, version: 0, barcodes: vec![] });
        self.ask(CloseLot { lot, version: 0 });
        self.ask(ProposeTargets(vec![]));
        self.ask(ApproveTargets { targets: vec![], signed: signed.clone() });
        self.ask(ProposePlans(vec![]));
        self.ask(SignPlans { plans: vec![], signed: signed.clone() });
        self.ask(RecordControls { lot, instrument, measured_at: self.world.now(), values: vec![], message: None });
        self.ask(NameFailureAction { system, cause: nothing(), action: nothing(), text: nothing() });
        self.ask(StopSystem { system });
        self.ask(ReleaseSystem { system });
        let (analyte, calculation) = (AnalyteId(0), CalculationId(0));
        self.ask(ProposeCalculation { analyte, formula: nothing(), inputs: vec![], decimals: 0 });
        self.ask(ApproveCalculation { calculation, signed: signed.clone() });
        self.ask(EndCalculation { calculation });
        let comment = CommentId(0);
        self.ask(ProposeComment { code: nothing(), words: nothing(), analyte: None });
        self.ask(ApproveComment { comment, signed: signed.clone() });
        self.ask(RetireComment { comment });
        let rule = RuleId(0);
        self.ask(ProposeRule {
            code: nothing(),
            analyte: AnalyteId(0),
            operator: None,
            bound: nothing(),
            answers: vec![],
            test: TestId(0),
            stable_hours: 0,
            source: nothing(),
        });
        self.ask(ApproveRule { rule, signed: signed.clone() });
        self.ask(EndRule { rule });
        self.ask(SayApplied { specimen: 1, order: 1, added: vec![], not_added: vec![] });
        self.ask(DismissSuggestion { suggestion: SuggestionId(0) });
        self.ask(SayAdded(SuggestionId(0)));
        let (identifier, family, given) = (nothing(), nothing(), nothing());
        self.ask(RegisterPatient { identifier, family, given, sex: Sex::Unknown, birth_date: None });
        self.ask(RegisterUnidentified {
            identifier: Some(nothing()),
            name: None,
            sex: Sex::Unknown,
            birth_date: None,
            age_band: None,
        });
        let correction =
            Correction { family: nothing(), given: nothing(), sex: Sex::Unknown, birth_date: None, age_band: None };
        self.ask(CorrectPatient { patient: PatientId(0), correction });
        self.ask(CorrectIdentifier { patient: PatientId(0), identifier: nothing() });
        self.ask(JudgeAgain { patient: PatientId(0) });
        self.ask(PlaceOrder {
            patient: PatientId(0),
            tests: vec![],
            priority: Priority::Stat,
            requester: nothing(),
            collected_at: None,
        });
        let order = OrderId(0);
        let add = || AddTests { order, tests: vec![], lost: vec![], lost_again: false, usable: vec![], by_rule: None };
        self.ask(add());
        self.ask(AddByRule(add()));
        let (order, requests, tubes, measured) = (OrderId(0), vec![], vec![], vec![]);
        self.ask(CancelRequests { order, requests, tubes, measured, report_follows: false });
        self.ask(ExpectSpecimens { order: OrderId(0), types: vec![], collected_at: None, barcode: None });
        self.ask(ReceiveSpecimen { barcode: nothing(), collected_at: None });
        let (specimen, report_follows) = (SpecimenId(0), false);
        self.ask(RejectSpecimen { specimen, reason: nothing(), has_results: false, report_follows });
        self.ask(DiscardSpecimen { specimen, report_follows });
        self.ask(ReportResults {
            link: LINK,
            instrument: nothing(),
            measured_by: None,
            barcode: nothing(),
            measurements: vec![],
            tube: None,
            origin: None,
        });
        self.ask(HoldResults { mapping: 0, after: ResultId(0) });
        self.ask(JudgeWaiting { after: JudgedUpTo::START });
        self.ask(JudgeTubes(vec![SpecimenId(1)]));
        self.ask(SayAllJudged { catalog: 1 });
        self.ask(VerifyResults { results: vec![], signed: signed.clone() });
        self.ask(AskForRepeat { result: nowhere });
        self.ask(EnterResults { instrument, link_down: false, specimen, values: vec![], measured_at: None, shown: 0 });
        let result = ResultId(0);
        self.ask(PutComment { result, version: 0, code: nothing() });
        self.ask(TakeCommentOff { result, version: 0, comment });
        self.ask(RequireSecondReaders { analytes: vec![(AnalyteId(0), true)] });
        self.ask(LetResultStand { contradictions: vec![], signed });
        self.ask(CalculateAdded { specimen: SpecimenId(0) });
        self.ask(CalculateAddedByRule(CalculateAdded { specimen: SpecimenId(0) }));
        self.ask(CalculateAgain { patient: PatientId(0) });
        self.ask(ComposeReport { order: OrderId(0) });
        self.ask(IssueReport { report: ReportId(0), bytes: vec![] });
        self.ask(RetryReport { report: ReportId(0) });
        self.ask(ComposeAnew { report: ReportId(0) });
        self.ask(SetTargets { tests: vec![(TestId(0), Target::default())] });
    }
}

#[test]
fn each_role_may_do_what_the_table_says_and_every_other_attempt_is_journalled() {
    let world = World::new();
    world.account(Role::Clerk);
    let columns = lines().next().unwrap();
    let credential = Credential::new("a one-time password").unwrap();
    let mut found = vec![Vec::new(); columns.len()];
    for (column, name) in columns.iter().enumerate() {
        let who = match *name {
            "console" => Actor::Console,
            "link" => Actor::Link(LINK),
            "timer" => Actor::Timer,
            role => world.actor(Role::from_code(role).unwrap()),
        };
        let mut asking = Asking { world: &world, who, credential: credential.clone(), answers: Vec::new() };
        asking.all();
        found[column] = asking.answers;
    }
    for (i, line) in lines().skip(1).enumerate() {
        for (column, may) in line[1..].iter().enumerate() {
            let (command, answer) = found[column][i];
            assert_eq!(command, line[0]);
            let expected = if answer == "people-not-permitted" { "." } else { "x" };
            assert_eq!(expected, *may, "{} {command}: {answer}", columns[column]);
        }
    }
}

#[test]
fn no_command_is_missing_from_the_table() {
    let mut commands = BTreeSet::new();
    visit(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut |text| {
        for name in text.split("impl Command for ").skip(1).filter_map(|rest| rest.split_whitespace().next()) {
            // What its room keeps to itself is asked for by functions of that room only.
            if ["pub", "pub(crate)"].iter().any(|public| text.contains(&format!("{public} struct {name}"))) {
                commands.insert(name.to_owned());
            }
        }
    });
    let listed: BTreeSet<String> = lines().skip(1).map(|l| l[0].to_owned()).collect();
    assert_eq!(commands, listed);
}

fn visit(folder: &Path, seen: &mut impl FnMut(&str)) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            visit(&path, seen);
        } else {
            seen(&fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn a_refused_attempt_says_who_and_what() {
    let world = World::new();
    let clinician = world.actor(Role::Clinician);
    let before = world.head();
    assert_eq!(code(world.receive_as(clinician, "T1")), "people-not-permitted");
    let event = world.read(move |s| titer_store::reading::headers(s, before, 10)).remove(0);
    assert_eq!((event.kind.as_str(), event.actor), ("people.refused", clinician));
    assert_eq!(world.last_body(), serde_json::json!({ "action": "receive-specimens" }));
}

/// What was done before it in the same act is taken back with it.
#[test]
fn an_act_is_done_whole_or_not_at_all() {
    let world = World::new();
    let clerk = world.actor(Role::Clerk);
    let before = world.head();
    let act = world.lab.submit(clerk, None, |tx| {
        let (identifier, family, given) = ("MRN-1".to_owned(), "Quill".to_owned(), "Ada".to_owned());
        tx.run(RegisterPatient { identifier, family, given, sex: Sex::Female, birth_date: None })?;
        tx.run(ComposeReport { order: OrderId(0) })
    });
    assert_eq!(code(act.wait()), "people-not-permitted");
    assert_eq!(world.head(), before);
}

#[test]
fn roles_are_granted_anew_each_time_and_none_ends_the_work() {
    let world = World::new();
    let account = world.open_account("ada", false);
    let grant = |name: &str, roles: &[Role]| GrantRoles { account, name: name.to_owned(), roles: roles.to_vec() };
    assert_eq!(code(world.run(Actor::Console, grant(" ", &[Role::Clerk]))), "text-missing");
    assert_eq!(world.read(move |s| views::roles(s, account.0)), []);

    let clerk_twice = grant("Ada Quill", &[Role::Technician, Role::Clerk, Role::Clerk]);
    world.run(Actor::Console, clerk_twice).unwrap();
    assert_eq!(world.read(move |s| views::roles(s, account.0)), [Role::Clerk, Role::Technician]);
    world.run(Actor::Console, grant("Ada Quill", &[])).unwrap();
    assert!(!world.read(move |s| views::may(s, account.0, Action::SeePatients)));
    let member = world.read(|s| views::staff(s)).into_iter().find(|m| m.account == account).unwrap();
    assert_eq!((member.name.as_str(), member.roles), ("Ada Quill", vec![]));
    assert_eq!(world.read(move |s| views::name(s, account.0)).as_deref(), Some("Ada Quill"));
}

#[test]
fn in_the_house_everybody_may_mind_their_own_account_and_nobody_else_s() {
    let world = World::empty();
    let account = world.open_account("ada", false);
    let may = |account: i64, action| world.house.read(move |s| Ok(views::may(s, account, action)?)).wait();
    let cases = [
        (account.0, Action::OwnAccount, true),
        (account.0, Action::ManageStaff, false),
        (account.0 + 1, Action::OwnAccount, false),
    ];
    for (account, action, expected) in cases {
        assert_eq!(may(account, action), Ok::<_, Failure>(expected), "{account} {action:?}");
    }
}

#[test]
fn roles_and_actions_have_codes_of_their_own() {
    let codes: BTreeSet<&str> = Action::all().map(Action::code).collect();
    assert_eq!(codes.len(), Action::all().count());
    for role in Role::ALL {
        assert_eq!(Role::from_code(role.code()), Some(*role));
    }
    assert_eq!(Role::from_code("visitor"), None);
}
