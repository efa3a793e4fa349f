use std::collections::HashSet;

use super::tubes_after;
use crate::{results::views::QueuePosition, testing::World};

#[test]
fn no_tube_is_split_over_two_pages_and_none_is_left_out() {
    let world = World::new();
    // Tubes of one, two and three results; every second tube has a critical one, which comes first of all.
    let mut filed = HashSet::new();
    for number in 0..12_usize {
        let (patient, barcode) = (world.patient(&format!("MRN-{number}")), format!("T{number}"));
        let tests = &["sodium", "potassium", "crp"][..1 + number % 3];
        world.received(patient, tests, &barcode);
        for (place, test) in tests.iter().enumerate() {
            world.pass(1);
            let critical = number % 2 == 0 && place == number % 3;
            let value = if critical { "170" } else { "140" };
            filed.insert(world.filed(&barcode, test, value).id);
        }
    }
    for lines in [1, 2, 3, 5, 8, 13, 100] {
        let (mut after, mut seen, mut tubes) = (QueuePosition::FIRST, HashSet::new(), HashSet::new());
        for pages in 0.. {
            assert!(pages < 20, "it comes to an end");
            let page = world.read(move |s| tubes_after(s, after, lines));
            let mut here = Vec::new();
            for row in &page.rows {
                assert!(seen.insert(row.result.id), "each result once");
                if here.last() != Some(&row.result.specimen) {
                    assert!(tubes.insert(row.result.specimen), "{lines}: a tube stands in one place only");
                    here.push(row.result.specimen);
                }
            }
            assert!(here.len() == 1 || page.rows.len() + here.len() <= lines, "a page has its size");
            match page.next {
                Some(next) => after = next,
                None => break,
            }
        }
        assert_eq!(seen, filed, "{lines}");
    }
}
