//! Every sentence a person reads, from Fluent files (`locales/<language>/<noun>.ftl`).
//!
//! Templates and handlers name a sentence by its key; the journal and the laboratory's rooms know codes only. A code becomes a
//! sentence here: a refusal under `refused-<room>-<code>`, a hold under `hold-<code>`, an event under `event-<room>-<what>`.

use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

/// The files of one language, by name so that a mistake is reported with its place.
const ENGLISH: &[(&str, &str)] = &[
    ("board", include_str!("../locales/en/board.ftl")),
    ("catalog", include_str!("../locales/en/catalog.ftl")),
    ("codes", include_str!("../locales/en/codes.ftl")),
    ("find", include_str!("../locales/en/find.ftl")),
    ("holds", include_str!("../locales/en/holds.ftl")),
    ("home", include_str!("../locales/en/home.ftl")),
    ("links", include_str!("../locales/en/links.ftl")),
    ("messages", include_str!("../locales/en/messages.ftl")),
    ("orders", include_str!("../locales/en/orders.ftl")),
    ("page", include_str!("../locales/en/page.ftl")),
    ("paper", include_str!("../locales/en/paper.ftl")),
    ("patients", include_str!("../locales/en/patients.ftl")),
    ("problems", include_str!("../locales/en/problems.ftl")),
    ("receive", include_str!("../locales/en/receive.ftl")),
    ("refusals", include_str!("../locales/en/refusals.ftl")),
    ("reports", include_str!("../locales/en/reports.ftl")),
    ("results", include_str!("../locales/en/results.ftl")),
    ("review", include_str!("../locales/en/review.ftl")),
    ("sign_in", include_str!("../locales/en/sign_in.ftl")),
    ("site", include_str!("../locales/en/site.ftl")),
    ("specimens", include_str!("../locales/en/specimens.ftl")),
    ("staff", include_str!("../locales/en/staff.ftl")),
    ("story", include_str!("../locales/en/story.ftl")),
];

static WORDS: LazyLock<Words> = LazyLock::new(|| Words::parse(ENGLISH));

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

impl<T: Arg + ?Sized> Arg for &T {
    fn value(&self) -> FluentValue<'_> {
        (**self).value()
    }
}

impl Words {
    /// English, the only language so far.
    pub fn english() -> &'static Words {
        &WORDS
    }

    fn parse(files: &[(&str, &str)]) -> Words {
        // Were this no language, plural forms would be those of none: the tests of plurals would say so.
        let language: LanguageIdentifier = "en-GB".parse().unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![language]);
        // Isolation marks would be copied along with a specimen number; pages isolate foreign names with <bdi>.
        bundle.set_use_isolating(false);
        for (name, text) in files {
            // The files are part of the program and a test parses them: failing here means that the build is broken.
            let resource = FluentResource::try_new((*text).to_owned())
                .unwrap_or_else(|(_, errors)| panic!("{name}.ftl: {errors:?}"));
            bundle.add_resource(resource).unwrap_or_else(|errors| panic!("{name}.ftl: {errors:?}"));
        }
        Words { bundle }
    }

    /// The sentence of a key. A key without a sentence shows as `⟪key⟫`; tests keep that from happening.
    pub fn t(&self, key: &str) -> String {
        self.tell(key, &[])
    }

    /// The sentence of a key, with arguments.
    pub fn tell(&self, key: &str, args: &[(&str, &dyn Arg)]) -> String {
        self.look_up(key, args).unwrap_or_else(|| format!("⟪{key}⟫"))
    }

    /// What a room's refusal says: its own sentence, or one that names the code for those who look into it.
    pub fn refusal(&self, code: &str, args: &[(&str, &dyn Arg)]) -> String {
        self.look_up(&format!("refused-{code}"), args).unwrap_or_else(|| self.tell("refused", &[("code", &code)]))
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

#[cfg(test)]
#[path = "words/coded_tests.rs"]
mod coded;

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::*;

    /// The files below a folder, which is named from this crate's own.
    pub fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
        fn walk(path: &Path, ending: &str, found: &mut Vec<PathBuf>) {
            for entry in fs::read_dir(path).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    walk(&path, ending, found);
                } else if path.to_str().unwrap().ends_with(ending) {
                    found.push(path);
                }
            }
        }
        let mut found = Vec::new();
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        walk(&root, ending, &mut found);
        found
    }

    /// Every key, with its words as they are written.
    fn defined() -> BTreeMap<String, String> {
        let mut defined: BTreeMap<String, String> = BTreeMap::new();
        let mut key = String::new();
        for line in ENGLISH.iter().flat_map(|(_, text)| text.lines()) {
            match line.split_once(" =") {
                Some((begun, _)) if line.starts_with(|c: char| c.is_ascii_lowercase()) => key = begun.to_owned(),
                _ if !line.starts_with(' ') => continue,
                _ => {}
            }
            defined.entry(key.clone()).or_default().push_str(line);
        }
        defined
    }

    /// The arguments that a sentence asks for.
    fn asks(words: &str) -> BTreeSet<String> {
        let name = |c: char| c.is_ascii_lowercase() || c == '_';
        words.split('$').skip(1).map(|rest| rest.chars().take_while(|c| name(*c)).collect()).collect()
    }

    /// Every quoted text in templates and sources, and those of them that stand where a key is asked for.
    fn quoted() -> (BTreeSet<String>, BTreeSet<String>) {
        let mut all = BTreeSet::new();
        let mut keys = BTreeSet::new();
        let mut paths = files("templates", ".html");
        paths.extend(files("src", ".rs"));
        for path in paths {
            let text = fs::read_to_string(path).unwrap();
            let parts: Vec<&str> = text.split('"').collect();
            for window in parts.windows(2) {
                let (before, quoted) = (window[0], window[1]);
                let shape = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
                if quoted.is_empty() || !quoted.chars().all(shape) {
                    continue;
                }
                all.insert(quoted.to_owned());
                if [".t(", ".tell(", "Key("].iter().any(|asks| before.ends_with(asks)) {
                    keys.insert(quoted.to_owned());
                }
            }
        }
        (all, keys)
    }

    #[test]
    fn every_file_of_the_language_is_loaded() {
        let listed: BTreeSet<_> = ENGLISH.iter().map(|(name, _)| (*name).to_owned()).collect();
        let found: BTreeSet<_> = files("locales/en", ".ftl")
            .iter()
            .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
            .collect();
        assert_eq!(listed, found);
    }

    #[test]
    fn every_key_asked_for_is_defined() {
        let defined = defined();
        let missing: Vec<_> = quoted().1.into_iter().filter(|key| !defined.contains_key(key)).collect();
        assert!(missing.is_empty(), "no words for {missing:?}");
    }

    #[test]
    fn every_key_defined_is_asked_for() {
        let (used, coded) = (quoted().0, coded::keys());
        let unused: Vec<_> =
            defined().into_keys().filter(|key| !used.contains(key) && !coded.contains_key(key)).collect();
        assert!(unused.is_empty(), "nobody says {unused:?}");
    }

    #[test]
    fn every_code_of_the_rooms_has_words_for_what_comes_with_it() {
        let defined = defined();
        let wrong: Vec<_> = coded::keys()
            .into_iter()
            .filter(|(key, given)| defined.get(key).is_none_or(|words| !asks(words).is_subset(given)))
            .collect();
        assert!(wrong.is_empty(), "no words, or words that ask for more than these: {wrong:?}");
    }

    #[test]
    fn counts_choose_the_plural_and_texts_are_inserted() {
        let words = Words::english();
        assert_eq!(words.tell("review-marked", &[("count", &1_usize)]), "1 result marked");
        assert_eq!(words.tell("review-marked", &[("count", &3_usize)]), "3 results marked");
    }

    #[test]
    fn a_refusal_without_words_of_its_own_names_its_code() {
        let words = Words::english();
        assert!(words.refusal("nowhere-odd", &[]).contains("nowhere-odd"));
        assert!(!words.refusal("specimens-unknown", &[("barcode", &"T1")]).contains('⟪'));
    }
}
