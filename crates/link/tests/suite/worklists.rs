//! Orders over real sockets: host queries and broadcasts, and nothing lost or doubled if both sides begin to send.

use std::time::Duration;

use crate::analyzer::Analyzer;
use crate::common::{
    World, add_link, simulated,
    socket::{ACK, ENQ, NAK, connect, free, operate, send, until},
};
use titer_lab::{
    Actor, Failure,
    orders::{OrderId, views},
    ways,
};
use titer_link::{
    inbox::{MessageState, views as inbox},
    links::{LinkId, commands::AddLink},
    worklists::{
        NoOrderReason,
        views::{self as worklists, AcknowledgedEntry, OrderMessage, Undelivered},
    },
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::timeout,
};

const DIALECT: &str = "titer-sim-worklist";
/// Longer than a link takes to see that there is something to send.
const A_WHILE: Duration = Duration::from_secs(2);

const HEADER: &str = "H|\\^&|||Titer|||||||P||20261122090000\r";
const PATIENT: &str = "|MRN-1|||Okafor-Lindqvist^Nneka||19710402|F\r";

/// A message of one tube as the link sends it: `N`, `A` or `C`, its codes, and how it ends.
fn order(barcode: &str, action: char, codes: &str, end: char) -> String {
    let codes: Vec<String> = codes.split(' ').map(|c| format!("^^^{c}")).collect();
    let pipes = "|".repeat(14);
    let codes = codes.join("\\");
    format!("{HEADER}P|1{PATIENT}O|1|{barcode}||{codes}|R||||||{action}{pipes}O\rL|1|{end}\r")
}

fn query(asked: &str) -> String {
    format!("H|\\^&|||SIM-1^Titer\rQ|1|{asked}\rL|1|N\r")
}

fn sodium(barcode: &str) -> String {
    simulated(barcode, &[("Na", "140", "mmol/L", "20261122085900")])
}

async fn acknowledged(world: &World, link: LinkId) -> Vec<OrderMessage> {
    world.lab.read(move |s| Ok(worklists::of_link(s, link, 50)?)).await.unwrap()
}

/// What was acknowledged of each tube, oldest first, as the journal has it.
async fn sent(world: &World, link: LinkId) -> Vec<String> {
    let mut all = acknowledged(world, link).await;
    all.reverse();
    let line = |e: &AcknowledgedEntry| format!("{} {} {}", e.barcode, e.action.code(), e.codes.join(" "));
    all.iter().flat_map(|message| &message.entries).map(line).collect()
}

async fn undelivered(world: &World, link: LinkId) -> Vec<Undelivered> {
    world.lab.read(move |s| Ok(worklists::undelivered(s, link)?)).await.unwrap()
}

async fn results(world: &World, barcode: &str) -> usize {
    let barcode = barcode.to_owned();
    let of = move |s: &mut titer_store::Snapshot<'_>| {
        let specimen = titer_lab::specimens::views::by_barcode(s, &barcode)?.unwrap().id;
        Ok::<_, Failure>(titer_lab::results::views::of_specimen(s, specimen)?.len())
    };
    world.lab.read(of).await.unwrap()
}

async fn add(world: &World, order: OrderId, test: &str) {
    let test = world.catalog().await.tests().iter().find(|t| t.key == test).unwrap().id;
    let add = move |tx: &mut titer_lab::Tx<'_, '_>| ways::add_tests(tx, order, vec![test]);
    world.lab.submit(world.technician.actor(), None, add).await.unwrap();
}

async fn cancel(world: &World, order: OrderId, analyte: &str) {
    let analyte = world.catalog().await.analyte_by_key(analyte).unwrap().id;
    let requests = world.lab.read(move |s| Ok(views::requests(s, order)?)).await.unwrap();
    let requests = requests.iter().filter(|r| r.analyte == analyte).map(|r| r.id).collect();
    let why = Some("not wanted".to_owned());
    world.lab.submit(world.technician.actor(), why, move |tx| ways::cancel(tx, order, requests)).await.unwrap();
}

/// A link that connects to the analyzer.
async fn connecting(world: &World, address: &str) -> LinkId {
    let add = AddLink { listens: false, ..add_link(DIALECT, address) };
    let link = world.run(Actor::Console, add).await.unwrap();
    world.put_into_use(link).await;
    link
}

async fn accepted(listener: &TcpListener) -> Analyzer {
    let (socket, _) = timeout(Duration::from_secs(20), listener.accept()).await.expect("it connects").unwrap();
    Analyzer::on(socket)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_is_answered_and_the_answer_is_evidence_once_it_is_acknowledged() {
    let (world, address) = (World::standing().await, free());
    let link = world.mapped(DIALECT, &address).await;
    let patient = world.patient("MRN-1").await;
    world.ordered(patient, &["sodium", "potassium"], "T1").await;
    let operating = operate(&world.lab);
    let mut analyzer = Analyzer::on(connect(&address).await);

    analyzer.say(&query("^T1")).await;
    assert_eq!(analyzer.hear().await, format!("{HEADER}L|1|I\r"), "it was not received");
    until(async || acknowledged(&world, link).await.len() == 1).await;
    let answer = acknowledged(&world, link).await.remove(0);
    assert_eq!(answer.no_orders[0].reason, NoOrderReason::NotReceived);
    let message = world.message(answer.query.unwrap()).await;
    assert_eq!((message.state, message.problems.len()), (MessageState::Filed, 0), "kept, and not held");

    let receive = titer_lab::specimens::commands::ReceiveSpecimen { barcode: "T1".to_owned(), collected_at: None };
    world.run(world.technician.actor(), receive).await.unwrap();
    assert_eq!(analyzer.hear().await, order("T1", 'N', "Na K", 'N'), "without a query, now that it is here");
    analyzer.say(&query("^T1\\^T9")).await;
    assert_eq!(analyzer.hear().await, order("T1", 'N', "Na K", 'F'), "a query is answered with all outstanding tests");
    until(async || sent(&world, link).await == ["T1 new Na K", "T1 new Na K"]).await;

    analyzer.say(&query("^T1\\^T9")).await;
    analyzer.hear().await;
    until(async || acknowledged(&world, link).await.len() == 4).await;
    let all = acknowledged(&world, link).await;
    assert_ne!(all[0].query, all[1].query, "a repeated query is a query of its own");
    let kept = world.lab.read(|s| Ok(inbox::messages(s, None)?)).await.unwrap();
    assert_eq!(kept.len(), 3);
    assert_eq!(world.held().await, []);
    operating.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worklist_gets_new_added_and_cancelled_tests_and_nothing_twice() {
    let (world, address) = (World::standing().await, free());
    let link = world.mapped(DIALECT, &address).await;
    let patient = world.patient("MRN-1").await;
    let operating = operate(&world.lab);
    let mut analyzer = Analyzer::on(connect(&address).await);
    let (of, _) = world.received(patient, &["sodium", "potassium"], "T1").await;
    assert_eq!(analyzer.hear().await, order("T1", 'N', "Na K", 'N'));
    add(&world, of, "chloride").await;
    assert_eq!(analyzer.hear().await, order("T1", 'A', "Cl", 'N'));
    cancel(&world, of, "potassium").await;
    assert_eq!(analyzer.hear().await, order("T1", 'C', "K", 'N'));
    analyzer.say(&sodium("T1")).await;
    assert_eq!(analyzer.listen(A_WHILE).await, [""; 0], "its own result is no news");
    assert_eq!(sent(&world, link).await, ["T1 new Na K", "T1 add Cl", "T1 cancel K"]);
    assert_eq!(results(&world, "T1").await, 1);

    // The connection is another, the worklist is the same.
    drop(analyzer);
    let mut analyzer = Analyzer::on(connect(&address).await);
    assert_eq!(analyzer.listen(A_WHILE).await, [""; 0]);
    operating.end().await;
    let operating = operate(&world.lab);
    let mut analyzer = Analyzer::on(connect(&address).await);
    assert_eq!(analyzer.listen(A_WHILE).await, [""; 0], "a restart does not send it again either");
    operating.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_of_the_time_when_the_line_was_down_are_sent_until_they_are_acknowledged() {
    let world = World::standing().await;
    let address = free();
    let link = connecting(&world, &address).await;
    let patient = world.patient("MRN-1").await;
    let operating = operate(&world.lab);
    world.received(patient, &["sodium"], "T1").await;
    let (of, _) = world.received(patient, &["sodium", "potassium"], "T2").await;
    cancel(&world, of, "potassium").await;

    let listener = TcpListener::bind(&address).await.unwrap();
    let mut half = accepted(&listener).await.socket;
    assert_eq!(timeout(Duration::from_secs(20), half.read_u8()).await.unwrap().unwrap(), ENQ);
    tokio::io::AsyncWriteExt::write_all(&mut half, &[ACK]).await.unwrap();
    let mut frame = [0; 8];
    half.read_exact(&mut frame).await.unwrap();
    // It goes off in the middle of the first message.
    drop(half);
    assert_eq!(sent(&world, link).await, [""; 0]);

    let mut analyzer = accepted(&listener).await;
    let heard = [analyzer.hear().await, analyzer.hear().await];
    assert_eq!(heard, [order("T1", 'N', "Na", 'N'), order("T2", 'N', "Na", 'N')]);
    assert_eq!(analyzer.listen(A_WHILE).await, [""; 0]);
    assert_eq!(sent(&world, link).await, ["T1 new Na", "T2 new Na"]);
    operating.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_is_refused_is_set_aside_and_does_not_stop_the_others() {
    let (world, address) = (World::standing().await, free());
    let link = world.mapped(DIALECT, &address).await;
    let patient = world.patient("MRN-1").await;
    let operating = operate(&world.lab);
    let mut analyzer = Analyzer::on(connect(&address).await);
    analyzer.refuses = true;
    world.received(patient, &["sodium"], "T1").await;
    let mut listed = Vec::new();
    while listed.is_empty() {
        analyzer.listen(Duration::from_millis(200)).await;
        listed = undelivered(&world, link).await;
    }
    assert_eq!((listed[0].barcode.as_str(), listed[0].attempts), ("T1", 1));
    assert!(listed[0].failure.contains("refused"), "{}", listed[0].failure);
    assert_eq!(listed[0].next_at, Some(world.now().plus_seconds(10)));
    assert!(operating.board.status(link).trouble.is_some());

    analyzer.refuses = false;
    world.received(patient, &["sodium"], "T2").await;
    assert_eq!(analyzer.hear().await, order("T2", 'N', "Na", 'N'));
    until(async || sent(&world, link).await == ["T2 new Na"]).await;
    world.pass(11);
    let again = analyzer.hear().await.replace("20261122090011", "20261122090000");
    assert_eq!(again, order("T1", 'N', "Na", 'N'));
    until(async || undelivered(&world, link).await.is_empty()).await;
    operating.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn if_both_begin_to_send_the_analyzer_goes_first_and_nothing_is_lost_or_doubled() {
    for listens in [true, false] {
        let (world, address) = (World::standing().await, free());
        let patient = world.patient("MRN-1").await;
        let listener = if listens { None } else { Some(TcpListener::bind(&address).await.unwrap()) };
        let link = if listens { world.mapped(DIALECT, &address).await } else { connecting(&world, &address).await };
        let operating = operate(&world.lab);
        let mut analyzer = match &listener {
            Some(listener) => accepted(listener).await,
            None => Analyzer::on(connect(&address).await),
        };
        world.received(patient, &["sodium", "potassium"], "T1").await;
        // Its ENQ goes out before it has read the link's.
        asked(&mut analyzer.socket).await;
        // A result and a query in one transfer, so that nothing is sent between them.
        let result = simulated("T1", &[("Na", "140", "mmol/L", "20261122085900")]);
        analyzer.begin(&format!("{result}{}", query("^T1")));
        analyzer.finish(1).await;
        assert_eq!(results(&world, "T1").await, 1);
        // The message that was to be sent before the analyzer began is not sent any more.
        assert_eq!(analyzer.hear().await, order("T1", 'N', "K", 'F'));
        assert_eq!(analyzer.listen(A_WHILE).await, [""; 0]);
        assert_eq!(results(&world, "T1").await, 1);
        assert_eq!(sent(&world, link).await, ["T1 new K"]);
        operating.end().await;
    }
}

/// An analyzer that was busy has given up its first query. The answer "no order" would be taken for the answer to its second query.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_did_not_get_through_is_not_the_answer_to_the_next_query() {
    let (world, address) = (World::standing().await, free());
    let link = world.mapped(DIALECT, &address).await;
    let operating = operate(&world.lab);
    let mut socket = connect(&address).await;
    world.ordered(world.patient("MRN-1").await, &["sodium"], "T1").await;
    assert_eq!(send(&mut socket, &query("^T9")).await, ACK);
    asked(&mut socket).await;
    assert_eq!(socket.read_u8().await.unwrap(), ENQ);
    socket.write_all(&[NAK]).await.unwrap();
    let mut analyzer = Analyzer::on(socket);
    let receive = titer_lab::specimens::commands::ReceiveSpecimen { barcode: "T1".to_owned(), collected_at: None };
    analyzer.begin(&query("^T1"));
    world.run(world.technician.actor(), receive).await.unwrap();
    analyzer.finish(1).await;
    assert_eq!(analyzer.hear().await, order("T1", 'N', "Na", 'F'));
    assert_eq!(analyzer.listen(A_WHILE).await, [""; 0]);
    assert_eq!(sent(&world, link).await, ["T1 new Na"]);
    operating.end().await;
}

/// Waits until the other side has asked to send, and leaves that unread.
async fn asked(socket: &mut TcpStream) {
    let mut byte = [0; 1];
    timeout(Duration::from_secs(20), socket.peek(&mut byte)).await.expect("it asks").unwrap();
    assert_eq!(byte[0], ENQ);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_range_and_all_are_answered_with_a_patient_for_each_tube() {
    let (world, address) = (World::standing().await, free());
    world.mapped(DIALECT, &address).await;
    let patient = world.patient("MRN-1").await;
    for barcode in ["A1", "A2", "B1"] {
        world.received(patient, &["sodium"], barcode).await;
    }
    let operating = operate(&world.lab);
    let mut analyzer = Analyzer::on(connect(&address).await);
    for _ in 0..3 {
        analyzer.hear().await;
    }
    for (asked, expected) in [("^A0|^A9", vec!["A1", "A2"]), ("^ALL", vec!["A1", "A2", "B1"])] {
        analyzer.say(&query(asked)).await;
        let answer = analyzer.hear().await;
        let tubes: Vec<&str> = answer.split("O|1|").skip(1).filter_map(|o| o.split('|').next()).collect();
        assert_eq!(tubes, expected, "{answer}");
        assert_eq!(answer.matches("\rP|").count(), expected.len());
        assert!(answer.contains(&format!("\rP|2{PATIENT}O|1|A2|")) && answer.ends_with("L|1|F\r"), "{answer}");
    }
    operating.end().await;
}

/// A dialect that does not read queries holds them as strange.
#[tokio::test(flavor = "multi_thread")]
async fn a_link_whose_dialect_takes_no_orders_sends_nothing() {
    let (world, address) = (World::standing().await, free());
    let link = world.link("cobas-c111", &address).await;
    world.received(world.patient("MRN-1").await, &["sodium"], "T1").await;
    let operating = operate(&world.lab);
    let mut analyzer = Analyzer::on(connect(&address).await);
    analyzer.say(&query("^T1")).await;
    assert_eq!(analyzer.listen(A_WHILE).await, [""; 0]);
    assert_eq!(world.held().await[0].problems[0].code, "inbox-strange-record");
    assert_eq!(acknowledged(&world, link).await, []);
    operating.end().await;
}

/// Fields of a query go into its answer and into no other. A query that is cancelled is not answered.
#[tokio::test(flavor = "multi_thread")]
async fn fields_of_a_query_are_repeated_in_its_answer_alone() {
    let (world, address) = (World::standing().await, free());
    let link = world.link("cobas-e411", &address).await;
    let mapping = world.propose(link, "10//not", "mmol/L", "sodium").await.unwrap();
    world.approve(link, vec![mapping], &world.director).await.unwrap();
    world.received(world.patient("MRN-1").await, &["sodium"], "T1").await;
    let operating = operate(&world.lab);
    let mut analyzer = Analyzer::on(connect(&address).await);
    let ask = |tube: &str, at: &str, mark: char| {
        format!("H|\\^&|||cobas-e411^1|||||host|TSREQ^REAL|P|1\rQ|1|^^{tube}^{at}^^S1^SC||ALL||||||||{mark}\rL|1|N\r")
    };
    for (tube, at, tests) in
        [("T1", "40^0^5", "^^^10^"), ("T9", "41^0^6", ""), ("T1", "42^@95^2", "^^^10^"), ("@43", "43^0^1", "")]
    {
        analyzer.say(&ask(tube, at, 'O')).await;
        let order = format!("O|1|{tube}|{at}^^S1^SC|{tests}|R||||||A||||1||||||||||O");
        let answer = format!("H|\\^&|||host^1|||||cobas-e411|TSDWN^REPLY|P|1\rP|1\r{order}\rL|1|N\r");
        assert_eq!(analyzer.hear().await, answer);
    }
    analyzer.say(&ask("T1", "44^0^5", 'A')).await;
    assert_eq!(analyzer.listen(A_WHILE).await, [""; 0]);
    assert_eq!(world.held().await, [], "kept, and nothing waits for a person");
    until(async || acknowledged(&world, link).await.len() == 4).await;
    assert_eq!(sent(&world, link).await, ["T1 new 10", "T1 new 10"]);
    operating.end().await;
}
