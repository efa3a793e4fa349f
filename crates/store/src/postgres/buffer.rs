//! Changes that wait to be sent, and the few statements that they become: one for each table and kind of change.

use std::{borrow::Cow, collections::HashMap};

use tokio_postgres::types::Type as PgType;

use super::values::{Param, array, identity};
use crate::{
    Table, Value,
    table::Type,
    tables::{BLOBS, JOURNAL, KINDS},
};

/// One change on its way.
pub(super) struct Waiting {
    pub table: &'static Table,
    /// The name of the table to write to: its own, or that of its successor beside it.
    pub name: Cow<'static, str>,
    pub lab: i64,
    pub key: Value,
    pub change: Change,
    /// Whether no row of this key can be there yet, because the event that puts the row has just given out the key.
    pub fresh: bool,
}

pub(super) enum Change {
    Put(Vec<Value>),
    Patch { set: Vec<(&'static str, Value)>, strict: bool },
    Drop,
}

impl Waiting {
    /// About how many bytes it takes on the wire.
    pub(super) fn bytes(&self) -> usize {
        let of = |v: &Value| match v {
            Value::Text(t) => 8 + t.len(),
            Value::Bytes(b) => 8 + b.len(),
            _ => 12,
        };
        of(&self.key)
            + match &self.change {
                Change::Put(values) => values.iter().map(of).sum(),
                Change::Patch { set, .. } => set.iter().map(|(_, v)| of(v)).sum(),
                Change::Drop => 0,
            }
    }
}

/// Rows that one statement patches at most: each looks for its values among those of all.
const PATCHES_MAX: usize = 200;

/// One statement over many rows: `$1` is the laboratory, the others are arrays, one a column.
pub(super) struct Write<'a> {
    pub text: String,
    pub lab: Value,
    pub columns: Vec<(Vec<Param<'a>>, PgType)>,
    /// How many rows it must find, where it must find them all, and in which table.
    pub must_find: Option<(u64, &'static str)>,
}

/// The statements for `waiting`. Sent in this order they come to the same as the changes one by one.
pub(super) fn writes(waiting: &[Waiting]) -> Vec<Write<'_>> {
    let mut order = Vec::new();
    let mut targets: HashMap<(&str, i64), Vec<Stage<'_>>> = HashMap::new();
    for one in waiting {
        let target = (&*one.name, one.lab);
        let stages = targets.entry(target).or_insert_with(|| {
            order.push((target, one.table));
            vec![Stage::default()]
        });
        if stages.last().is_some_and(|s| s.must_be_sent_before(one)) {
            stages.push(Stage::default());
        }
        if let Some(stage) = stages.last_mut() {
            stage.add(one);
        }
    }
    let mut out = Vec::new();
    for ((name, lab), table) in order {
        for stage in targets.remove(&(name, lab)).unwrap_or_default() {
            stage.write(table, name, lab, &mut out);
        }
    }
    out
}

/// Changes of one table that can be made as all drops, then all patches, then all puts. Two changes of one row become one here;
/// where that, or the order, could break a unique index that the changes one by one do not, a new stage begins.
#[derive(Default)]
struct Stage<'a> {
    drops: Vec<&'a Value>,
    patches: Rows<'a, Patch<'a>>,
    puts: Rows<'a, Vec<&'a Value>>,
    /// Whether a row that is put may be there already.
    replaces: bool,
}

#[derive(Default)]
struct Patch<'a> {
    set: Vec<(&'static str, &'a Value)>,
    strict: bool,
}

/// Rows by their key, in the order of their first change.
struct Rows<'a, T> {
    places: HashMap<Vec<u8>, usize>,
    rows: Vec<(&'a Value, T)>,
}

impl<T> Default for Rows<'_, T> {
    fn default() -> Self {
        Rows { places: HashMap::new(), rows: Vec::new() }
    }
}

impl<'a, T: Default> Rows<'a, T> {
    fn get(&self, key: &Value) -> Option<&T> {
        self.places.get(&identity([key])).map(|i| &self.rows[*i].1)
    }

    fn get_mut(&mut self, key: &Value) -> Option<&mut T> {
        self.places.get(&identity([key])).map(|i| &mut self.rows[*i].1)
    }

    fn get_or_add(&mut self, key: &'a Value) -> &mut T {
        let place = *self.places.entry(identity([key])).or_insert(self.rows.len());
        if place == self.rows.len() {
            self.rows.push((key, T::default()));
        }
        &mut self.rows[place].1
    }
}

fn unique(table: &Table, column: &str) -> bool {
    table.indexes.iter().any(|i| i.unique && i.columns.contains(&column))
}

impl<'a> Stage<'a> {
    fn must_be_sent_before(&self, next: &Waiting) -> bool {
        match &next.change {
            Change::Drop => self.puts.get(&next.key).is_some() || self.patches.get(&next.key).is_some(),
            // The later one is not what stands then: a number that stands twice in the journal is refused, and a kind keeps its
            // first event.
            Change::Put(_) if [JOURNAL.name, KINDS.name].contains(&next.table.name) => {
                self.puts.get(&next.key).is_some()
            }
            Change::Put(values) => self.puts.get(&next.key).is_some_and(|before| {
                let mut columns = next.table.columns.iter().zip(before.iter().zip(values));
                columns.any(|(c, (before, after))| unique(next.table, c.name) && *before != after)
            }),
            Change::Patch { set, .. } => {
                let occupied = !self.puts.rows.is_empty() || !self.patches.rows.is_empty();
                occupied && set.iter().any(|(c, _)| unique(next.table, c))
            }
        }
    }

    fn add(&mut self, one: &'a Waiting) {
        match &one.change {
            Change::Drop => self.drops.push(&one.key),
            Change::Put(values) => {
                self.replaces |= !one.fresh;
                *self.puts.get_or_add(&one.key) = values.iter().collect();
            }
            Change::Patch { set, strict } => match self.puts.get_mut(&one.key) {
                Some(row) => {
                    for (column, place) in one.table.columns.iter().zip(row) {
                        if let Some((_, value)) = set.iter().rfind(|(c, _)| *c == column.name) {
                            *place = value;
                        }
                    }
                }
                None => {
                    let patch = self.patches.get_or_add(&one.key);
                    patch.strict |= strict;
                    for (column, value) in set {
                        patch.set.retain(|(c, _)| c != column);
                        patch.set.push((column, value));
                    }
                }
            },
        }
    }

    fn write(self, table: &'static Table, name: &str, lab: i64, out: &mut Vec<Write<'a>>) {
        let lab = Value::Int(lab);
        if !self.drops.is_empty() {
            let text = format!("DELETE FROM \"{name}\" WHERE lab = $1 AND {} = ANY($2)", table.key.name);
            let keys = self.drops.into_iter().map(Param).collect();
            out.push(Write { text, lab: lab.clone(), columns: vec![(keys, array(table.key.ty))], must_find: None });
        }
        for (columns, strict, rows) in alike(self.patches.rows) {
            let mut rows = rows.into_iter().peekable();
            while rows.peek().is_some() {
                let some = rows.by_ref().take(PATCHES_MAX).collect();
                out.push(patch(table, name, lab.clone(), &columns, strict, some));
            }
        }
        if !self.puts.rows.is_empty() {
            out.push(put(table, name, lab, self.puts.rows, self.replaces));
        }
    }
}

/// Rows in which the same columns are patched: the names, whether every row must be found, the rows.
type Alike<'a> = (Vec<&'static str>, bool, Vec<(&'a Value, Patch<'a>)>);

fn alike<'a>(patches: Vec<(&'a Value, Patch<'a>)>) -> Vec<Alike<'a>> {
    let mut out: Vec<Alike<'a>> = Vec::new();
    for (key, mut patch) in patches {
        patch.set.sort_unstable_by_key(|(c, _)| *c);
        let columns: Vec<&str> = patch.set.iter().map(|(c, _)| *c).collect();
        match out.iter_mut().find(|(c, s, _)| *c == columns && *s == patch.strict) {
            Some((_, _, rows)) => rows.push((key, patch)),
            None => out.push((columns, patch.strict, vec![(key, patch)])),
        }
    }
    out
}

/// No join with the new values: without statistics the planner would put the whole laboratory on its outer side. Each row is
/// found by key, and its values by their place.
fn patch<'a>(
    table: &'static Table,
    name: &str,
    lab: Value,
    columns: &[&'static str],
    strict: bool,
    rows: Vec<(&'a Value, Patch<'a>)>,
) -> Write<'a> {
    // A column that the table does not have is for the server to refuse.
    let of = |name: &str| table.columns.iter().find(|c| c.name == name).map_or(Type::Text, |c| c.ty);
    let types: Vec<Type> = [table.key.ty].into_iter().chain(columns.iter().map(|c| of(c))).collect();
    let key = table.key.name;
    let value = |(i, c): (usize, &&str)| format!("{c} = (${})[array_position($2, {key})]", i + 3);
    let set: Vec<String> = columns.iter().enumerate().map(value).collect();
    let text = format!("UPDATE \"{name}\" SET {} WHERE lab = $1 AND {key} = ANY($2)", set.join(", "));
    let must_find = strict.then_some((rows.len() as u64, table.name));
    let values = rows.into_iter().map(|(key, patch)| [key].into_iter().chain(patch.set.into_iter().map(|(_, v)| v)));
    Write { text, lab, columns: transpose(&types, values), must_find }
}

fn put<'a>(
    table: &'static Table,
    name: &str,
    lab: Value,
    rows: Vec<(&'a Value, Vec<&'a Value>)>,
    replaces: bool,
) -> Write<'a> {
    let types: Vec<Type> = [table.key.ty].into_iter().chain(table.columns.iter().map(|c| c.ty)).collect();
    let names: Vec<&str> = table.column_names().collect();
    let set: Vec<String> = table.columns.iter().map(|c| format!("{0} = excluded.{0}", c.name)).collect();
    // To look for a row that may be there costs a third of the time of inserting one.
    let twice = if table.name == JOURNAL.name || !replaces {
        String::new()
    } else if table.name == BLOBS.name || table.name == KINDS.name || set.is_empty() {
        format!(" ON CONFLICT (lab, {}) DO NOTHING", table.key.name)
    } else {
        format!(" ON CONFLICT (lab, {}) DO UPDATE SET {}", table.key.name, set.join(", "))
    };
    let text = format!(
        "INSERT INTO \"{name}\" ({}) SELECT $1::BIGINT, u.* FROM {}{twice}",
        names.join(", "),
        unnest(types.len())
    );
    let values = rows.into_iter().map(|(key, row)| [key].into_iter().chain(row));
    Write { text, lab, columns: transpose(&types, values), must_find: None }
}

/// `UNNEST($2, $3, …) AS u(c0, c1, …)`
fn unnest(columns: usize) -> String {
    let places: Vec<String> = (0..columns).map(|i| format!("${}", i + 2)).collect();
    let names: Vec<String> = (0..columns).map(|i| format!("c{i}")).collect();
    format!("UNNEST({}) AS u({})", places.join(", "), names.join(", "))
}

fn transpose<'a, R: IntoIterator<Item = &'a Value>>(
    types: &[Type],
    rows: impl Iterator<Item = R>,
) -> Vec<(Vec<Param<'a>>, PgType)> {
    let mut columns: Vec<(Vec<Param<'a>>, PgType)> = types.iter().map(|t| (Vec::new(), array(*t))).collect();
    for row in rows {
        for ((column, _), value) in columns.iter_mut().zip(row) {
            column.push(Param(value));
        }
    }
    columns
}
