//! What may be asked about control materials and lots.

use jiff::civil::Date;
use titer_store::Read;

use super::{
    LotId, MaterialId,
    events::{LotClosed, LotOpened, LotRegistered, MaterialAdded},
    known::Lot,
};
use crate::{Action, Command, Ctx, Decision, Failure, Refusal, refuse, specimens, text, versions};

/// The most levels of a control material.
pub const LEVELS_MAX: u8 = titer_science::qc::LEVELS_MAX;
/// The most barcodes of a lot.
pub const BARCODES_MAX: usize = 50;

/// Add a control material.
pub struct AddMaterial {
    /// Its name.
    pub name: String,
    /// Who makes it.
    pub maker: String,
    /// How many levels it has.
    pub levels: u8,
}

impl Command for AddMaterial {
    type Answer = MaterialId;
    const ACTION: Action = Action::PlanQuality;

    fn decide(self, ctx: &Ctx, _: &mut dyn Read) -> Result<Decision<MaterialId>, Failure> {
        let (name, maker) = (text::required(&self.name, "name")?, text::required(&self.maker, "maker")?);
        if !(1..=LEVELS_MAX).contains(&self.levels) {
            return Err(Refusal::new("quality-levels").with("limit", LEVELS_MAX).into());
        }
        if ctx.quality.materials().iter().any(|m| text::is_taken_for(&m.name, &name)) {
            return Err(Refusal::new("quality-material-exists").with("name", &name).into());
        }
        let event = MaterialAdded { name, maker, levels: self.levels };
        Ok(Decision::event(event, MaterialAdded::material(ctx.event())))
    }
}

/// Open a lot of one level of a control material.
pub struct OpenLot {
    /// The material.
    pub material: MaterialId,
    /// The level of the material, from 1.
    pub level: u8,
    /// The maker's number.
    pub number: String,
    /// The last day on which it may be used.
    pub expires: Option<Date>,
    /// What identifies its vials; may be empty.
    pub barcodes: Vec<String>,
}

impl Command for OpenLot {
    type Answer = LotId;
    const ACTION: Action = Action::PlanQuality;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<LotId>, Failure> {
        let Some(material) = ctx.quality.material(self.material) else { return refuse("quality-material-unknown") };
        if !(1..=material.levels).contains(&self.level) {
            return Err(Refusal::new("quality-levels").with("limit", material.levels).into());
        }
        let number = text::required(&self.number, "lot")?;
        let Some(expires) = self.expires else { return refuse("quality-expiry-missing") };
        let same = |lot: &&Lot| (lot.material, lot.level) == (self.material, self.level) && lot.number == number;
        if ctx.quality.lots().iter().any(|lot| same(&lot)) {
            return Err(Refusal::new("quality-lot-exists").with("lot", &number).into());
        }
        let barcodes = barcodes(ctx, read, &self.barcodes, None)?;
        let (material, level, expires) = (self.material.0, self.level, expires.to_string());
        let event = LotOpened { material, level, number, expires, barcodes };
        Ok(Decision::event(event, LotOpened::lot(ctx.event())))
    }
}

/// Barcodes for the register, each once. What identifies a vial of another lot, or a tube, identifies no vial of this one.
fn barcodes(ctx: &Ctx, read: &mut dyn Read, given: &[String], of: Option<LotId>) -> Result<Vec<String>, Failure> {
    let mut kept: Vec<String> = Vec::new();
    for barcode in given.iter().map(|b| b.trim()).filter(|b| !b.is_empty()) {
        let barcode = specimens::commands::barcode(barcode)?;
        if kept.iter().any(|other| text::key(other) == text::key(&barcode)) {
            continue;
        }
        if ctx.quality.lot_of_barcode(&barcode).is_some_and(|lot| Some(lot.id) != of) {
            return Err(Refusal::new("quality-barcode-of-lot").with("barcode", &barcode).into());
        }
        if !specimens::views::bearing(read, &barcode)?.is_empty() {
            return Err(Refusal::new("quality-barcode-of-tube").with("barcode", &barcode).into());
        }
        kept.push(barcode);
    }
    if kept.len() > BARCODES_MAX {
        return Err(Refusal::new("quality-too-many-barcodes").with("limit", BARCODES_MAX).into());
    }
    Ok(kept)
}

/// Register the barcodes of a lot anew.
pub struct RegisterLot {
    /// The lot.
    pub lot: LotId,
    /// The version that was on display.
    pub version: i64,
    /// What identifies its vials.
    pub barcodes: Vec<String>,
}

impl Command for RegisterLot {
    type Answer = ();
    const ACTION: Action = Action::PlanQuality;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        let lot = open(ctx, self.lot)?;
        versions::unchanged(read, self.version, lot.version)?;
        let barcodes = barcodes(ctx, read, &self.barcodes, Some(lot.id))?;
        if barcodes == lot.barcodes {
            return refuse("quality-nothing-changed");
        }
        Ok(Decision::event(LotRegistered { lot: lot.id.0, barcodes }, ()))
    }
}

/// Close a lot: its controls are not judged any more. The reason is that of the submission.
pub struct CloseLot {
    /// The lot.
    pub lot: LotId,
    /// The version that was on display.
    pub version: i64,
}

impl Command for CloseLot {
    type Answer = ();
    const ACTION: Action = Action::PlanQuality;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        let lot = open(ctx, self.lot)?;
        versions::unchanged(read, self.version, lot.version)?;
        let why = ctx.reason("quality-needs-reason")?;
        Ok(Decision::event(LotClosed { lot: lot.id.0, why }, ()))
    }
}

fn open(ctx: &Ctx, id: LotId) -> Result<&Lot, Failure> {
    match ctx.quality.lot(id) {
        None => refuse("quality-lot-unknown"),
        Some(lot) if lot.closed.is_some() => refuse("quality-lot-closed"),
        Some(lot) => Ok(lot),
    }
}
