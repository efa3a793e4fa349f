//! `titer sim` as somebody types it: it needs no laboratory, tells what happens, and says what is wrong with a wrong word.

use std::{
    io::Read,
    net::TcpListener,
    process::{Command, Output, Stdio},
};

fn titer(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_titer"));
    command.args(["sim", "analyzer"]).args(words).current_dir(env!("CARGO_TARGET_TMPDIR"));
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn it_sends_what_it_measured_and_tells_so_line_by_line() {
    let host = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = host.local_addr().unwrap().to_string();
    let words = ["glucose", "--connect", &address, "--unframed", "--rate", "6000", "--json"];
    let tubes = ["--barcode", "S1", "--barcode", "S2", "--count", "3", "--fault", "wrong-unit@2"];
    let running = titer(&[&words[..], &tubes].concat()).spawn().unwrap();
    let mut sent = String::new();
    host.accept().unwrap().0.read_to_string(&mut sent).unwrap();
    let Output { status, stdout, stderr } = running.wait_with_output().unwrap();

    assert!(status.success(), "{}", text(&stderr));
    let barcodes: Vec<_> =
        sent.split('\r').filter_map(|record| record.strip_prefix("O|1|")?.split('|').next()).collect();
    assert_eq!(barcodes, ["S1", "S2", "S1"], "the rack goes round");
    assert_eq!(sent.matches("|mmol/L|").count(), 1, "{sent}");
    let lines: Vec<serde_json::Value> = text(&stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let events: Vec<_> = lines.iter().map(|line| line["event"].as_str().unwrap()).collect();
    assert_eq!(events, ["connected", "acknowledged", "fault", "acknowledged", "acknowledged"]);
    assert_eq!((lines[2]["fault"].as_str(), lines[2]["barcode"].as_str()), (Some("wrong-unit"), Some("S2")));
}

#[test]
fn what_cannot_be_done_is_said_with_what_can() {
    for (words, said) in [
        (
            &["microscope", "--connect", "x:1"][..],
            "there is no simulated \"microscope\"; there are chemistry, haematology",
        ),
        (&["chemistry"], "--connect"),
        (&["chemistry", "--connect", "x:1", "--fault", "lost"], "there is no fault \"lost\"; there are lost-ack"),
        (&["chemistry", "--connect", "x:1", "--fault", "slow=2"], "\"2\" is no probability"),
        (&["chemistry", "--connect", "x:1", "--rate", "0"], "is not a possible rate"),
        (&["chemistry", "--connect", "x:1", "--shift", "0.1"], "write a share and a tube"),
        (&["urinalysis", "--connect", "x:1", "--query"], "takes no orders"),
        (&["chemistry", "--connect", "x:1", "--barcodes", "nowhere.txt"], "cannot read nowhere.txt"),
    ] {
        let Output { status, stderr, .. } = titer(words).output().unwrap();
        assert!(!status.success(), "{words:?}");
        assert!(text(&stderr).contains(said), "{words:?}: {}", text(&stderr));
    }
}
