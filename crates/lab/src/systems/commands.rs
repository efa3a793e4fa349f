//! What may be asked about test systems.

use titer_science::Reported;
use titer_store::{Given, Read};

use super::{
    Aspect, Input, RecordId, State, SystemId,
    events::{Body, Changed, Described, Retired, Returned, SignedSystem, Verified},
    gate,
    record::{Pdf, RecordText},
    tables::{StateRow, SystemRow},
    views::{self, SYSTEMS_MAX, System},
};
use crate::{
    Action, Command, Ctx, Decision, Failure, Refusal,
    accounts::Signed,
    catalog::{AnalyteId, SpecimenTypeId, views::Analyte},
    instruments::{InstrumentId, views as instruments},
    refuse, text, versions,
};

/// The most test systems described or verified at once.
pub const AT_ONCE_MAX: usize = 300;
/// The most decimals of a result.
pub const DECIMALS_MAX: i64 = 6;

/// What a test system is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// The analyte.
    pub analyte: AnalyteId,
    /// In what it is measured.
    pub specimen_type: SpecimenTypeId,
    /// On what.
    pub instrument: InstrumentId,
    /// By which method.
    pub method: String,
    /// The lowest number that is measured, in the unit of the analyte; may be empty.
    pub low: String,
    /// The highest number that is measured; may be empty.
    pub high: String,
    /// The largest factor of dilution that is allowed; may be empty.
    pub dilution: String,
    /// Decimals of its results; none if they stay as they are sent.
    pub decimals: Option<i64>,
    /// Codes of [`Input`]: without these a result is held.
    pub inputs: Vec<String>,
}

impl Description {
    /// The description as it is kept, if it is one.
    fn checked(self, ctx: &Ctx) -> Result<Body, Failure> {
        let Some(analyte) = ctx.catalog.analyte(self.analyte) else { return refuse("catalog-analyte-gone") };
        if !ctx.catalog.specimen_types().iter().any(|t| t.id == self.specimen_type) {
            return refuse("systems-specimen-type-unknown");
        }
        let Some(instrument) = ctx.systems.instrument(self.instrument) else { return refuse("instruments-unknown") };
        let name = &analyte.name;
        let method = text::required(&self.method, "method")?;
        let (low, high) = range(analyte, &self.low, &self.high)?;
        let dilution = self.dilution.trim().to_owned();
        let is_factor = matches!(Reported::parse(&dilution), Reported::Number(_)) && gate::factor(&dilution).is_some();
        if !dilution.is_empty() && !is_factor {
            return Err(Refusal::new("systems-dilution").with("dilution", &dilution).with("analyte", name).into());
        }
        if self.decimals.is_some_and(|d| !(0..=DECIMALS_MAX).contains(&d)) {
            return Err(Refusal::new("systems-decimals").with("limit", DECIMALS_MAX).with("analyte", name).into());
        }
        // In the order of the codes, and each once.
        let inputs = Input::ALL.iter().map(|i| i.code()).filter(|code| self.inputs.iter().any(|given| given == code));
        let inputs: Vec<String> = inputs.map(str::to_owned).collect();
        if let Some(unknown) = self.inputs.iter().find(|given| !inputs.contains(given)) {
            return Err(Refusal::new("systems-input-unknown").with("input", unknown).into());
        }
        Ok(Body {
            analyte: analyte.id.0,
            specimen_type: self.specimen_type.0,
            instrument: instrument.id.0,
            method,
            low,
            high,
            dilution,
            decimals: self.decimals,
            inputs,
        })
    }
}

/// A measuring range of an analyte whose results are numbers.
fn range(analyte: &Analyte, low: &str, high: &str) -> Result<(String, String), Failure> {
    let (low, high) = (low.trim(), high.trim());
    let name = &analyte.name;
    let has_range = !(low.is_empty() && high.is_empty());
    if has_range && !analyte.kind.has_limits() {
        return Err(Refusal::new("systems-range-of-no-number").with("analyte", name).into());
    }
    let mut ends = Vec::new();
    for end in [low, high] {
        match Reported::parse(end) {
            Reported::Number(n) => ends.push(n),
            _ if end.is_empty() => {}
            _ => return Err(Refusal::new("systems-range-number").with("number", end).with("analyte", name).into()),
        }
    }
    if ends.is_sorted_by(|low, high| low < high) {
        return Ok((low.to_owned(), high.to_owned()));
    }
    Err(Refusal::new("systems-range-order").with("low", low).with("high", high).with("analyte", name).into())
}

/// Describe test systems: one, or those of an instrument at once.
pub struct DescribeSystems(pub Vec<Description>);

impl Command for DescribeSystems {
    type Answer = Vec<SystemId>;
    const ACTION: Action = Action::DescribeSystems;

    fn decide(self, ctx: &Ctx, _: &mut dyn Read) -> Result<Decision<Vec<SystemId>>, Failure> {
        let mut systems: Vec<Body> = Vec::new();
        bounded(ctx, self.0.len())?;
        for description in self.0 {
            let body = description.checked(ctx)?;
            let same = |other: &Body| (other.analyte, other.specimen_type) == (body.analyte, body.specimen_type);
            if systems.iter().any(|other| same(other) && other.instrument == body.instrument) || standing(ctx, &body) {
                let analyte = ctx.catalog.analyte(AnalyteId(body.analyte)).map_or("", |a| a.name.as_str());
                return Err(Refusal::new("systems-exists").with("analyte", analyte).into());
            }
            systems.push(body);
        }
        let ids = (0..systems.len()).map(|place| Described::system(ctx.event(), place)).collect();
        Ok(Decision::event(Described { systems, replaced: Vec::new(), judge_again: false }, ids))
    }
}

fn standing(ctx: &Ctx, body: &Body) -> bool {
    let (analyte, specimen_type) = (AnalyteId(body.analyte), SpecimenTypeId(body.specimen_type));
    ctx.systems.of(analyte, specimen_type, InstrumentId(body.instrument)).is_some()
}

fn bounded(ctx: &Ctx, count: usize) -> Result<(), Failure> {
    if count == 0 {
        return refuse("systems-nothing-chosen");
    }
    if count > AT_ONCE_MAX {
        return Err(Refusal::new("systems-too-many").with("limit", AT_ONCE_MAX).into());
    }
    if (ctx.systems.all().len() + count) as i64 > SYSTEMS_MAX {
        return Err(Refusal::new("systems-too-many").with("limit", SYSTEMS_MAX).into());
    }
    Ok(())
}

/// Change a test system. What was verified is no longer what is described, so it is not in use afterwards. Another method makes another test
/// system: this one is replaced.
pub struct ChangeSystem {
    /// The test system.
    pub system: SystemId,
    /// Its method, ranges, decimals and inputs now. Analyte, specimen type and instrument stay.
    pub description: Description,
}

impl Command for ChangeSystem {
    /// The test system that stands now.
    type Answer = SystemId;
    const ACTION: Action = Action::DescribeSystems;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<SystemId>, Failure> {
        let (row, _) = live(read, self.system)?;
        let (analyte, specimen_type, instrument) = (row.analyte, row.specimen_type, row.instrument);
        let body = Description { analyte, specimen_type, instrument, ..self.description }.checked(ctx)?;
        if body == Body::from(&row) {
            return refuse("systems-nothing-changed");
        }
        if body.method == row.method {
            return Ok(Decision::event(
                Changed { system: self.system.0, described: body, judge_again: true },
                self.system,
            ));
        }
        bounded(ctx, 1)?;
        let replaced = vec![self.system.0];
        Ok(Decision::event(
            Described { systems: vec![body], replaced, judge_again: true },
            Described::system(ctx.event(), 0),
        ))
    }
}

/// A test system that no other has replaced.
fn live(read: &mut dyn Read, id: SystemId) -> Result<(SystemRow, StateRow), Failure> {
    match views::rows(read, id)? {
        None => refuse("systems-unknown"),
        Some((_, state)) if state.state == State::Replaced => refuse("systems-replaced"),
        Some(rows) => Ok(rows),
    }
}

/// Sign one verification record for one test system, or for several of one instrument. They are in use then.
pub struct VerifySystems {
    /// The test systems, each with the version that was on display.
    pub systems: Vec<(SystemId, i64)>,
    /// The record.
    pub record: RecordText,
    /// The PDF that belongs to it.
    pub file: Option<Pdf>,
    /// The director's signature.
    pub signed: Signed,
}

impl Command for VerifySystems {
    type Answer = RecordId;
    const ACTION: Action = Action::VerifySystems;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<RecordId>, Failure> {
        self.signed.by(ctx)?;
        bounded(ctx, self.systems.len())?;
        let record = self.record.checked(ctx, read)?;
        let attached = self.file.as_ref().map(Pdf::checked).transpose()?;
        let (mut systems, mut instrument, mut given) = (Vec::new(), None, ctx.given());
        for (id, shown) in self.systems {
            let (row, state) = live(read, id)?;
            versions::unchanged(read, shown, state.version)?;
            if *instrument.get_or_insert(row.instrument) != row.instrument {
                return refuse("systems-several-instruments");
            }
            if systems.iter().any(|s: &SignedSystem| s.system == id.0) {
                continue;
            }
            let ranged = !self.record.of(Aspect::ReportableRange).not_applicable;
            let system = views::system((row.clone(), state))?;
            if ranged && wants_range(ctx, &system) {
                let analyte = ctx.catalog.analyte(row.analyte).map_or("", |a| a.name.as_str());
                return Err(Refusal::new("systems-range-missing").with("analyte", analyte).into());
            }
            systems.push(signed_for(&mut given, read, &row)?);
        }
        let Some(instrument) = instrument else { return refuse("systems-nothing-chosen") };
        let signature = (&self.signed.signature("verified-performance")).into();
        let verified = Verified { instrument: instrument.0, systems, record, file: attached, signature };
        let decision = Decision::event(verified, Verified::record(ctx.event()));
        Ok(match self.file {
            Some(pdf) => decision.attaching(pdf.file),
            None => decision,
        })
    }
}

/// Whether a record that verifies a reportable range needs the range.
fn wants_range(ctx: &Ctx, system: &System) -> bool {
    !system.has_range() && ctx.catalog.analyte(system.analyte).is_some_and(|a| a.kind.has_limits())
}

/// The test system as it is signed for, if it stands as it was described: nobody changed it behind the journal.
fn signed_for(given: &mut Given<'_>, read: &mut dyn Read, row: &SystemRow) -> Result<SignedSystem, Failure> {
    if given.row::<SystemRow>(read, row.id, [row.described])?.as_ref() != Some(row) {
        return refuse("systems-not-as-journalled");
    }
    Ok(SignedSystem { system: row.id.0, described: row.into() })
}

/// Take a test system out of use, at once. The reason is that of the submission.
pub struct RetireSystem {
    /// The test system.
    pub system: SystemId,
}

impl Command for RetireSystem {
    type Answer = ();
    const ACTION: Action = Action::DescribeSystems;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        let (row, state) = live(read, self.system)?;
        let why = ctx.reason("systems-use-needs-reason")?;
        if state.state == State::OutOfUse {
            return refuse("systems-out-of-use");
        }
        Ok(Decision::event(Retired { system: row.id.0, why, judge_again: true }, ()))
    }
}

/// Sign that the record of a test system still holds. It is in use again. The reason is that of the submission.
pub struct ReturnSystem {
    /// The test system.
    pub system: SystemId,
    /// The version that was on display.
    pub version: i64,
    /// The director's signature.
    pub signed: Signed,
}

impl Command for ReturnSystem {
    type Answer = ();
    const ACTION: Action = Action::VerifySystems;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        self.signed.by(ctx)?;
        let (row, state) = live(read, self.system)?;
        versions::unchanged(read, self.version, state.version)?;
        let why = ctx.reason("systems-use-needs-reason")?;
        if state.state == State::InUse {
            return refuse("systems-in-use");
        }
        let Some(record) = state.record else { return refuse("systems-without-record") };
        if instruments::instrument(read, row.instrument)?.is_some_and(|i| i.out_of_use.is_some()) {
            return refuse("systems-instrument-out-of-use");
        }
        let signature = (&self.signed.signature("verified-performance")).into();
        let signed = signed_for(&mut ctx.given(), read, &row)?;
        Ok(Decision::event(Returned { signed, record: record.0, why, signature }, ()))
    }
}
