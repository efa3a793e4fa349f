//! What the pages have printed. Whoever typesets stands outside: no crate of pages links the typesetter.

/// Typesets what a page hands out on paper.
pub trait Printer: Send + Sync {
    /// The label of one tube, as a PDF.
    ///
    /// # Errors
    /// Why it cannot be printed, in words.
    fn label(&self, label: Label) -> Result<Vec<u8>, String>;

    /// The characters of a text that no loaded font has: labels and reports print their code points.
    fn unprintable(&self, text: &str) -> String;
}

/// What stands on the label of a tube.
pub struct Label {
    /// Family name.
    pub family: String,
    /// Given names.
    pub given: String,
    /// Date of birth, in words.
    pub born: String,
    /// Administrative sex, in words.
    pub sex: String,
    /// The patient's number.
    pub identifier: String,
    /// The number in the barcode.
    pub number: String,
    /// The kind of specimen.
    pub kind: String,
    /// When it was collected, in words; empty when nobody said.
    pub collected: String,
    /// What says that the laboratory is not real; empty when it is.
    pub mark: String,
}
