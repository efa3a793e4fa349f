//! One statement asked with many sets of parameters at once. To start a statement costs the server more than to find a few rows
//! by key, so the reads that a group of submissions names beforehand are asked once a statement, not once a submission.

use std::collections::{HashMap, HashSet};

use tokio_postgres::types::ToSql;

use super::{
    connection::{Answer, Connection, Request},
    values::{Param, identity},
};
use crate::{Row, Sql, StoreError, Value, engine::Read};

/// Rows that were fetched beforehand, by statement and parameters.
pub(super) type Fetched = HashMap<(&'static str, Vec<u8>), Vec<Row>>;

/// What is fetched beforehand.
pub(super) enum Ask<'a> {
    One(&'static Sql, &'a [Value]),
    Batch(&'static Sql, Batch<'a>, Vec<&'a [Value]>),
}

impl Ask<'_> {
    pub(super) fn request(&self) -> Request<'_> {
        match self {
            Ask::One(sql, params) => Request::Prepared { text: sql.text(), place: sql.place(), params },
            Ask::Batch(_, batch, _) => Request::Batch(batch),
        }
    }

    /// Keeps the answer where a submission will look for its rows.
    pub(super) fn keep(&self, answer: Answer, fetched: &mut Fetched) -> Result<(), StoreError> {
        match self {
            Ask::One(sql, params) => {
                fetched.insert((sql.text(), identity(*params)), answer.rows);
            }
            Ask::Batch(sql, batch, sets) => {
                let keys = sets.iter().map(|params| (sql.text(), identity(*params)));
                fetched.extend(keys.zip(batch.rows(answer)?));
            }
        }
        Ok(())
    }
}

/// How `reads` are asked. A statement is asked in a batch once it has been prepared by itself, because then its types are known.
pub(super) fn asks<'a>(reads: &'a [Read], connection: Option<&Connection>) -> Vec<Ask<'a>> {
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut asked_once = HashSet::new();
    let mut statements: Vec<(&'static Sql, Vec<&'a [Value]>)> = Vec::new();
    for (sql, params) in reads {
        if asked_once.insert((sql.text(), identity(params))) {
            let place = *places.entry(sql.text()).or_insert(statements.len());
            if place == statements.len() {
                statements.push((*sql, Vec::new()));
            }
            statements[place].1.push(params);
        }
    }
    let mut out = Vec::new();
    for (sql, sets) in statements {
        let types = connection.and_then(|c| c.prepared_parameters(sql.text()));
        match types.filter(|types| sets.len() > 1 && sets.iter().all(|set| set.len() == types.len())) {
            Some(types) => out.push(Ask::Batch(sql, Batch::new(sql, &types, &sets), sets)),
            None => out.extend(sets.into_iter().map(|set| Ask::One(sql, set))),
        }
    }
    out
}

/// A statement, and the sets of parameters that it is asked with.
pub(super) struct Batch<'a> {
    pub(super) text: String,
    pub(super) place: &'static str,
    params: Vec<Given<'a>>,
    sets: usize,
}

/// A parameter of the statement that [`Batch`] sends.
enum Given<'a> {
    /// The same in every set. The laboratory is; so must be a limit, which PostgreSQL takes from no row.
    Once(Param<'a>),
    /// One in each set, as an array.
    Each(Vec<Param<'a>>),
}

impl<'a> Batch<'a> {
    /// `types` are the server's names of the types of the statement's parameters.
    fn new(sql: &'static Sql, types: &[String], sets: &[&'a [Value]]) -> Self {
        let (mut params, mut arrays, mut columns, mut names) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (i, ty) in types.iter().enumerate() {
            let each: Vec<&Value> = sets.iter().map(|set| &set[i]).collect();
            let place = params.len() + 1;
            if each.windows(2).all(|pair| pair[0] == pair[1]) {
                params.push(Given::Once(Param(each[0])));
                names.push(format!("${place}"));
            } else {
                params.push(Given::Each(each.into_iter().map(Param).collect()));
                arrays.push(format!("${place}::{ty}[]"));
                columns.push(format!("p{i}"));
                names.push(format!("u.p{i}"));
            }
        }
        // OFFSET keeps the planner from joining in another order than set by set.
        let text = format!(
            "SELECT q.*, u.at FROM UNNEST({}) WITH ORDINALITY AS u({}, at), LATERAL (SELECT * FROM ({}) AS s OFFSET 0) AS q",
            arrays.join(", "),
            columns.join(", "),
            with_names(sql.text(), &names)
        );
        Batch { text, place: sql.place(), params, sets: sets.len() }
    }

    pub(super) fn params(&self) -> impl ExactSizeIterator<Item = &(dyn ToSql + Sync)> {
        self.params.iter().map(|given| match given {
            Given::Once(param) => param as &(dyn ToSql + Sync),
            Given::Each(params) => params as &(dyn ToSql + Sync),
        })
    }

    /// The rows of each set.
    fn rows(&self, answer: Answer) -> Result<Vec<Vec<Row>>, StoreError> {
        let mut out = vec![Vec::new(); self.sets];
        for mut row in answer.rows {
            let set = match row.0.pop() {
                Some(Value::Int(at)) => usize::try_from(at - 1).ok().and_then(|i| out.get_mut(i)),
                _ => None,
            };
            set.ok_or_else(|| StoreError::Statement(format!("{}: a row of no set", self.place)))?.push(row);
        }
        Ok(out)
    }
}

/// `text` with the first of `names` in place of `$1`, and so on.
fn with_names(text: &str, names: &[String]) -> String {
    let mut pieces = text.split('$');
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let end = piece.find(|c: char| !c.is_ascii_digit()).unwrap_or(piece.len());
        let (number, rest) = piece.split_at(end);
        match number.parse::<usize>().ok().and_then(|n| names.get(n.wrapping_sub(1))) {
            Some(name) => out.push_str(name),
            // The server says what is wrong with the statement.
            None => {
                out.push('$');
                out.push_str(number);
            }
        }
        out.push_str(rest);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::with_names;

    #[test]
    fn each_parameter_gets_its_own_name() {
        let names: Vec<String> = (1..=11).map(|n| format!("<{n}>")).collect();
        assert_eq!(with_names("a = $1 AND b IN ($11, $2) OR $10", &names), "a = <1> AND b IN (<11>, <2>) OR <10>");
        assert_eq!(with_names("$12 $ $0", &names), "$12 $ $0");
    }
}
