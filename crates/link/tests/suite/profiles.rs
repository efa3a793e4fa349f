//! The profiles that come with the program: each can be read, and reads what its device sends just so.

use std::{collections::BTreeSet, fs, path::PathBuf};

use titer_link::{
    Dialect,
    dialect::{Provenance, SpecimenRole, names},
    trial::{Trial, TriedMessage, TriedSpecimen, Verdict},
};

#[test]
fn each_profile_can_be_read_and_says_how_it_is_known() {
    for name in names() {
        let dialect = Dialect::named(name).unwrap_or_else(|refusal| panic!("{name}: {refusal:?}"));
        let device = &dialect.device;
        assert!(device.version.parse::<u32>().is_ok_and(|v| v > 0), "{name}: {}", device.version);
        assert!(!device.sources.is_empty(), "{name}");
        assert_eq!(device.maker == "Titer", device.provenance == Provenance::Simulator, "{name}");
    }
}

#[test]
fn each_profile_in_the_folder_comes_with_the_program_and_is_told_of_in_the_chapter() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let chapter = fs::read_to_string(root.join("docs/src/links.md")).unwrap();
    let mut files = BTreeSet::new();
    for entry in fs::read_dir(root.join("content/dialects")).unwrap() {
        let file = entry.unwrap().file_name().into_string().unwrap();
        files.extend(file.strip_suffix(".toml").map(str::to_owned));
    }
    assert_eq!(files, names().map(str::to_owned).collect());
    for name in files {
        assert!(chapter.contains(&format!("| `{name}` |")), "{name} is not in the table of dialects");
    }
}

#[test]
fn what_a_profile_proposes_is_in_the_catalog() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../content/catalog/analytes.toml");
    let catalog: toml::Table = fs::read_to_string(path).unwrap().parse().unwrap();
    let analytes = catalog.values().filter_map(toml::Value::as_array).flatten();
    let keys: BTreeSet<&str> = analytes.filter_map(|a| a.get("key")?.as_str()).collect();
    for name in names() {
        for code in Dialect::named(name).unwrap().code {
            assert!(keys.contains(code.analyte.as_str()), "{name}: {}", code.analyte);
        }
    }
}

/// What would become of a message, a line for each specimen, value, query and thing that is not explained.
fn told(message: &TriedMessage) -> Vec<String> {
    let mut lines: Vec<String> = message.refused.iter().map(|r| format!("refused {}", r.code)).collect();
    lines.extend(message.specimens.iter().flat_map(specimen));
    lines.extend(message.queries.iter().map(|query| format!("asks {query:?}")));
    lines.extend(message.ignored_queries.iter().map(|mark| format!("asks nothing, marked {mark:?}")));
    lines.extend(message.unexplained.iter().map(|hold| format!("? {hold}")));
    lines
}

fn specimen(specimen: &TriedSpecimen) -> Vec<String> {
    let said = &specimen.said;
    let material = match &said.role {
        SpecimenRole::Patient => "patient".to_owned(),
        SpecimenRole::Control => "control".to_owned(),
        SpecimenRole::Unknown(mark) => format!("unknown {mark}"),
    };
    let mut line = format!("{:?} {material}", said.identity);
    let claimed = &said.patient;
    for (label, text) in [
        ("not scanned", said.unscanned.as_deref().unwrap_or_default()),
        ("kind", &said.specimen_type),
        ("of", &claimed.identifier),
        ("born", &claimed.birth),
        ("sex", &claimed.sex),
        ("held", specimen.held.as_ref().map_or("", |r| r.code)),
    ] {
        if !text.is_empty() {
            line.push_str(&format!(", {label} {text}"));
        }
    }
    let values = said.values.iter().zip(&specimen.verdicts).map(|(v, verdict)| {
        let at = v.completed.map_or_else(|| v.completed_text.clone(), |at| at.to_string());
        format!("  {} = {} [{}] at {at}: {}", v.code, v.value, v.unit, becomes(verdict))
    });
    std::iter::once(line).chain(values).collect()
}

fn becomes(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Filed { analyte, holds } => {
            let holds = if holds.is_empty() { String::new() } else { format!(", {}", holds.join(", ")) };
            format!("files {}{holds}", analyte.as_deref().unwrap_or("-"))
        }
        Verdict::Held(refusal) => format!("held {}", refusal.code),
        Verdict::Ignored(_) => "kept".to_owned(),
        Verdict::Aside(raised) if raised.is_empty() => "no value".to_owned(),
        Verdict::Aside(raised) => format!("no value, raises {}", raised.join(", ")),
    }
}

fn try_records(name: &str, records: &[&str]) -> Vec<String> {
    let trial = Trial::of(&Dialect::named(name).unwrap(), records.join("\r").as_bytes());
    assert_eq!(trial.warnings, Vec::<String>::new(), "{name}");
    trial.messages.iter().flat_map(told).collect()
}

/// Captures of real analyzers are reference data kept outside the project; where that folder is missing, the examples stand alone.
fn capture(name: &str, file: &str) -> Option<TriedMessage> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/wire/astm").join(file);
    let trial = Trial::of(&Dialect::named(name).unwrap(), &fs::read(path).ok()?);
    let [message] = <[TriedMessage; 1]>::try_from(trial.messages).unwrap();
    Some(message)
}

#[test]
fn the_capture_of_a_cobas_c_111() {
    let Some(message) = capture("cobas-c111", "cobas_c111.bin") else { return };
    assert_eq!((message.instrument.as_str(), message.records), ("C111", 7));
    let expected = ["\"T20-10143GA D07\" patient", "  550 = 95.2 [U/L] at 2023-07-27T16:20:28: files -"];
    assert_eq!(told(&message), expected);
    let unread = ["H-10", "H-11", "H-12", "H-13", "H-14", "O-6", "O-23", "O-26", "R-11", "C-3", "C-5"];
    assert_eq!(message.unread, unread);
}

/// Its identity stands in a component of its own, padded; its data alarms are comments behind the results.
#[test]
fn the_capture_of_a_cobas_c_311() {
    let Some(message) = capture("cobas-c311", "cobas_c311.txt") else { return };
    let at = "at 2024-02-03T13:20:11: files -";
    let alarm = "instrument-flag:A, instrument-comment:43";
    let expected = [
        "\"CL-PL-24-0370\" patient".to_owned(),
        format!("  685/ = 22.4 [U/l] {at}, {alarm}"),
        format!("  687/ = 15.0 [U/l] {at}"),
        format!("  712/ = 4.1 [umol/l] {at}"),
        format!("  158/ = 301 [U/l] {at}"),
        format!("  735/ = 1.6 [umol/l] {at}"),
        format!("  717/ = 5.85 [mmol/l] {at}"),
        format!("  690/ = 34 [umol/l] {at}, {alarm}"),
        "? instrument-comment:43".to_owned(),
        "? instrument-flag:A".to_owned(),
    ];
    assert_eq!(told(&message), expected);
}

/// It sends a patient's number and none of a specimen.
#[test]
fn the_capture_of_a_dca_vantage() {
    let Some(message) = capture("dca-vantage", "dca_vantage.txt") else { return };
    let expected = [
        "\"\" patient, of BU24R554, held inbox-no-identity",
        "  Alb = 63.7 [mg/L] at 2024-08-20T15:10:30: held inbox-no-identity",
        "  Crt = 230.8 [mg/dL] at 2024-08-20T15:10:30: held inbox-no-identity",
        "  Ratio = 27.6 [mg/g] at 2024-08-20T15:10:30: held inbox-no-identity",
    ];
    assert_eq!(told(&message), expected);
}

/// Its number was counted, not scanned.
#[test]
fn the_capture_of_an_xp_100() {
    let Some(message) = capture("sysmex-xp", "sysmex_xp100.txt") else { return };
    let lines = told(&message);
    assert_eq!(lines.len(), 21);
    assert_eq!(lines[0], "\"\" patient, not scanned A, held inbox-identity-not-scanned");
    assert_eq!(lines[1], "  WBC = 5.5 [10*3/uL] at 2024-07-23T17:24:52: held inbox-identity-not-scanned");
    assert_eq!(lines[7], "  MCHC = 41.7 [g/dL] at 2024-07-23T17:24:52: held inbox-identity-not-scanned");
    assert!(lines[1..].iter().all(|line| line.ends_with("held inbox-identity-not-scanned")), "{lines:?}");
}

const AT: &str = "20261122080000";

/// Records in the manner of each device with made-up content, and what becomes of them. `@` stands for a time.
#[test]
fn each_device_s_messages_are_read_as_its_documents_say() {
    let cases: &[(&str, &[&str], &[&str])] = &[
        (
            "cobas-c111",
            &[
                r"H|\^&|||C111^Roche^c111",
                "P|1||",
                "O|1||T1^^2||R||||||N",
                "R|1|^^^550||U/L||A||X||||@",
                "R|2|^^^550|9.5|U/L||N||C||||@",
                "R|3|^^^550|9.5|U/L||N||I||||@",
                "R|4|^^^550|9.5|U/L||N||R||||@",
                "C|1|I|111^? QC|I",
                "O|2||1300^^||R||||||Q",
                "R|1|^^^550|9.5|U/L||N||F||||@",
                "L|1|N",
            ],
            &[
                "\"T1\" patient",
                "  550 =  [U/L] at @: held inbox-result-not-done",
                "  550 = 9.5 [U/L] at @: held inbox-result-corrected",
                "  550 = 9.5 [U/L] at @: held inbox-result-ignored",
                "  550 = 9.5 [U/L] at @: files -, status:R, instrument-comment:111",
                "\"1300\" control, held inbox-control",
                "  550 = 9.5 [U/L] at @: held inbox-control",
                "? instrument-comment:111",
                "? instrument-flag:A",
                "? status:R",
            ],
        ),
        // As its manual has it, the sample stands where this profile does not look: no specimen.
        (
            "cobas-c311",
            &[
                r"H|\^&|||c311^1|||||host|RSUPL^REAL|P|1",
                "P|1",
                "O|1|T1|3^5001^1^^S1^SC|^^^685^|R||||||N||||1|||||||@|||F",
                "R|1|^^^685/|22.4|U/l||N||F|||||P1",
                "C|1|I|0|I",
                "L|1|N",
            ],
            &["\"\" patient, held inbox-no-identity", "  685/ = 22.4 [U/l] at @: held inbox-no-identity"],
        ),
        (
            "dca-vantage",
            &[
                r"H|\^&|||DCA VANTAGE^1^2|||||||D||@",
                "P|1|P7",
                "O|1|T1|660^0090||||||||Q",
                "R|1|^^^HbA1c|5.9|%||<||F|||@",
                "C|1|I|1.000^0.0 %^NGSP|G",
                "O|2|T1|661^0090",
                "R|1|^^^HbA1c|5.9|%||||F|||@",
                "L|1|N",
            ],
            &[
                "\"T1\" control, of P7, held inbox-control",
                "  HbA1c = 5.9 [%] at @: held inbox-control",
                "\"T1\" patient, of P7",
                "  HbA1c = 5.9 [%] at @: files -, instrument-flag:D (H-12)",
                "? instrument-comment:1.000^0.0 %^NGSP",
                "? instrument-flag:<",
                "? instrument-flag:D (H-12)",
            ],
        ),
        (
            "sysmex-xp",
            &[
                r"H|\^&|||XP-300^00-13||||||||E1394-97",
                "P|1",
                "O|1||^^             T1^B|^^^^WBC|||||||N||||||||||||||F",
                "R|1|^^^^WBC^1|  5.5|10*3/uL||N||||               ||@",
                "R|2|^^^^PLT^26|  170|10*3/uL||W||||               ||@",
                "O|2||^^             T2^M|^^^^WBC|||||||N||||||||||||||F",
                "O|3||^^           QC-1^B|^^^^WBC|||||||Q||||||||||||||F",
                "L|1|N",
            ],
            &[
                "\"T1\" patient",
                "  WBC = 5.5 [10*3/uL] at @: files wbc",
                "  PLT = 170 [10*3/uL] at @: files platelets, instrument-flag:W, instrument-flag:26 (R-3.6)",
                "\"\" patient, not scanned M, held inbox-identity-not-scanned",
                "\"QC-1\" control, held inbox-control",
                "? instrument-flag:26 (R-3.6)",
                "? instrument-flag:W",
            ],
        ),
        (
            "sysmex-xn",
            &[
                r"H|\^&|||XN-550^00-24^22723||||||||E1394-97",
                "P|1|||MRN-1|^Ada^Quill||19710402|F",
                "C|1||",
                "O|1||^^                     T1^B|^^^^WBC|||||||N||||||||||||||F",
                "R|1|^^^^WBC^1|8.13|10*3/uL||N||F||||@",
                "R|2|^^^^PLT^1|99|10*3/uL||L||P||||@",
                "R|3|^^^^Blasts?|40|||||F||||@",
                "R|4|^^^^Positive_Diff||||A||F||||@",
                "R|5|^^^^SCAT_WDF|PNG&R&WDF.PNG|||N||F||||@",
                "R|6|^^^^DIST_RBC|PNG&R&RBC.PNG|||W||F||||@",
                "L|1|N",
                r"H|\^&|||XN-550^00-24^22723||||||||E1394-97",
                "Q|1|2^1^                    T2^B||||@||||||N",
                "L|1|N",
            ],
            &[
                "\"T1\" patient, of MRN-1, born 1971-04-02, sex female",
                "  WBC = 8.13 [10*3/uL] at @: files wbc, instrument-flag:Blasts? 40, instrument-flag:Positive_Diff, \
                 instrument-flag:A",
                "  PLT = 99 [10*3/uL] at @: held inbox-result-preliminary",
                "  Blasts? = 40 [] at @: no value, raises instrument-flag:Blasts? 40",
                "  Positive_Diff =  [] at @: no value, raises instrument-flag:Positive_Diff, instrument-flag:A",
                "  SCAT_WDF = PNG\\WDF.PNG [] at @: kept",
                "  DIST_RBC = PNG\\RBC.PNG [] at @: held inbox-value-unknown",
                "? instrument-flag:A",
                "? instrument-flag:W",
                "asks Specimens([\"T2\"])",
            ],
        ),
        (
            "sysmex-cs",
            &[
                r"H|\^&|||CS-2500^01-70^21768||||||||E1394-97",
                "P|1",
                "O|1||000000^02^             T1^B^||R||||||N",
                "R|1|^^^041^PT~sec^100.00^A^^^|  10.6|sec||N||||||@",
                "C|1|I|CAL^042^^7^|I",
                "R|2|^^^044^Fbg~g_L^50.00^A^^^|   5.0|g/L||>||||||@",
                "C|1|I|LOT^040^PT^564636|I",
                "L|1|N",
            ],
            &[
                "\"T1\" patient",
                "  041 = 10.6 [sec] at @: files -",
                "  044 = 5.0 [g/L] at @: held inbox-beyond-range",
                "? instrument-flag:50.00 (R-3.6)",
                "? instrument-flag:>",
            ],
        ),
        // Its own delimiters; a repeat escaped.
        (
            "genexpert",
            &[
                r"H|@^\|X-1||GeneXpert PC^GeneXpert^6.4|||||LIS||P|1394-97|@",
                "P|1",
                r"O|1|T1||^^^MTB-RIF|R|@|||||||||ORH||||||||||F",
                r"R|1|^MTB-RIF^^Xpert^Xpert MTB-RIF Ultra^4^MTB^|NOT DETECTED^|||||F||A \R\ B|@|@|S",
                "C|1|I|Notes^^thawed|I",
                "R|2|^MTB-RIF^^Xpert^^^SPC^|PASS^|||",
                "R|3|^MTB-RIF^^Xpert^^^SPC^Ct|^24.7|||",
                "R|4|^MTB-RIF^^Trace^Xpert MTB-RIF Ultra^4^MTB Trace^|^|||||F||A|@|@|S",
                "R|5|^MTB-RIF^^RIF^Xpert MTB-RIF Ultra^4^RIF Resistance^|ERROR^|||||X||A|@|@|S",
                "L|1|N",
                r"H|@^\|X-2||GeneXpert PC^GeneXpert^6.4|||||LIS||P|1394-97|@",
                "Q|1|P7^T2||||||||||O",
                "L|1|N",
                r"H|@^\|X-3||GeneXpert PC^GeneXpert^6.4|||||LIS||P|1394-97|@",
                "Q|1|ALL||||||||||O",
                "L|1|N",
            ],
            &[
                "\"T1\" patient, kind ORH",
                "  Xpert = NOT DETECTED [] at @: files -, instrument-comment:Notes",
                "  Xpert = PASS [] at : kept",
                "  Xpert^Ct = 24.7 [] at : kept",
                "  Trace =  [] at @: no value",
                "  RIF = ERROR [] at @: held inbox-result-not-done",
                "? instrument-comment:Notes",
                "? status:",
                "asks Specimens([\"T2\"])",
                "? instrument-record:Q",
            ],
        ),
        (
            "yumizen",
            &[
                r"H|\^&|||H550^909^1.2.1.4|||||||P|LIS2-A2|@",
                "P|1",
                "O|1|T1^^013148^6||^^^DIF|R|@|||||||||BLOOD||||||||||F",
                "M|1|REAGENT|LYSE",
                "R|1|^^^WBC^6690-2|8.30|10E3/uL|7.30 - 9.30^REFERENCE_RANGE|N||F||U^^USER|@",
                "R|2|^^^PLT^777-3|56|10E3/uL||LL||W||U^^USER|@",
                "R|3|^^^MCV^787-2|-----|um3||N||X||U^^USER|@",
                "L|1|N",
                r"H|\^&|||H550^909^1.2.1.4|||||||Q|LIS2-A2|@",
                "P|1",
                "O|1|PX440N||^^^DIF|R|@|||||||||CTRL^^CTRL MEDIUM",
                "C|1|I|CONTROL_FAILED^^PLT_ABOVE_TOLERANCE|I",
                "L|1|N",
            ],
            &[
                "\"T1\" patient, kind BLOOD",
                "  WBC = 8.30 [10E3/uL] at @: files wbc",
                "  PLT = 56 [10E3/uL] at @: files platelets, status:W, instrument-flag:LL",
                "  MCV = ----- [um3] at @: held inbox-result-not-done",
                "? instrument-flag:LL",
                "? status:W",
                "\"PX440N\" control, kind CTRL, held inbox-control",
                "? instrument-record:C",
            ],
        ),
        (
            "pentra",
            &[
                r"H|\^&|||ABX|||||||P|E1394-97|@",
                "P|1",
                "O|1|T1^00^00||^^^DIF|||||||||||Standard||||||||||F",
                "R|1|^^^RBC^789-9^1|4.65|1||||F||U||@",
                "R|2|^^^WBC^804-5^1|8.5|1||||W||U||@",
                r"C|1|I|Alarm_WBC^LMNE-^BASO+|I",
                "R|3|^^^BAS#^704-7^1|-----|1||HH||X||U||@",
                "R|4|^^^PLT^777-3^1|234|1||||N||U||@",
                "L|1|N",
            ],
            &[
                "\"T1\" patient",
                "  RBC = 4.65 [1] at @: files -",
                "  WBC = 8.5 [1] at @: files -, status:W, instrument-comment:Alarm_WBC",
                "  BAS# = ----- [1] at @: held inbox-result-not-done",
                "  PLT = 234 [1] at @: held inbox-result-ignored",
                "? instrument-comment:Alarm_WBC",
                "? instrument-flag:HH",
                "? status:W",
            ],
        ),
        (
            "architect",
            &[
                r"H|\^&|||ARCHITECT^9.45^F1^H1P1O1R1C1Q1L1|||||||P|1|@",
                "P|1|||||||U",
                "O|1|T1|T1^Z226^1|^^^580^Anti-HBcII^UNDILUTED^P|R||||||||||||||||||||F",
                "R|1|^^^580^Anti-HBcII^UNDILUTED^P^73^02^^F|0.17|S/CO||||R||A^A||@|i1",
                "R|2|^^^580^Anti-HBcII^UNDILUTED^P^73^02^^I|Nonreactive|||||R||A^A||@|i1",
                "R|3|^^^580^Anti-HBcII^UNDILUTED^P^73^02^^P|1519|RLU||||R||A^A||@|i1",
                "O|2|T1|T2^Z226^2|^^^241^TSH^UNDILUTED^P|R||||||||||||||||||||F",
                "R|1|^^^241^TSH^1:5^C^73^02^^F|< 1.20|mIU/mL||EXP^<||F||A^A||@|i1",
                "O|3|T3|T3^Z226^2|^^^241^TSH^1:5^C|R||||||||||||||||||||F",
                "R|1|^^^241^TSH^1:5^C^73^02^^F|< 1.20|mIU/mL||EXP^<||F||A^A||@|i1",
                "O|4|QC1|QC1^Z226^2|^^^241^TSH^UNDILUTED^P|R||||||Q||||||||||||||F",
                "L|1",
                r"H|\^&|||ARCHITECT^9.45^F1^H1P1O1R1C1Q1L1|||||||P|1|@",
                "Q|1|^T4||^^^ALL||||||||O",
                "L|1",
            ],
            &[
                "\"T1\" patient",
                "  580 = 0.17 [S/CO] at @: files -",
                "  580 = Nonreactive [] at @: files -",
                "  580 = 1519 [RLU] at @: kept",
                "\"T1\" patient, held inbox-identity-contradicts",
                "  241 = < 1.20 [mIU/mL] at @: held inbox-identity-contradicts",
                "\"T3\" patient",
                "  241 = < 1.20 [mIU/mL] at @: files -, instrument-flag:EXP, instrument-flag:1:5 (R-3.6), \
                 instrument-flag:C (R-3.7)",
                "\"QC1\" control, held inbox-control",
                "? instrument-flag:1:5 (R-3.6)",
                "? instrument-flag:C (R-3.7)",
                "? instrument-flag:EXP",
                "asks Specimens([\"T4\"])",
            ],
        ),
        (
            "alinity",
            &[
                r"H|\^&|||Alinity ci-series^2.5^SCM1|||||||P|LIS2-A2|20190103162106-0300",
                "P|1",
                "O|1|T1|T1^M3480^4^1^17|^^^565^Syphilis^UNDILUTED|R||||||||||||||||||||F",
                "R|1|^^^565^Syphilis^UNDILUTED^F|0.04|S/CO||||F||A^A||@|Ai1",
                "M|1|INV|565|CA||20190106124236|20181207124236|87",
                "R|2|^^^565^Syphilis^UNDILUTED^P|534|RLU||||F||A^A||@|Ai1",
                "R|3|^^^565^Syphilis^UNDILUTED^G|56fd5a98|||||F||A^A||@|Ai1",
                "L|1",
            ],
            &[
                "\"T1\" patient",
                "  565 = 0.04 [S/CO] at @: files -",
                "  565 = 534 [RLU] at @: kept",
                "  565 = 56fd5a98 [] at @: kept",
            ],
        ),
        (
            "cobas-e411",
            &[
                r"H|\^&|||cobas-e411^1|||||host|RSUPL^REAL|P|1",
                "P|1",
                r"O|1|T1|40^0^5^^S1^SC|^^^10^\^^^900^|R||||||N||||1|||||||@|||F",
                "R|1|^^^10//not|0.310|ulU/ml||N||F||admin|||E1",
                "R|2|^^^900/1/not|-1^0.303|COI||N||F||admin|||E1",
                "R|3|^^^117/1/not|<2.00|IU/l||LL||F||admin|||E1",
                "C|1|I|27|I",
                "O|2|PC1|41^0^6^^QC^SC|^^^10^|R||||||Q||||1|||||||@|||F",
                "L|1|N",
                r"H|\^&|||cobas-e411^1|||||host|TSREQ^REAL|P|1",
                "Q|1|^^T2^40^0^5^^S1^SC||ALL||||||||O",
                "Q|1|^^T2^40^0^5^^S1^SC||ALL||||||||A",
                "Q|1|^^T2^40^0^5^^S2^SC||ALL||||||||O",
                "Q|1|^T2^40^0^5^^SAMPLE^NORMAL||ALL||||||||O",
                "L|1|N",
            ],
            &[
                "\"T1\" patient, kind S1",
                "  10//not = 0.310 [ulU/ml] at @: files -",
                "  900/1/not = -1^0.303 [COI] at @: held inbox-value-unknown",
                "  117/1/not = <2.00 [IU/l] at @: files -, instrument-flag:LL, instrument-comment:27",
                "\"PC1\" control, kind QC, held inbox-control",
                "? instrument-comment:27",
                "? instrument-flag:LL",
                "asks Specimens([\"T2\"])",
                "asks nothing, marked \"A\"",
                "asks nothing, marked \"S2\"",
                "asks nothing, marked \"NORMAL\"",
            ],
        ),
        (
            "beckman-access",
            &[
                r"H|\^&|||ACCESS^500001|||||LIS||P|1|@",
                "P|1|P7",
                "O|1|T1|^59^1|^^^TSH^1|||||||||||Serum||||||||||F",
                "R|1|^^^TSH^1|0.18|uIU/mL||N||F||||@|500001",
                "R|2|^^^TSH^2|0.19|uIU/mL||L||F||||@|500001",
                "L|1|F",
                r"H|\^&|||ACCESS^500001|||||LIS||P|1|@",
                "Q|1|^T2||ALL||||||||O",
                "L|1|F",
            ],
            &[
                "\"T1\" patient, kind Serum",
                "  TSH = 0.18 [uIU/mL] at @: files -",
                "  TSH = 0.19 [uIU/mL] at @: files -, instrument-flag:L",
                "? instrument-flag:L",
                "asks Specimens([\"T2\"])",
            ],
        ),
        (
            "immulite",
            &[
                r"H|\^&||PASSWORD|DPC||||SYSTEM||P|1|@",
                "P|1|P7|||Quill^Ada|||F",
                "O|1|T1||^^^TT4|||@",
                r"R|1|^^^TT4|10.3|ug/dL|4.5\.4^12.5\24|N|N|F||test|@|@|S",
                "P|2|P8|||Other^One|||F",
                "O|1|T2||^^^FER|||@",
                r"R|1|^^^FER|173.|ng/mL|.5\.5^1500\1500|H|N|F||test|@|@|S",
                "L|1",
                r"H|\^&||PASSWORD|DPC||||SYSTEM||P|1|@",
                "Q|1|^T3||ALL||||||||O",
                "L|1",
            ],
            &[
                "\"T1\" patient, sex female",
                "  TT4 = 10.3 [ug/dL] at @: files -",
                "\"T2\" patient, sex female",
                "  FER = 173. [ng/mL] at @: held inbox-value-unknown",
                "? instrument-flag:H",
                "asks Specimens([\"T3\"])",
            ],
        ),
        (
            "afinion-2",
            &[
                r"H|\^&|||Afinion 2 Analyzer^^AF1|||||||Q|1|@",
                "P|1||3643|||||U",
                "O|1||5|^^^HbA1c|||||||N||||^V||||||||^10228413||F",
                "R|1|^^^HbA1c|5.9|%||||F||3643||@",
                "L|1|N",
            ],
            &["\"\" control, kind V, of 3643, held inbox-control", "  HbA1c = 5.9 [%] at @: held inbox-control"],
        ),
        // A unit that is not sent stays missing.
        (
            "cobas-u411",
            &[
                r"H|\^&|||cobas u 411^8^3.2.0.1001^Int|||||||P||@",
                "P|1",
                "O|1|T1|1^^^^SAMPLE||R||||||X|||@",
                "R|1|1^SG|1.005|||||||service",
                "R|2|4^NIT|neg|||||||service",
                "M|1|RC|||2001601|20111001|||",
                "O|2|C1|1^^^^CONTROL||R||||||X|||@",
                "O|3|T3|1^^^^STAT||R||||||X|||@",
                "L|1|N",
            ],
            &[
                "\"T1\" patient",
                "  SG = 1.005 [] at @: files ua_specific_gravity",
                "  NIT = neg [] at @: files ua_nitrite, instrument-record:M",
                "\"C1\" control, held inbox-control",
                "\"T3\" unknown STAT, held inbox-material",
                "? instrument-record:M",
            ],
        ),
    ];
    let read: BTreeSet<&str> = cases.iter().map(|(name, ..)| *name).collect();
    let real = names().filter(|name| !name.starts_with("titer-sim"));
    assert_eq!(read, real.collect(), "each profile of a real device has an example");
    for (name, records, expected) in cases {
        let records: Vec<String> =
            records.iter().map(|r| r.replace('@', AT).replace(&format!("H|{AT}"), "H|@")).collect();
        let records: Vec<&str> = records.iter().map(String::as_str).collect();
        let expected: Vec<String> = expected.iter().map(|line| line.replace('@', "2026-11-22T08:00:00")).collect();
        assert_eq!(try_records(name, &records), expected, "{name}");
    }
}
