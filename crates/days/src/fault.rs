//! What goes wrong on a simulated day. Every one of these happens on every day, at a tube that the seed chooses.

/// Something that goes wrong, or that is rare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fault {
    /// The message is sent twice, one after the other.
    Duplicate,
    /// A message of before is sent again, byte for byte.
    Resent,
    /// The message comes hours after the measurement.
    Late,
    /// The tube bears the label of another patient, and the analyzer says whose it is.
    Mislabelled,
    /// The scanner read no barcode, and the analyzer made one up.
    UnknownBarcode,
    /// The analyzer states another patient than the tube's.
    OtherPatient,
    /// A flag that the dialect does not list.
    StrangeFlag,
    /// A unit that nobody has mapped.
    StrangeUnit,
    /// `ERROR` stands where the value should.
    NoValue,
    /// Stray bytes and a damaged frame, which the analyzer repeats.
    StrayFrames,
    /// The connection ends within the message; it comes whole afterwards.
    Cut,
    /// The message names a module that nobody knows.
    StrangeModule,
    /// Control material stands in a place for which the analyzer has a patient's barcode.
    ControlOnTube,
    /// The result comes before anybody has received the tube.
    NotReceived,
    /// The result comes when the tube has been rejected.
    Rejected,
    /// The analyzer does not say when it measured.
    Untimed,
    /// The analyzer's clock is a day behind.
    WrongDay,
    /// The tube is measured a second time, and the values differ.
    Rerun,
    /// The value is one that kills.
    Critical,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 19] = [
        Self::Duplicate,
        Self::Resent,
        Self::Late,
        Self::Mislabelled,
        Self::UnknownBarcode,
        Self::OtherPatient,
        Self::StrangeFlag,
        Self::StrangeUnit,
        Self::NoValue,
        Self::StrayFrames,
        Self::Cut,
        Self::StrangeModule,
        Self::ControlOnTube,
        Self::NotReceived,
        Self::Rejected,
        Self::Untimed,
        Self::WrongDay,
        Self::Rerun,
        Self::Critical,
    ];
}
