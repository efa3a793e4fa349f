//! `titer link list`, in the words of the pages.

use std::{path::Path, process::Command};

use titer_lab::{
    Actor, HOUSE, LABORATORY, Laboratory, Role,
    accounts::{Credential, commands::OpenAccount},
    people::commands::grant,
};
use titer_link::links::{commands::ProposeMapping, views as links};
use titer_store::{Location, Options};

fn titer(folder: &Path, words: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_titer"));
    let output = command.args(words).arg("--data").arg(folder).output().unwrap();
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn open(folder: &Path, lab: i64) -> Laboratory {
    Laboratory::open(&Location::Folder(folder.to_owned()), lab, titer_link::schema(), Options::default()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mapping_is_suggested_before_a_person_proposes_it() {
    let dir = tempfile::tempdir().unwrap();
    let (house, lab) = (open(dir.path(), HOUSE), open(dir.path(), LABORATORY));
    let credential = Credential::new("correct horse battery").unwrap();
    let (username, name) = ("admin".to_owned(), "First Administrator".to_owned());
    let open_account = OpenAccount { username, name, credential, one_time: true };
    let account = house.submit(Actor::Console, None, move |tx| tx.run(open_account)).await.unwrap();
    grant(&house, &lab, Actor::Console, account, "First Administrator", &[Role::Administrator]).await.unwrap();
    titer(dir.path(), &["import", "catalog", "--starter", "--units", "si"]);
    let add = ["link", "add", "--name", "first", "--protocol", "astm", "--listen", "127.0.0.1:0"];
    titer(dir.path(), &[&add[..], &["--dialect", "cobas-c111"]].concat());
    let map = ["link", "map", "--name", "first", "--code", "9999", "--unit", "mmol/L", "--analyte", "sodium"];
    titer(dir.path(), &map);
    let listed = titer(dir.path(), &["link", "list"]);
    let line = |listed: &str| listed.lines().find(|l| l.contains("9999")).unwrap().to_owned();
    assert!(line(&listed).ends_with("suggested"), "{listed}");
    let (link, analyte) = lab
        .read(|s| Ok((links::links(s)?.remove(0).id, titer_lab::catalog::views::load(s, 0)?)))
        .await
        .map(|(link, catalog)| (link, catalog.analyte_by_key("sodium").unwrap().id))
        .unwrap();
    let (unit, specimen) = ("mmol/L".to_owned(), String::new());
    let propose = ProposeMapping { link, code: "9998".to_owned(), unit, specimen, analyte, answer: None };
    lab.submit(Actor::Person(account.0), None, move |tx| tx.run(propose)).await.unwrap();
    let listed = titer(dir.path(), &["link", "list"]);
    assert!(listed.lines().any(|l| l.contains("9998") && l.ends_with("proposed")), "{listed}");
    assert!(!listed.contains("confirmed"), "{listed}");
    assert!(titer(dir.path(), &["link", "list", "--json"]).contains("\"state\":\"proposed\""));
}
