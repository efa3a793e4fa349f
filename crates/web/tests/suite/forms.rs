//! Every form that changes something carries the version of what it showed, so that of two people with the same page open the later
//! one does not take back the earlier one's change unseen.

use std::{fs, path::Path};

/// Forms without a version, each with what makes one needless. A form is named by its address. A form may also say so itself, in its
/// template: `{# no version: enters a new note #}`.
const EXCEPTIONS: [(&str, &str); 28] = [
    ("SIGN_IN", "opens a session"),
    ("SIGN_OUT", "ends the session of this browser"),
    ("PASSWORD", "carries the old password, which is refused if it has changed"),
    ("STAFF_RESET", "shows nothing of the password; its stamp makes one password"),
    ("RECEIVE", "a scan; a second one is refused: received before"),
    ("REVIEW_SIGN", "each mark carries the version of its result"),
    ("REVIEW_SIGNED", "each mark carries the version of its result"),
    ("REPEAT", "carries the version of the result"),
    ("RESULT_COMMENTS", "carries the version of the result"),
    ("RESULT_COMMENTS_OFF", "carries the version of the result"),
    ("LINK_ADOPT", "each mark carries the state of its mapping"),
    ("LINK_SIGN", "each mark carries the state of its mapping"),
    ("LINK_SIGNED", "each mark carries the state of its mapping"),
    ("MAPPING_WITHDRAW", "its mark carries the state of the mapping"),
    ("LINK_PAUSE", "stands on a link that is open only; the second is refused: paused already"),
    ("LINK_RESUME", "stands on a paused link only; the second is refused: not paused"),
    ("LINKS_ATTACH", "stands on detached links only; the second is refused: open already"),
    ("LINK_AGAIN", "sends again what failed; the second is refused: not failed"),
    ("MESSAGE_REPLAY", "reads again; whatever was filed before is not filed twice"),
    ("MESSAGE_PROPOSE", "the second proposal for a code is refused: mapped already"),
    ("line.replay", "reads again; whatever was filed before is not filed twice"),
    ("replay", "reads again; whatever was filed before is not filed twice"),
    ("version.retry", "typesets again what failed; issued reports are refused"),
    ("version.anew", "composes from the data of today; a report that is not failed is refused"),
    ("CORRECTION", "its marks name each value that was shown"),
    ("ORDER_AGAIN", "asks for what is lost by then; the second finds nothing lost, and is refused"),
    ("SESSION_END", "ends a session; one that is gone is refused"),
    ("SESSIONS_END_OTHERS", "ends whatever is open elsewhere"),
];

/// The forms of a template: what stands between their tags.
fn forms(template: &str) -> Vec<&str> {
    let begins = template.split("<form ").skip(1);
    begins.map(|form| form.split("</form>").next().unwrap_or(form)).filter(|f| f.contains("method=\"post\"")).collect()
}

/// The names by which exceptions are known, of the addresses that a form is sent to.
fn addresses(form: &str) -> Vec<String> {
    let tag = form.split("\n").next().unwrap();
    let named = tag
        .split("paths::")
        .skip(1)
        .map(|rest| rest.chars().take_while(|c| c.is_ascii_uppercase() || *c == '_').collect::<String>());
    let named: Vec<String> = named.collect();
    if !named.is_empty() {
        return named;
    }
    let action = tag.split("action=\"{{ ").nth(1).and_then(|rest| rest.split(" }}").next());
    vec![action.unwrap_or_else(|| panic!("a form without an address: {tag}")).to_owned()]
}

#[test]
fn each_form_carries_what_it_showed_or_stands_among_the_exceptions() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut found, mut used) = (0, Vec::new());
    for folder in [here.join("templates"), here.join("../shell/templates")] {
        for file in fs::read_dir(folder).unwrap().map(|f| f.unwrap().path()) {
            let text = fs::read_to_string(&file).unwrap();
            for form in forms(&text) {
                found += 1;
                let carries = form.contains("ui::seen(");
                let says = form.contains("{# no version: ");
                for address in addresses(form) {
                    let excepted = says || EXCEPTIONS.iter().any(|(name, _)| *name == address);
                    assert!(carries != excepted, "{}: the form to {address}", file.display());
                    used.push(address);
                }
            }
        }
    }
    assert!(found > 30, "{found} forms");
    for (name, why) in EXCEPTIONS {
        assert!(used.iter().any(|address| address == name), "{name} ({why}) is no form any more");
    }
}
