//! Names by which people tell entries apart: none is taken for that of another entry.

use std::collections::HashMap;

use crate::{Refusal, text};

/// The keys, names and short names of entries of one sort.
#[derive(Default)]
pub(super) struct Names {
    /// Each shape of a name, with the name and the key of its entry.
    shapes: HashMap<[String; 2], (String, String)>,
    /// The names of each entry, by key.
    known: HashMap<String, Vec<String>>,
}

impl Names {
    /// Entries that stand already, whatever they are called.
    pub fn of<'a, const N: usize>(entries: impl Iterator<Item = [&'a str; N]>) -> Self {
        let mut names = Names::default();
        for entry in entries {
            names.insert(&entry);
        }
        names
    }

    /// Adds an entry, the key first. One that stands already and is called as before is added whatever it is called.
    ///
    /// # Errors
    /// Refused if one of the names is taken for a name of another entry, with both.
    pub fn add(&mut self, entry: &[&str]) -> Result<(), Refusal> {
        let [key, ..] = entry else { return Ok(()) };
        let before = self.known.get(*key);
        for name in entry.iter().filter(|name| !before.is_some_and(|before| before.iter().any(|b| b == *name))) {
            if let Some(other) = self.taken_for(key, name) {
                return Err(Refusal::new("catalog-alike").with("name", name).with("other", other).with("key", key));
            }
        }
        self.insert(entry);
        Ok(())
    }

    /// The name of another entry that this one is taken for.
    fn taken_for(&self, key: &str, name: &str) -> Option<&str> {
        let of_another = |shape: [String; 2]| self.shapes.get(&shape).filter(|(_, of)| of != key);
        each(name).into_iter().find_map(of_another).map(|(name, _)| name.as_str())
    }

    fn insert(&mut self, entry: &[&str]) {
        let [key, ..] = entry else { return };
        for name in entry {
            for shape in each(name) {
                self.shapes.entry(shape).or_insert_with(|| ((*name).to_owned(), (*key).to_owned()));
            }
        }
        self.known.insert((*key).to_owned(), entry.iter().map(|name| (*name).to_owned()).collect());
    }
}

/// The shapes of a name, each in its place: one in small letters is not compared with one in capitals.
fn each(name: &str) -> [[String; 2]; 2] {
    let [small, capital] = text::shapes(name);
    [[small, String::new()], [String::new(), capital]]
}
