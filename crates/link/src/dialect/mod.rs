//! Dialects: how one make of analyzer speaks the standard, as data. See `content/dialects/README.md`.

mod check;
mod exchange;
mod orders;
mod profile;
mod reading;
mod shipped;

pub use check::Mistake;
pub use exchange::{
    Action, Asks, Echo, End, Fixed, Nothing, Order, PatientFields, Priority, QueryPlaces, ReportType, Several, When,
};
pub use orders::{Doing, Fields, Named, Occasion, Ordered};
pub use profile::{
    Birth, CharacterSet, Code, CommentPlace, Completed, DateFormat, Device, Dialect, Expected, FlagsSplit, Frames,
    Framing, Identity, Material, PatientPlaces, Place, Protocol, Provenance, Records, ResultFields, Scanned, SexPlace,
    Spot, Status, StatusMeaning, Supplementary, TimeFormat, Zone,
};
pub use reading::{Claimed, Contradiction, Query, Question, Said, Sort, Specimen, Value};
pub use shipped::names;
