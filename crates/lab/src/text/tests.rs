use super::{
    CHARS_MAX, identifier, is_taken_for, key, look, meant, name, optional, optional_name, passes_for, required, tokens,
};
use crate::testing::{arg, code, refusal};

#[test]
fn a_text_is_trimmed_and_has_a_limit_and_no_control_characters() {
    let (longest, too_long) = ("ä".repeat(CHARS_MAX), "ä".repeat(CHARS_MAX + 1));
    let cases = [
        ("", "text-missing", "done"),
        (" \t\r\n", "text-missing", "done"),
        (" Ada Quill\n", "done", "done"),
        (&longest, "done", "done"),
        (&too_long, "text-too-long", "text-too-long"),
        ("Ada\nQuill", "text-control", "text-control"),
        ("Ada\0", "text-control", "text-control"),
        ("Ada\u{85}Quill", "text-control", "text-control"),
        // What nobody sees, or what turns its neighbours round.
        ("Ada\u{200b}Quill", "text-control", "text-control"),
        ("Ada\u{202e}Quill", "text-control", "text-control"),
        ("Ada\u{2066}Quill\u{2069}", "text-control", "text-control"),
        ("\u{feff}Ada", "text-control", "text-control"),
        ("A\u{ad}da", "text-control", "text-control"),
        ("A\u{34f}da", "text-control", "text-control"),
        ("A\u{3164}da", "text-control", "text-control"),
        ("A\u{fe0f}da", "text-control", "text-control"),
        ("A\u{e0061}da", "text-control", "text-control"),
        ("A\u{2028}da", "text-control", "text-control"),
        ("A\u{e000}da", "text-control", "text-control"),
        ("A\u{ffff}da", "text-control", "text-control"),
        ("\u{2800}", "text-control", "text-control"),
        ("140 µmol/L ≥ 3², Ω – “µ” 李 ي हि", "done", "done"),
    ];
    for (text, of_required, of_optional) in cases {
        assert_eq!(code(required(text, "name")), of_required, "{text:?}");
        assert_eq!(code(optional(text, "name")), of_optional, "{text:?}");
    }
    assert_eq!(required(" Ada Quill\n", "name").unwrap(), "Ada Quill");
    assert_eq!(arg(&refusal(required("", "family name")), "field"), "family name");
}

#[test]
fn words_are_folded_sorted_and_each_there_once() {
    let cases: [(&str, &[&str]); 9] = [
        ("Okafor-Lindqvist Nneka", &["lindqvist", "nneka", "okafor"]),
        ("Ada ADA ada", &["ada"]),
        ("MRN-00017", &["00017", "mrn"]),
        ("Ångström", &["angstrom"]),
        ("A\u{30a}ngstro\u{308}m", &["angstrom"]),
        ("İpek Yıldız", &["ipek", "yildiz"]),
        ("STRASSE Straße", &["strasse"]),
        ("Łódź Đorđe Æsir Þór Ħal", &["aesir", "dorde", "hal", "lodz", "thor"]),
        ("李 小龍", &["小龍", "李"]),
    ];
    for (text, expected) in cases {
        assert_eq!(tokens(text), expected, "{text:?}");
    }
    let many: String = (0..40).map(|i| format!("w{i} ")).collect();
    assert_eq!(tokens(&many).len(), 16);
    assert_eq!(tokens(&"x".repeat(100))[0].len(), 40);
}

#[test]
fn a_name_is_composed_and_no_word_of_it_mixes_alphabets() {
    let cases = [
        ("Ada  Quill", Ok("Ada Quill")),
        ("Ada\u{a0}\u{3000}Quill", Ok("Ada Quill")),
        ("Jo\u{308}rg", Ok("Jörg")),
        ("O'Brien-Müller", Ok("O'Brien-Müller")),
        ("Dvořák Łucja Nguyễn", Ok("Dvořák Łucja Nguyễn")),
        ("Анна Smith", Ok("Анна Smith")),
        ("Иванова/Ivanova", Ok("Иванова/Ivanova")),
        ("山田 太郎 さくら", Ok("山田 太郎 さくら")),
        ("山田さくら", Ok("山田さくら")),
        ("김민준", Ok("김민준")),
        ("محمد علي", Ok("محمد علي")),
        ("प्रिया रमन", Ok("प्रिया रमन")),
        ("\u{410}da", Err("text-mixed")),
        ("Quil\u{217c}\u{405}", Err("text-mixed")),
        ("Αda", Err("text-mixed")),
        ("Ada\u{200d}", Err("text-control")),
        ("", Err("text-missing")),
    ];
    for (typed, expected) in cases {
        let kept = name(typed, "name");
        match expected {
            Ok(text) => assert_eq!(kept.as_deref(), Ok(text), "{typed:?}"),
            Err(refused) => assert_eq!(code(kept), refused, "{typed:?}"),
        }
    }
    assert_eq!(optional_name(" ", "name").unwrap(), "");
    assert_eq!(arg(&refusal(name("\u{410}da", "family name")), "field"), "family name");
}

#[test]
fn whatever_passes_for_an_identifier_has_its_key() {
    let same: [&[&str]; 4] = [
        &[
            "NAT-555",
            "nat-555",
            "ＮＡＴ-555",
            " Nat-555 ",
            "NAT\u{2010}555",
            "NAT\u{2212}555",
            "\u{39d}\u{391}\u{3a4}-555",
        ],
        &["Ab12cd", "ab12CD", "ＡＢ１２ＣＤ", "AB\u{200b}12cd", "\u{410}b12cd"],
        &["TOM 5", "tom 5", "\u{422}\u{41e}\u{41c}\u{a0}5", "\u{442}\u{43e}\u{43c} 5", "tóm 5"],
        &["STRASSE", "straße", "Straße"],
    ];
    for texts in same {
        for text in texts {
            assert_eq!(key(text), key(texts[0]), "{text:?}");
        }
    }
    let different = ["A10", "AIO", "A1O", "AI0", "A-10", "A 10", "10", "", "李", "Ж"];
    for (i, one) in different.iter().enumerate() {
        for other in &different[i + 1..] {
            assert_ne!(key(one), key(other), "{one:?} {other:?}");
        }
    }
    assert_eq!(identifier(" ＮＡＴ-555 ", "identifier").unwrap(), "NAT-555", "kept as it is written in one width");
    assert_eq!(code(identifier("N\u{410}T-555", "identifier")), "text-mixed");
    assert_eq!(look("Ian Lake"), look("lan Lake"));
}

#[test]
fn a_name_that_a_person_chooses_passes_for_another_by_its_look() {
    let alike = [
        ("Osmo 1", "Osmo l"),
        ("Osmo 1", "Osmo I"),
        ("Osmo 1", "osmo i"),
        ("Osmo 1", "OSMO L"),
        ("Osmo 1", "Osmo |"),
        ("Osmo 1", "Osmo-1"),
        ("Osmo 1", "Osmo 1."),
        ("Osmo 1", "Osmo1"),
        ("Osmo 1", "Osmo 01"),
        ("Osmo 1", "Ｏｓｍｏ 1"),
        ("Osmo 1", "\u{41e}smo 1"),
        ("Osmo 1", "0smo 1"),
        ("Osmó 1", "osmo #1"),
        ("c501", "C5O1"),
        ("0", "O"),
    ];
    for (one, other) in alike {
        assert!(passes_for(one, other) && passes_for(other, one), "{one:?} {other:?}");
    }
    let different = ["Osmo 1", "Osmo 2", "Osmo 10", "Osmo 11", "Osmo", "Osmo 1+", "Osmo 101", "Osmo 1a", "Cosmo 1"];
    for (i, one) in different.iter().enumerate() {
        for other in &different[i + 1..] {
            assert!(!passes_for(one, other), "{one:?} {other:?}");
        }
    }
}

/// Nobody finds a name or an identifier of signs alone.
#[test]
fn a_name_and_an_identifier_have_a_letter_or_a_digit() {
    for signs in ["-", ".", "--", "?", "– –", "*", "+"] {
        for kept in [name(signs, "name"), optional_name(signs, "name"), identifier(signs, "name")] {
            assert_eq!(code(kept), "text-signs-only", "{signs:?}");
        }
    }
    for word in ["7", "-7", "O'", "李", "ह"] {
        assert_eq!((code(name(word, "name")), code(identifier(word, "name"))), ("done", "done"), "{word:?}");
    }
}

#[test]
fn of_those_with_one_key_the_one_written_so_is_meant_else_the_only_one() {
    let among = |texts: &[&'static str], asked: &str| meant(texts.to_vec(), |text| *text == asked);
    assert_eq!(among(&["Ab12cd"], "AB12CD"), Some("Ab12cd"));
    assert_eq!(among(&["Ab12cd", "ab12CD"], "ab12CD"), Some("ab12CD"));
    assert_eq!(among(&["Ab12cd", "ab12CD"], "AB12CD"), None);
    assert_eq!(among(&[], "AB12CD"), None);
}

proptest::proptest! {
    #[test]
    fn a_key_is_its_own_key(text in proptest::prelude::any::<String>()) {
        proptest::prop_assert_eq!(key(&key(&text)), key(&text));
    }

    #[test]
    fn what_a_rule_keeps_the_rule_keeps_again(text in proptest::prelude::any::<String>()) {
        if let Ok(kept) = identifier(&text, "identifier") {
            proptest::prop_assert_eq!(identifier(&kept, "identifier").unwrap(), kept);
        }
        if let Ok(kept) = name(&text, "name") {
            proptest::prop_assert_eq!(name(&kept, "name").unwrap(), kept);
        }
    }
}

#[test]
fn an_entry_of_a_list_is_taken_for_another_by_its_look_and_signs_tell_them_apart() {
    let alike = [
        ("NEG", "neg"),
        ("NEG", "NEG."),
        ("Negative", "Negativе"),
        ("Negative", "Ｎegative"),
        ("Non-reactive", "Non reactive"),
        ("Non-reactive", "nonreactive"),
        ("lgA", "IgA"),
        ("O", "0"),
        ("Rh-", "Rh−"),
        ("Trace", "Trace "),
        ("(1+)", "1+"),
        (".", "."),
        ("HBsAg", "HB sAg"),
        ("Modern", "Modem"),
    ];
    for (one, other) in alike {
        assert!(is_taken_for(one, other) && is_taken_for(other, one), "{one:?} {other:?}");
    }
    let told_apart = [
        ("A+", "A-"),
        ("+", "-"),
        ("+", "++"),
        ("±", "-"),
        ("1:4", "14"),
        ("1.5", "15"),
        ("< 10", "> 10"),
        ("≤ 10", "< 10"),
        ("EO%", "EO#"),
        ("A/G", "AG"),
        (".", "!"),
        ("Positive", "Negative"),
        ("2-5", "25"),
        ("10^5", "105"),
    ];
    for (one, other) in told_apart {
        assert!(!is_taken_for(one, other), "{one:?} {other:?}");
    }
}
