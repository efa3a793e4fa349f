//! The label of one tube.

use barcoders::sym::code128::Code128;
use serde::{Deserialize, Serialize};

use crate::RenderError;

/// Characters of a specimen number on a label.
pub const BARCODE_CHARS_MAX: usize = 26;

/// Width of a label, mm.
const LABEL_WIDTH_MM: f64 = 50.0;
/// Widths to try of the narrowest bar, and of the printer's dots on which all bars start and end, mm: three dots and two of a common
/// printer (203 dpi); for long numbers two dots of a finer one (300 dpi), the narrowest that scanners of health care must read.
const MODULE_AND_DOT_MM: [(f64, f64); 3] = [(0.375, 0.125), (0.25, 0.125), (2.0 * 25.4 / 300.0, 25.4 / 300.0)];
/// Blank on either side, in modules (ISO/IEC 15417 §4.4).
const QUIET_MODULES: usize = 10;

/// What a tube's label says: two identifiers of the patient, and the specimen's number, type and time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TubeLabel {
    /// Language of the text, two or three letters (ISO 639).
    pub language: String,
    /// Family name, printed in capitals.
    pub family: String,
    /// Given names.
    #[serde(default)]
    pub given: String,
    /// Date of birth; say so when it is not known.
    pub born: String,
    /// Sex, in a letter or a word; empty prints nothing.
    #[serde(default)]
    pub sex: String,
    /// Medical record number with its kind; empty prints nothing.
    #[serde(default)]
    pub identifier: String,
    /// Number of the specimen, as the barcode encodes it: printable ASCII.
    pub specimen_number: String,
    /// Type of specimen or tube.
    pub kind: String,
    /// When it was collected; empty leaves room to write it.
    #[serde(default)]
    pub collected_at: String,
    /// Mark for a tube that is no patient's, such as "PRACTICE"; empty prints nothing.
    #[serde(default)]
    pub mark: String,
}

/// A barcode as the template draws it, in mm from the label's left edge.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Barcode {
    /// Left and right edge of every bar.
    pub(crate) bars: Vec<(f64, f64)>,
}

/// Lays out a specimen number as Code 128 across the label, with its quiet zones.
pub(crate) fn barcode(number: &str) -> Result<Barcode, RenderError> {
    let misfit = || RenderError::Barcode { number: number.to_owned(), max: BARCODE_CHARS_MAX };
    let plain = number.bytes().all(|b| matches!(b, b' '..=b'~'));
    if !plain || number.is_empty() || number.len() > BARCODE_CHARS_MAX {
        return Err(misfit());
    }
    let modules = Code128::new(with_character_sets(number)).map_err(|_| misfit())?.encode();
    let (module_mm, dot_mm) = (MODULE_AND_DOT_MM.into_iter())
        .find(|(mm, _)| (modules.len() + 2 * QUIET_MODULES) as f64 * mm <= LABEL_WIDTH_MM)
        .ok_or_else(misfit)?;
    let blank_mm = (LABEL_WIDTH_MM - modules.len() as f64 * module_mm) / 2.0;
    let left_mm = (blank_mm / dot_mm).floor() * dot_mm;
    let mut place = 0;
    let bars = (modules.chunk_by(|a, b| a == b))
        .filter_map(|run| {
            let (from, to) = (place, place + run.len());
            place = to;
            let edge = |module: usize| left_mm + module as f64 * module_mm;
            (run[0] == 1).then(|| (edge(from), edge(to)))
        })
        .collect();
    Ok(Barcode { bars })
}

/// Marks the character sets as the encoder wants them: B (`Ɓ`), and C (`Ć`), two digits a symbol, for a run of digits at the end.
fn with_character_sets(number: &str) -> String {
    let digits = number.bytes().rev().take_while(u8::is_ascii_digit).count() / 2 * 2;
    let (head, tail) = number.split_at(number.len() - if digits < 4 { 0 } else { digits });
    let set_b = if head.is_empty() { String::new() } else { format!("Ɓ{head}") };
    let set_c = if tail.is_empty() { String::new() } else { format!("Ć{tail}") };
    set_b + &set_c
}
