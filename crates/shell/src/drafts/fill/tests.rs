//! Drafts are put back into pages as browsers read them.

use super::*;

const PAGE: &str = r#"<div id="said"></div><form action="/find"><input name="family" value=""></form>
<form method="post" action="/messages/7/propose"><input type="hidden" name="code" value="A&#38;B"><input name="test" value=""></form>
<form method="post" action="/messages/7/propose"><input type="hidden" name="code" value="C"><input name="test" value=""></form>
<form method="post" action="/patients/new?x=1"><input type="hidden" name="stamp" value="s9"><input type="hidden" name="shown" value="9"><input name="family" value="old">
<input type="password" name="password" value=""><input type="checkbox" name="role" value="a" checked><input type="checkbox" name="role" value="b">
<textarea name="address">old</textarea><select name="reason"><option value="x" selected>X</option><option value="y">Y</option></select></form>"#;

fn filled(address: &str, fields: &[(&str, &str)]) -> String {
    let fields = fields.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    let draft = Draft { address: address.to_owned(), page: String::new(), stamp: String::new(), fields };
    fill(PAGE, &draft, "/there?draft=1", |found| format!("<p>{found}</p>")).unwrap()
}

#[test]
fn each_kind_of_field_gets_what_was_entered_and_nothing_gets_out_of_it() {
    let fields = [
        ("stamp", "s7"),
        ("shown", "7"),
        ("family", "O\"Brien <b>"),
        ("role", "b"),
        ("address", "</textarea><b>"),
        ("reason", "y"),
    ];
    let page = filled("/patients/new", &fields);
    for part in [
        "<p>true</p><div id=\"said\">",
        "<form action=\"/find\"><input name=\"family\" value=\"\">",
        "<form method=\"post\" action=\"/there?draft=1\">",
        "name=\"stamp\" value=\"s7\"",
        "name=\"shown\" value=\"7\"",
        "name=\"family\" value=\"O&quot;Brien &lt;b>\"",
        "value=\"a\">",
        "value=\"b\" checked",
        "&lt;/textarea&gt;&lt;b&gt;</textarea>",
        "<option value=\"x\">",
        "<option value=\"y\" selected",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
}

#[test]
fn of_two_forms_with_one_address_the_one_with_the_same_hidden_fields_is_meant() {
    let page = filled("/messages/7/propose", &[("code", "C"), ("test", "Sodium")]);
    assert!(page.contains("value=\"C\"><input name=\"test\" value=\"Sodium\""), "{page}");
    let page = filled("/messages/7/propose", &[("code", "A&B"), ("test", "Sodium")]);
    assert!(page.contains("value=\"A&#38;B\"><input name=\"test\" value=\"Sodium\""), "{page}");
    let gone = filled("/messages/7/propose", &[("code", "D"), ("test", "Sodium")]);
    assert!(gone.starts_with("<p>false</p>") && !gone.contains("Sodium"), "{gone}");
}
