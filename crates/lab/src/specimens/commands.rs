//! What may be asked about specimens.

use titer_store::{Read, Timestamp};

use super::{
    REJECTION_REASONS, SpecimenId, State,
    events::{Discarded, Expected, Received, Rejected, Tube},
    tube_number, views,
};
use crate::{
    Action, Command, Ctx, Decision, Failure, Refusal,
    catalog::SpecimenTypeId,
    orders::{OrderId, commands::collected, views as orders},
    patients::views as patients,
    refuse, sites, text,
};

/// The longest barcode, in characters.
pub const BARCODE_CHARS_MAX: usize = 40;
/// Tubes numbered on one day at most: the barcode has room for so many.
pub const SEQUENCE_MAX: i64 = 9_999_999;
/// The last number of a day that fits into five digits; a larger one takes seven.
const SHORT_SEQUENCE_MAX: i64 = 99_999;
/// After a restore, the numbers of that day begin at a multiple of this: tubes numbered after the backup was made are on the
/// benches and in no table, and no laboratory numbers more than this between two restores of one day.
const RESTORED_JUMP: i64 = 1_000_000;

/// Make the tubes of an order.
pub(crate) struct ExpectSpecimens {
    pub(crate) order: OrderId,
    /// One tube of each.
    pub(crate) types: Vec<SpecimenTypeId>,
    pub(crate) collected_at: Option<Timestamp>,
    /// The label that is on the tube already.
    pub(crate) barcode: Option<String>,
}

impl Command for ExpectSpecimens {
    type Answer = Vec<SpecimenId>;
    const ACTION: Action = Action::PlaceOrders;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<Vec<SpecimenId>>, Failure> {
        let Some(order) = orders::order(read, self.order)? else { return refuse("orders-unknown") };
        collected(ctx, read, &order.patient, self.collected_at)?;
        let standing = views::of_order(read, self.order)?.len();
        if standing + self.types.len() > views::OF_ORDER_MAX as usize {
            return Err(Refusal::new("specimens-too-many").with("limit", views::OF_ORDER_MAX).into());
        }
        let given = self.barcode.as_deref().map(tube_number::carried).transpose()?;
        let tubes = match given {
            Some(barcode) => {
                let [specimen_type] = self.types.as_slice() else { return refuse("specimens-one-label-many-tubes") };
                // What identifies a vial of control material never becomes a tube: its controls would land on a patient.
                if ctx.quality.lot_of_barcode(&barcode).is_some() {
                    return Err(Refusal::new("specimens-barcode-of-control").with("barcode", barcode).into());
                }
                if views::is_taken(read, &barcode)? {
                    return Err(Refusal::new("specimens-barcode-taken").with("barcode", barcode).into());
                }
                if !patients::bearing(read, &barcode)?.is_empty() {
                    return Err(Refusal::new("specimens-barcode-identifier").with("barcode", barcode).into());
                }
                if orders::numbered(read, &barcode)?.is_some() {
                    return Err(Refusal::new("specimens-barcode-order").with("barcode", barcode).into());
                }
                vec![Tube { barcode, specimen_type: specimen_type.0, day: 0, sequence: 0 }]
            }
            None => number(ctx, read, &self.types)?,
        };
        let ids = (0..tubes.len()).map(|place| Expected::specimen(ctx.event(), place)).collect();
        let expected = Expected {
            order: self.order.0,
            patient: order.patient.id.0,
            priority: order.priority.rank(),
            collected_at: self.collected_at.map(Timestamp::micros),
            tubes,
        };
        Ok(Decision::event(expected, ids))
    }
}

/// A barcode made here: year, day of the year, number of the day (`26` `326` `00017`). Ten digits, and twelve from the day's
/// number 100,000 on (`26` `326` `0100000`). Code 128 packs two digits into a symbol, so their number is even. The length
/// tells the two forms apart, so no label of one form is a label of the other.
fn label(day: i64, sequence: i64) -> String {
    let digits = if sequence <= SHORT_SEQUENCE_MAX { 5 } else { 7 };
    format!("{:05}{sequence:0digits$}", day % 100_000)
}

/// Tubes with barcodes made here.
fn number(ctx: &Ctx, read: &mut dyn Read, types: &[SpecimenTypeId]) -> Result<Vec<Tube>, Failure> {
    let zone = sites::views::zone(read)?;
    let today = sites::views::local(ctx.at, &zone).date();
    let midnight = sites::views::start_of_day(today, &zone);
    let day = i64::from(today.year()) * 1_000 + i64::from(today.day_of_year());
    let mut sequence = views::last_sequence(read, day)?.max(views::restores(read, midnight)? * RESTORED_JUMP);
    let mut tubes = Vec::new();
    for specimen_type in types {
        let barcode = loop {
            sequence += 1;
            if sequence > SEQUENCE_MAX {
                return refuse("specimens-numbers-used-up");
            }
            let made = label(day, sequence);
            // A label that came with a tube may bear a number of ours, and so may a patient.
            let is_vial = ctx.quality.lot_of_barcode(&made).is_some();
            if !is_vial && !views::is_taken(read, &made)? && patients::bearing(read, &made)?.is_empty() {
                break made;
            }
        };
        tubes.push(Tube { barcode, specimen_type: specimen_type.0, day, sequence });
    }
    Ok(tubes)
}

/// A barcode as it is scanned: without blanks around it. It is compared by its [`text::key`].
///
/// # Errors
/// Refused when it is empty, too long, or holds characters that are not seen.
pub fn barcode(scanned: &str) -> Result<String, Failure> {
    let barcode = text::required(scanned, "barcode")?;
    if barcode.chars().count() > BARCODE_CHARS_MAX {
        return Err(Refusal::new("text-too-long").with("field", "barcode").with("limit", BARCODE_CHARS_MAX).into());
    }
    Ok(barcode)
}

/// Refuses a scan of a number that both a tube and another patient bear, until a person has confirmed that the tube was scanned.
/// `confirmed` is what the refusal called by the name `tube`.
///
/// # Errors
/// Refused with `specimens-barcode-of-patient`.
pub fn meant(read: &mut dyn Read, specimen: SpecimenId, confirmed: &str) -> Result<(), Failure> {
    let Some(specimen) = views::specimen(read, specimen)? else { return refuse("specimens-gone") };
    let mut others = patients::bearing(read, &specimen.barcode)?;
    others.retain(|patient| patient.id != specimen.patient.id);
    let asked: Vec<String> = others.iter().map(|p| p.id.to_string()).collect();
    let asked = format!("{}:{}", specimen.id, asked.join(" "));
    let Some(other) = others.first().filter(|_| confirmed != asked) else { return Ok(()) };
    let named = |patient: &patients::Patient| format!("{} {}", patient.family, patient.given).trim_end().to_owned();
    Err(Refusal::new("specimens-barcode-of-patient")
        .with("barcode", &specimen.barcode)
        .with("patient", named(&specimen.patient))
        .with("other", named(other))
        .with("tube", asked)
        .into())
}

/// Receive a tube, by its scanned barcode.
pub struct ReceiveSpecimen {
    /// As scanned.
    pub barcode: String,
    /// When it was collected, if whoever receives the tube says so; else what the order said stands.
    pub collected_at: Option<Timestamp>,
}

impl Command for ReceiveSpecimen {
    type Answer = SpecimenId;
    const ACTION: Action = Action::ReceiveSpecimens;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<SpecimenId>, Failure> {
        let barcode = barcode(&self.barcode)?;
        let Some(specimen) = views::by_barcode(read, &barcode)? else {
            return Err(Refusal::new("specimens-unknown").with("barcode", barcode).into());
        };
        match specimen.state {
            State::Expected => {}
            State::Received => return Err(Refusal::new("specimens-already-received").with("barcode", barcode).into()),
            State::Rejected => return Err(Refusal::new("specimens-was-rejected").with("barcode", barcode).into()),
            State::Discarded => return Err(Refusal::new("specimens-was-discarded").with("barcode", barcode).into()),
        }
        collected(ctx, read, &specimen.patient, self.collected_at)?;
        let received = Received {
            specimen: specimen.id.0,
            order: specimen.order.0,
            collected_at: self.collected_at.or(specimen.collected_at).map(Timestamp::micros),
        };
        Ok(Decision::event(received, specimen.id))
    }
}

/// Reject a tube that cannot be used.
pub(crate) struct RejectSpecimen {
    pub(crate) specimen: SpecimenId,
    /// The code of the reason.
    pub(crate) reason: String,
    /// Whether the specimen has results. They lie above specimens: whoever runs the command looks them up.
    pub(crate) has_results: bool,
    /// Whether a report follows: it says what cannot be measured any more.
    pub(crate) report_follows: bool,
}

impl Command for RejectSpecimen {
    type Answer = ();
    const ACTION: Action = Action::ReceiveSpecimens;

    fn decide(self, _: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        let Some(specimen) = views::specimen(read, self.specimen)? else { return refuse("specimens-gone") };
        if !REJECTION_REASONS.contains(&self.reason.as_str()) {
            return refuse("specimens-reason-unknown");
        }
        if specimen.state == State::Rejected {
            return Err(Refusal::new("specimens-was-rejected").with("barcode", specimen.barcode).into());
        }
        if specimen.state == State::Discarded {
            return Err(Refusal::new("specimens-was-discarded").with("barcode", specimen.barcode).into());
        }
        if self.has_results {
            return refuse("specimens-has-results");
        }
        let rejected = Rejected {
            specimen: specimen.id.0,
            order: specimen.order.0,
            reason: self.reason,
            report_follows: self.report_follows,
        };
        Ok(Decision::event(rejected, ()))
    }
}

/// Throw a tube away. What was measured on it stays. See [`crate::ways::discard`].
pub(crate) struct DiscardSpecimen {
    pub(crate) specimen: SpecimenId,
    /// Whether a report follows: it says what cannot be measured any more.
    pub(crate) report_follows: bool,
}

impl Command for DiscardSpecimen {
    type Answer = ();
    const ACTION: Action = Action::ReceiveSpecimens;

    fn decide(self, _: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        let Some(specimen) = views::specimen(read, self.specimen)? else { return refuse("specimens-gone") };
        match specimen.state {
            State::Received | State::Rejected => {}
            State::Expected => {
                return Err(Refusal::new("specimens-not-received").with("barcode", specimen.barcode).into());
            }
            State::Discarded => {
                return Err(Refusal::new("specimens-was-discarded").with("barcode", specimen.barcode).into());
            }
        }
        let (order, report_follows) = (specimen.order.0, self.report_follows);
        Ok(Decision::event(Discarded { specimen: specimen.id.0, order, report_follows }, ()))
    }
}

#[cfg(test)]
mod label_tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::{BARCODE_CHARS_MAX, SEQUENCE_MAX, SHORT_SEQUENCE_MAX, label};

    /// A day of one century, as yyyyddd: labels have two digits for the year.
    fn days() -> impl Strategy<Value = i64> {
        (2_000..2_100_i64, 1..=366_i64).prop_map(|(year, day)| year * 1_000 + day)
    }

    /// Numbers of every length, most of them near a border.
    fn sequences() -> impl Strategy<Value = i64> {
        let border = prop_oneof![Just(SHORT_SEQUENCE_MAX), Just(1_000_000), Just(SEQUENCE_MAX - 5), Just(10_000)];
        prop_oneof![1..=SEQUENCE_MAX, 1..=SHORT_SEQUENCE_MAX, (border, -5..=5_i64).prop_map(|(b, d)| b + d)]
    }

    proptest! {
        #[test]
        fn each_tube_of_a_century_has_a_label_of_its_own(numbers in prop::collection::hash_set((days(), sequences()), 1..200)) {
            let labels: HashSet<String> = numbers.iter().map(|(day, sequence)| label(*day, *sequence)).collect();
            prop_assert_eq!(labels.len(), numbers.len());
        }

        /// Day and number can be read off the label again: that is why no two are the same.
        #[test]
        fn a_label_says_its_day_and_number_in_an_even_number_of_digits(day in days(), sequence in sequences()) {
            let label = label(day, sequence);
            prop_assert!(label.bytes().all(|b| b.is_ascii_digit()));
            prop_assert_eq!(label.len(), if sequence <= 99_999 { 10 } else { 12 });
            prop_assert!(label.len() <= BARCODE_CHARS_MAX);
            prop_assert_eq!(label[..5].parse::<i64>().unwrap(), day % 100_000);
            prop_assert_eq!(label[5..].parse::<i64>().unwrap(), sequence);
        }

        #[test]
        fn up_to_number_99_999_a_label_is_what_it_always_was(day in days(), sequence in 1..=99_999_i64) {
            prop_assert_eq!(label(day, sequence), format!("{:05}{:05}", day % 100_000, sequence));
        }
    }
}
