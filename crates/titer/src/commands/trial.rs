//! `titer link try`: a recording read as a dialect does.

use std::{fs, path::Path};

use serde_json::{Value as Json, json};
use titer_lab::Refusal;
use titer_link::{
    Dialect,
    dialect::{Query, SpecimenRole, Value, names},
    trial::{Trial, TriedMessage, TriedSpecimen, Verdict},
};

use super::print_json;
use crate::{Failed, words};

pub fn run(name: &str, file: &Path, json: bool) -> Result<(), Failed> {
    let dialect = dialect(name)?;
    let bytes = fs::read(file).map_err(|e| Failed(format!("{}: {e}", file.display())))?;
    let trial = Trial::of(&dialect, &bytes);
    for warning in &trial.warnings {
        eprintln!("On the line: {warning}.");
    }
    if trial.messages.is_empty() {
        return Err(Failed(format!(
            "{} holds no message: none of its records is a header (H). Is it a recording of this line?",
            file.display()
        )));
    }
    if json {
        return trial.messages.iter().try_for_each(|message| print_json(&as_json(message)));
    }
    let device = &dialect.device;
    say!("{} ({}), profile {}, {}.", device.name, device.maker, device.version, device.provenance.words());
    for (number, message) in (1..).zip(&trial.messages) {
        say!("");
        show(number, message);
    }
    let count = |which: fn(&Verdict) -> bool| trial.verdicts().filter(|v| which(v)).count();
    say!("");
    say!(
        "{} messages. Values that would be filed: {}, held: {}, not charted: {}.",
        trial.messages.len(),
        count(|v| matches!(v, Verdict::Filed { .. })),
        count(|v| matches!(v, Verdict::Held(_))),
        count(|v| matches!(v, Verdict::Ignored(_)))
    );
    say!("A value is filed only if the laboratory has approved the mapping of its code and has received the tube.");
    Ok(())
}

/// The dialect of this name, or the profile in this file.
fn dialect(name: &str) -> Result<Dialect, Failed> {
    let shipped = names().any(|n| n == name);
    if shipped || !Path::new(name).is_file() {
        return Dialect::named(name).map_err(|refusal| Failed(words::refusal(&refusal)));
    }
    let text = fs::read_to_string(name).map_err(|e| Failed(format!("{name}: {e}")))?;
    Dialect::parse(&text).map_err(|mistakes| {
        let lines: Vec<String> = mistakes.iter().map(|m| format!("  {m}")).collect();
        Failed(format!("{name} is not a profile that can be used:\n{}", lines.join("\n")))
    })
}

fn show(number: usize, message: &TriedMessage) {
    let from = if message.instrument.is_empty() { "an unnamed analyzer" } else { &message.instrument };
    say!("Message {number} from {}, {} records", plain(from), message.records);
    if let Some(refusal) = &message.refused {
        say!("  No result of this message is filed: {}", plain(&words::refusal(refusal)));
    }
    for specimen in &message.specimens {
        show_specimen(specimen);
    }
    for query in &message.queries {
        say!("  Asks for {}", plain(&asked(query)));
    }
    for mark in &message.ignored_queries {
        say!("  A query with the mark {mark:?}, which asks for no tube");
    }
    for hold in &message.unexplained {
        say!("  Not listed in the profile: {}. {}", plain(hold), plain(&words::hold(hold)));
    }
    if !message.unread.is_empty() {
        say!("  Fields with content that the profile does not read: {}", message.unread.join(", "));
    }
}

/// A terminal obeys control characters; here they are shown instead.
fn plain(text: &str) -> String {
    text.replace(char::is_control, "\u{fffd}")
}

fn show_specimen(specimen: &TriedSpecimen) {
    let said = &specimen.said;
    let identity = if said.identity.is_empty() { "without a scanned number" } else { &said.identity };
    say!("  Specimen {}, {}{}", plain(identity), material(&said.role), labelled("specimen type", &said.specimen_type));
    if let Some(mark) = &said.unscanned {
        say!("    The tube number has the mark {mark:?}: it was not scanned.");
    }
    if let Some(refusal) = &specimen.held {
        say!("    Held: {}", plain(&words::refusal(refusal)));
    }
    for (value, verdict) in said.values.iter().zip(&specimen.verdicts) {
        let sent = format!("{} {}", value.value, value.unit);
        let becomes = becomes(verdict, specimen.held.is_some());
        say!("    {:<16} {:<24} {}", plain(&value.code), plain(sent.trim_end()), plain(&becomes));
        say!("    {:<16} {}", "", beside(value));
    }
}

/// What is sent beside a value.
fn beside(value: &Value) -> String {
    let measured = value.completed.map_or_else(|| value.completed_text.clone(), |at| at.to_string());
    let status = value.status.map_or("not listed", |s| s.code());
    format!("flags {:?}, status {:?} ({status}), measured {measured:?}", value.flags, value.status_text)
}

fn becomes(verdict: &Verdict, of_specimen: bool) -> String {
    match verdict {
        Verdict::Filed { analyte, holds } => {
            let means = match analyte {
                Some(analyte) => format!("filed as {analyte}, if the mapping is approved"),
                None => "filed, if the laboratory has approved a mapping of the code".to_owned(),
            };
            let holds: Vec<String> = holds.iter().map(|h| words::hold(h)).collect();
            if holds.is_empty() { means } else { format!("{means}; held in review: {}", holds.join(" ")) }
        }
        Verdict::Held(_) if of_specimen => "held with its specimen".to_owned(),
        Verdict::Held(refusal) => format!("held: {}", words::refusal(refusal)),
        Verdict::Ignored(why) => format!("kept, not charted: {why}"),
        Verdict::Aside(raised) if raised.is_empty() => "no value".to_owned(),
        Verdict::Aside(raised) => format!("no value; holds the others: {}", raised.join(", ")),
    }
}

fn material(material: &SpecimenRole) -> String {
    match material {
        SpecimenRole::Patient => "a patient's".to_owned(),
        SpecimenRole::Control => "control material".to_owned(),
        SpecimenRole::Unknown(mark) => format!("marked {mark:?}, which the profile does not know"),
    }
}

fn labelled(label: &str, text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(", {label} {}", plain(text)) }
}

fn asked(query: &Query) -> String {
    match query {
        Query::Specimens(specimens) => specimens.join(", "),
        Query::Range { from, to } => format!("{from} to {to}"),
        Query::All => "all outstanding orders".to_owned(),
    }
}

fn as_json(message: &TriedMessage) -> Json {
    json!({
        "instrument": message.instrument, "records": message.records,
        "refused": message.refused.as_ref().map(refusal),
        "specimens": message.specimens.iter().map(specimen_as_json).collect::<Vec<_>>(),
        "queries": message.queries.iter().map(query_as_json).collect::<Vec<_>>(), "no_question": message.ignored_queries,
        "unexplained": message.unexplained, "unread": message.unread,
    })
}

fn specimen_as_json(specimen: &TriedSpecimen) -> Json {
    let said = &specimen.said;
    let (material, mark) = match &said.role {
        SpecimenRole::Patient => ("patient", ""),
        SpecimenRole::Control => ("control", ""),
        SpecimenRole::Unknown(mark) => ("unknown", mark.as_str()),
    };
    let values = said.values.iter().zip(&specimen.verdicts).map(|(value, verdict)| value_as_json(value, verdict));
    json!({
        "identity": said.identity, "unscanned": said.unscanned, "specimen_type": said.specimen_type,
        "contradicts": said.contradicts.as_ref().map(|c| json!({"place": c.place, "says": c.says})),
        "material": material, "mark": mark,
        "patient": {"identifier": said.patient.identifier, "birth": said.patient.birth, "sex": said.patient.sex},
        "held": specimen.held.as_ref().map(refusal), "values": values.collect::<Vec<_>>(),
    })
}

fn value_as_json(value: &Value, verdict: &Verdict) -> Json {
    let becomes = match verdict {
        Verdict::Filed { analyte, holds } => json!({"filed": {"analyte": analyte, "holds": holds}}),
        Verdict::Held(why) => json!({"held": refusal(why)}),
        Verdict::Ignored(why) => json!({"ignored": why}),
        Verdict::Aside(raised) => json!({"aside": raised}),
    };
    json!({
        "code": value.code, "value": value.value, "unit": value.unit, "flags": value.flags, "status": value.status_text,
        "status_means": value.status.map(|s| s.code()), "completed": value.completed.map(|at| at.to_string()),
        "completed_text": value.completed_text, "becomes": becomes,
    })
}

fn query_as_json(query: &Query) -> Json {
    match query {
        Query::Specimens(specimens) => json!({"specimens": specimens}),
        Query::Range { from, to } => json!({"from": from, "to": to}),
        Query::All => json!("all"),
    }
}

fn refusal(refusal: &Refusal) -> Json {
    json!({"code": refusal.code, "words": words::refusal(refusal)})
}
