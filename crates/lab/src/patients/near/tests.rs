use jiff::{ToSpan, civil::date};

use super::{Name, are_near, slips};

#[test]
fn words_are_near_by_a_few_slips_by_their_beginning_or_by_their_sound() {
    let near = [
        ("wombata", "wombatta"),
        ("wombata", "wmobata"),
        ("cal", "cla"),
        ("cal", "kal"),
        ("ada", "adalbert"),
        ("meyer", "maier"),
        ("meyer", "mayr"),
        ("schmidt", "smith"),
        ("stephen", "steven"),
        ("katherine", "catherine"),
        ("philip", "filip"),
    ];
    for (one, other) in near {
        assert!(are_near(one, other) && are_near(other, one), "{one} {other}");
    }
    let apart = [("li", "le"), ("bo", "jo"), ("ada", "otto"), ("quill", "renard"), ("cal", "ruth"), ("smith", "jones")];
    for (one, other) in apart {
        assert!(!are_near(one, other) && !are_near(other, one), "{one} {other}");
    }
}

#[test]
fn nobody_s_name_is_near_to_none() {
    assert!(Name::of("", " ").is_none());
    let name = |family: &str, given: &str| Name::of(family, given).unwrap();
    assert!(name("Quill", "Ada").is_near(&name("ada", "QUILL")));
    assert!(name("Quill", "").is_near(&name("Quill", "Ada")));
    assert!(!name("Quill", "Bob").is_near(&name("Quill", "Ada")));
}

#[test]
fn a_date_has_few_that_one_slip_makes_of_it() {
    let of = slips(date(1971, 4, 2));
    for slip in [date(1971, 2, 4), date(1917, 4, 2), date(1979, 4, 2), date(1971, 4, 20), date(1971, 4, 22)] {
        assert!(of.contains(&slip), "{slip}");
    }
    for other in [date(1971, 4, 2), date(1972, 5, 2), date(1980, 4, 2)] {
        assert!(!of.contains(&other), "{other}");
    }
    let (mut day, mut most) = (date(1890, 1, 1), 0);
    while day < date(2080, 1, 1) {
        most = most.max(slips(day).len());
        day = day.checked_add(1.day()).unwrap();
    }
    assert_eq!(most, 46, "one statement asks for 48 at most");
}
