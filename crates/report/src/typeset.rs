//! Typst at work: a template and its data become pages, and the pages a PDF.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, OnceLock};

use serde_json::Value;
use typst::diag::{FileError, FileResult, SourceDiagnostic, Warned};
use typst::ecow::EcoVec;
use typst::foundations::{Bytes, Datetime, Duration, Smart};
use typst::syntax::{DiagSpan, FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook, is_default_ignorable};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World, WorldExt};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards};
use unicode_segmentation::UnicodeSegmentation;

use crate::RenderError;

/// Pages of one document.
pub const PAGES_MAX: usize = 500;
/// Bytes of a template.
pub const TEMPLATE_BYTES_MAX: usize = 256 * 1024;

/// Typesets `template` over `data` and exports it.
pub(crate) fn pdf(template: &str, data: Value) -> Result<Vec<u8>, RenderError> {
    let pdf = lay_out(template, data).and_then(|(desk, document)| export(&desk, &document));
    // Typst memoises without bound (830 MiB after some hundreds of reports); kept at 42 MiB by forgetting each.
    typst::comemo::evict(0);
    pdf
}

/// Lays out the pages, and refuses more of them than [`PAGES_MAX`].
pub(crate) fn lay_out(template: &str, data: Value) -> Result<(Desk, PagedDocument), RenderError> {
    if template.len() > TEMPLATE_BYTES_MAX {
        return Err(RenderError::TemplateTooLarge { found: template.len(), max: TEMPLATE_BYTES_MAX });
    }
    let desk = Desk::new(template, data)?;
    let Warned { output, .. } = typst::compile::<PagedDocument>(&desk);
    let document = output.map_err(|errors| desk.explain(&errors))?;
    let found = document.pages().len();
    if found > PAGES_MAX {
        return Err(RenderError::TooManyPages { found, max: PAGES_MAX });
    }
    Ok((desk, document))
}

/// Writes the pages as PDF/UA-1.
pub(crate) fn export(desk: &Desk, document: &PagedDocument) -> Result<Vec<u8>, RenderError> {
    let failed = |message: String| RenderError::Template { line: None, message };
    let options = PdfOptions {
        creator: Smart::Custom(Some("Titer".to_owned())),
        // ISO 14289-1: readable by a screen reader, and refuses to print a character that it has no glyph for.
        standards: PdfStandards::new(&[PdfStandard::Ua_1]).map_err(|e| failed(e.message().to_string()))?,
        ..PdfOptions::default()
    };
    typst_pdf::pdf(document, &options).map_err(|errors| desk.explain(&errors))
}

/// All that a template can see: itself, its data and the fonts.
pub(crate) struct Desk {
    template: Source,
    data: Bytes,
}

impl Desk {
    fn new(template: &str, data: Value) -> Result<Self, RenderError> {
        Ok(Self {
            template: Source::new(*TEMPLATE_ID, template.to_owned()),
            data: Bytes::new(serde_json::to_vec(&data)?),
        })
    }

    /// The first of Typst's complaints, in one sentence with its line.
    fn explain(&self, errors: &EcoVec<SourceDiagnostic>) -> RenderError {
        let Some(error) = errors.first() else {
            return RenderError::Template { line: None, message: "no reason was given".to_owned() };
        };
        let mut message = error.message.to_string();
        for hint in &error.hints {
            message.push_str("; ");
            message.push_str(&hint.v);
        }
        for call in &error.trace {
            if let Some(line) = self.line(call.span) {
                message.push_str(&format!("; {} on line {line}", call.v));
            }
        }
        let line = self.line(error.span);
        RenderError::Template { line, message }
    }
}

impl Desk {
    /// Line of the template, from 1; none for what Typst itself did.
    fn line(&self, span: impl Into<DiagSpan>) -> Option<usize> {
        let range = self.range(span)?;
        let line = self.template.lines().byte_to_line(range.start)?;
        Some(line + 1)
    }
}

impl World for Desk {
    fn library(&self) -> &LazyHash<Library> {
        static LIBRARY: LazyLock<LazyHash<Library>> = LazyLock::new(|| LazyHash::new(Library::default()));
        &LIBRARY
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &FONTS.book
    }

    fn main(&self) -> FileId {
        *TEMPLATE_ID
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == *TEMPLATE_ID { Ok(self.template.clone()) } else { Err(FileError::AccessDenied) }
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        if id == *DATA_ID { Ok(self.data.clone()) } else { Err(FileError::AccessDenied) }
    }

    fn font(&self, index: usize) -> Option<Font> {
        FONTS.fonts.get(index).cloned()
    }

    /// None: a report that reads the clock could not be made twice.
    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        None
    }
}

static TEMPLATE_ID: LazyLock<FileId> = LazyLock::new(|| file_id("/template.typ"));
static DATA_ID: LazyLock<FileId> = LazyLock::new(|| file_id("/report.json"));

fn file_id(path: &'static str) -> FileId {
    // Called with the two constants above only.
    let path = VirtualPath::new(path).expect("a constant, absolute and without dots");
    RootedPath::new(VirtualRoot::Project, path).intern()
}

struct Fonts {
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
}

/// Noto Sans (SIL OFL 1.1) for Latin, Greek and Cyrillic; DejaVu Sans (Bitstream Vera licence) for Arabic, Hebrew,
/// Armenian, Georgian and signs.
static FONTS: LazyLock<Fonts> = LazyLock::new(|| {
    let faces = [
        notosans::REGULAR_TTF,
        notosans::BOLD_TTF,
        notosans::ITALIC_TTF,
        dejavu::sans::regular(),
        dejavu::sans::bold(),
    ];
    let own = faces.into_iter().map(Bytes::new).chain(ADDED.get().into_iter().flatten().cloned());
    let fonts: Vec<Font> = own.flat_map(Font::iter).collect();
    Fonts { book: LazyHash::new(FontBook::from_fonts(&fonts)), fonts }
});

/// Fonts that the laboratory has added, for scripts that the program's own fonts lack.
static ADDED: OnceLock<Vec<Bytes>> = OnceLock::new();

/// The most fonts that a laboratory can add, and the longest file of one, in bytes.
const ADDED_MAX: usize = 64;
const FONT_BYTES_MAX: u64 = 64 << 20;

/// Adds the fonts of a folder (`.ttf`, `.otf`, `.ttc`), in the order of their names, so that each process prints the same. It must
/// be called before anything is typeset. Answers how many there are; a folder that is not there has none.
///
/// # Errors
/// When a file cannot be read, is no font or is too large, or fonts were added before.
pub fn add_fonts(folder: &Path) -> Result<usize, String> {
    let failed = |what: &Path, why: &dyn std::fmt::Display| format!("{}: {why}", what.display());
    let files = match fs::read_dir(folder) {
        Ok(files) => files,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(0),
        Err(e) => return Err(failed(folder, &e)),
    };
    let is_font = |path: &PathBuf| {
        let ending = path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
        ["ttf", "otf", "ttc"].contains(&ending.as_str())
    };
    let mut paths: Vec<PathBuf> = files.filter_map(|file| file.ok().map(|f| f.path())).filter(is_font).collect();
    paths.sort();
    if paths.len() > ADDED_MAX {
        return Err(failed(folder, &format!("there are more than {ADDED_MAX} fonts")));
    }
    let mut added = Vec::new();
    for path in &paths {
        let length = fs::metadata(path).map_err(|e| failed(path, &e))?.len();
        if length > FONT_BYTES_MAX {
            return Err(failed(path, &"this font is larger than 64 MB"));
        }
        let bytes = Bytes::new(fs::read(path).map_err(|e| failed(path, &e))?);
        if Font::iter(bytes.clone()).next().is_none() {
            return Err(failed(path, &"this is not a font"));
        }
        added.push(bytes);
    }
    let count = added.len();
    ADDED.set(added).map_err(|_| "fonts were added before".to_owned())?;
    Ok(count)
}

/// The characters of a text that cannot be printed as they are, each once: those that no font here has, and those that no font here
/// has together.
pub fn unprintable(text: &str) -> String {
    let mut missing = String::new();
    for grapheme in text.graphemes(true).filter(|g| !g.trim().is_empty() && !covered(g)) {
        let alone: String = grapheme.chars().filter(|c| !covered(c.encode_utf8(&mut [0; 4]))).collect();
        let of_grapheme = if alone.is_empty() { grapheme } else { &alone };
        for c in of_grapheme.chars().filter(|c| !is_joiner(*c)) {
            if !missing.contains(c) {
                missing.push(c);
            }
        }
    }
    missing
}

/// Longest word that every heading and comment has room for, in characters.
const WORD_CHARS_MAX: usize = 30;

/// Makes every text fit to print, whatever the template does with it.
///
/// - What no font here can show is spelled out, so that nothing in a name disappears: U+5C71 prints as `⟨U+5C71⟩`. So do
///   control characters and those that reorder the text around them.
/// - A word too long for a line may break anywhere (U+200B).
/// - A text that runs from right to left keeps to itself (UAX #9 isolate), and does not pull the digits beside it along.
pub(crate) fn make_printable(data: &mut Value) {
    match data {
        Value::String(text) => {
            *text = spelled_out(text);
            if text.split(' ').any(|word| word.chars().count() > WORD_CHARS_MAX) {
                *text = text.split(' ').map(breakable).collect::<Vec<_>>().join(" ");
            }
            if text.chars().any(runs_right_to_left) {
                *text = format!("\u{2068}{text}\u{2069}");
            }
        }
        Value::Array(items) => items.iter_mut().for_each(make_printable),
        Value::Object(fields) => fields.values_mut().for_each(make_printable),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A text in which every character that no font here can show is spelled out.
pub(crate) fn spelled_out(text: &str) -> String {
    if text.bytes().all(|b| matches!(b, b' '..=b'~')) {
        return text.to_owned();
    }
    text.graphemes(true).map(printable).collect()
}

/// Whether the character is in a block of right-to-left scripts (Unicode's DerivedBidiClass, R and AL).
fn runs_right_to_left(c: char) -> bool {
    matches!(c, '\u{0590}'..='\u{08FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFE}'
        | '\u{10800}'..='\u{10FFF}' | '\u{1E800}'..='\u{1EFFF}')
}

fn breakable(word: &str) -> String {
    if word.chars().count() <= WORD_CHARS_MAX {
        return word.to_owned();
    }
    word.graphemes(true).collect::<Vec<_>>().join("\u{200B}")
}

fn printable(grapheme: &str) -> String {
    if matches!(grapheme, "\n" | "\r\n") {
        return "\n".to_owned();
    }
    if covered(grapheme) {
        return grapheme.to_owned();
    }
    // What stands on its own stays; what was added to it is spelled out.
    let mut spelled = String::new();
    for (i, c) in grapheme.chars().filter(|c| !is_joiner(*c)).enumerate() {
        if i == 0 && covered(c.encode_utf8(&mut [0; 4])) {
            spelled.push(c);
        } else {
            spelled.push_str(&format!("⟨U+{:04X}⟩", u32::from(c)));
        }
    }
    spelled
}

/// Whether one font has all of the text.
fn covered(text: &str) -> bool {
    FONTS.fonts.iter().any(|font| {
        let has = |c| is_text(c) && font.info().coverage.contains(u32::from(c));
        text.chars().filter(|c| !is_joiner(*c)).all(has)
    })
}

/// Invisible characters that shape their neighbours and never reorder them.
fn is_joiner(c: char) -> bool {
    matches!(c, '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FE00}'..='\u{FE0F}')
}

/// Neither control, nor invisible, nor private: a character whose meaning everybody shares.
fn is_text(c: char) -> bool {
    let private = matches!(c, '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..);
    !(c.is_control() || is_default_ignorable(c) || private)
}
