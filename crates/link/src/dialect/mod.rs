//! Dialects: how one make of analyzer speaks the standard, as data. See `content/dialects/README.md`.

mod check;
mod exchange;
mod orders;
mod profile;
mod reading;
mod said;
mod shipped;

pub use check::Mistake;
pub use exchange::{
    ActionCodes, Echo, FixedText, MultipleTests, NoOrderReply, OrderFormat, OrderMode, PatientFields, PriorityCodes,
    QueryMark, QueryPlaces, ReportTypeCodes, TerminationCodes,
};
pub use orders::{Occasion, OrderAction, OrderPatient, RecordFields, SpecimenOrder};
pub use profile::{
    Birth, CharacterSet, Code, CommentPlace, Completed, DateFormat, Device, Dialect, Expected, FlagsSplit, Frames,
    Framing, Identity, Material, PatientPlaces, Place, Protocol, Provenance, Records, ResultFields, Scanned, SexPlace,
    Spot, Status, StatusMeaning, Supplementary, Suspect, TimeFormat, Zone,
};
pub use reading::{
    Aside, Contradiction, Query, QueryRecord, ReadMessage, Specimen, SpecimenRole, StatedPatient, Value,
};
pub use said::{Beyond, Word, WordMeaning};
pub use shipped::names;
