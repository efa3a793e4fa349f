//! Every sentence a person reads, from Fluent files (`locales/<language>/<noun>.ftl`). Each crate of pages brings its own folder of them;
//! the program puts them together once, at its start, and pages find them in their frame.
//!
//! Templates and handlers name a sentence by its key; the journal and the laboratory's rooms know codes only. A code becomes a
//! sentence here: a refusal under `refused-<room>-<code>`, a hold under `hold-<code>`, an event under `event-<room>-<what>`.

use std::fmt;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use titer_lab::Counted;
use unic_langid::LanguageIdentifier;

/// The files of a crate's folder in one language: where each was found, so that a mistake is reported with its place, and its text.
pub type Files = &'static [(&'static str, &'static str)];

/// The sentences of the shell itself.
pub const ENGLISH: Files = include!(concat!(env!("OUT_DIR"), "/words.rs"));

/// The argument of a refusal that says which field it is about.
const FIELD: &str = "field";

/// All sentences of one language, parsed once.
pub struct Words {
    bundle: FluentBundle<FluentResource>,
}

/// Something that may stand in a sentence: a text or a count.
pub trait Arg {
    /// The value as Fluent sees it; a count chooses the plural form.
    fn value(&self) -> FluentValue<'_>;
}

impl Arg for str {
    fn value(&self) -> FluentValue<'_> {
        FluentValue::from(self)
    }
}

impl Arg for String {
    fn value(&self) -> FluentValue<'_> {
        FluentValue::from(self.as_str())
    }
}

impl Arg for usize {
    fn value(&self) -> FluentValue<'_> {
        FluentValue::from(*self)
    }
}

/// How many there are of something. If they were counted up to a limit only, it says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Amount {
    /// So many.
    Exactly(usize),
    /// More than so many, in words.
    MoreThan(String),
}

impl Amount {
    /// Whether there are more than so many.
    pub fn exceeds(&self, number: usize) -> bool {
        match self {
            Amount::Exactly(all) => *all > number,
            Amount::MoreThan(_) => true,
        }
    }
}

impl From<usize> for Amount {
    fn from(number: usize) -> Self {
        Amount::Exactly(number)
    }
}

impl Arg for Amount {
    fn value(&self) -> FluentValue<'_> {
        match self {
            Amount::Exactly(number) => FluentValue::from(*number),
            Amount::MoreThan(words) => FluentValue::from(words.as_str()),
        }
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Amount::Exactly(number) => number.fmt(f),
            Amount::MoreThan(words) => words.fmt(f),
        }
    }
}

impl<T: Arg + ?Sized> Arg for &T {
    fn value(&self) -> FluentValue<'_> {
        (**self).value()
    }
}

impl Words {
    /// The sentences of these folders, in the language of this tag.
    ///
    /// # Panics
    /// When a file cannot be read or says a key again: the files are part of the program, so the build is broken.
    pub fn of(language: &str, folders: &[Files]) -> Words {
        // Were this no language, plural forms would be those of none: the tests of plurals would say so.
        let language: LanguageIdentifier = language.parse().unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![language]);
        // Isolation marks would be copied along with a specimen number; pages isolate foreign names with <bdi>.
        bundle.set_use_isolating(false);
        for (name, text) in folders.iter().copied().flatten() {
            let resource =
                FluentResource::try_new((*text).to_owned()).unwrap_or_else(|(_, errors)| panic!("{name}: {errors:?}"));
            bundle.add_resource(resource).unwrap_or_else(|errors| panic!("{name}: {errors:?}"));
        }
        Words { bundle }
    }

    /// The sentence of a key. A key without a sentence shows as `⟪key⟫`; tests keep that from happening.
    pub fn t(&self, key: &str) -> String {
        self.tell(key, &[])
    }

    /// How many there are, to be shown or to stand in a sentence.
    pub fn amount(&self, counted: Counted) -> Amount {
        if !counted.more {
            return Amount::Exactly(counted.number);
        }
        let mut number = counted.number.to_string();
        for place in
            (1..number.len()).rev().filter(|place| (number.len() - place).is_multiple_of(3)).collect::<Vec<_>>()
        {
            number.insert(place, ',');
        }
        Amount::MoreThan(self.tell("more-than", &[("count", &number)]))
    }

    /// The sentence of a key, with arguments.
    pub fn tell(&self, key: &str, args: &[(&str, &dyn Arg)]) -> String {
        self.look_up(key, args).unwrap_or_else(|| format!("⟪{key}⟫"))
    }

    /// What a room's refusal says: its own sentence, or one that names the code for those who look into it. The code of a field is said in
    /// the words of the field's label.
    pub fn refusal(&self, code: &str, args: &[(&str, &dyn Arg)]) -> String {
        let field = args.iter().find(|(name, _)| *name == FIELD).and_then(|(_, field)| self.label(*field));
        let mut args = args.to_vec();
        if let Some(label) = &field {
            args.retain(|(name, _)| *name != FIELD);
            args.push((FIELD, label));
        }
        self.look_up(&format!("refused-{code}"), &args).unwrap_or_else(|| self.tell("refused", &[("code", &code)]))
    }

    /// The label of a field, if the code of one has any.
    fn label(&self, field: &dyn Arg) -> Option<String> {
        match field.value() {
            FluentValue::String(code) => self.look_up(&format!("field-{}", code.replace(' ', "-")), &[]),
            _ => None,
        }
    }

    fn look_up(&self, key: &str, args: &[(&str, &dyn Arg)]) -> Option<String> {
        let pattern = self.bundle.get_message(key)?.value()?;
        let args: FluentArgs = args.iter().map(|(name, arg)| (*name, arg.value())).collect();
        let mut errors = Vec::new();
        let words = self.bundle.format_pattern(pattern, Some(&args), &mut errors);
        if !errors.is_empty() {
            tracing::error!(key, ?errors, "a sentence lacks an argument");
        }
        Some(words.into_owned())
    }
}
