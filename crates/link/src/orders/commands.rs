//! What may be asked about what analyzers are told.

use titer_lab::{
    Action, Command, Ctx, Decision, Failure, refuse,
    specimens::{SpecimenId, views as specimens},
};
use titer_store::{Changes, Read, Timestamp, values};

use super::{
    due::{Coded, Say},
    events::{Nothing, OrdersSent, Sent, Test},
    tables::TRIES,
    views,
};
use crate::{
    inbox::MessageId,
    links::{LinkId, views as links},
};

/// A time that does not come: a person must look.
pub(crate) const NEVER: Timestamp = Timestamp::from_micros(i64::MAX);

/// The key of a specimen's tries at a link.
pub(crate) fn place(link: LinkId, specimen: SpecimenId) -> String {
    format!("{link}/{specimen}")
}

/// Note what an analyzer acknowledged.
#[derive(Clone, Debug)]
pub struct NoteSent {
    /// The link.
    pub link: LinkId,
    /// The query that it answers.
    pub message: Option<MessageId>,
    /// What it was told.
    pub said: Vec<Say>,
    /// The specimens of which there was nothing.
    pub nothing: Vec<Nothing>,
    /// Specimens asked for beyond what one answer takes.
    pub left: usize,
}

impl Command for NoteSent {
    type Answer = ();
    const ACTION: Action = Action::SendOrders;

    fn decide(self, _: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        let Some(link) = links::link(read, self.link)? else { return refuse("links-unknown") };
        let (mut sent, mut work) = (Vec::new(), Changes::new());
        for say in self.said {
            let (told, mut before) = views::standing(read, self.link, say.specimen)?;
            before.retain(|t| !say.tests.iter().any(|c| c.analyte.0 == t.analyte));
            let test = |c: Coded| Test { analyte: c.analyte.0, code: c.code };
            work.drop_key(&TRIES, place(self.link, say.specimen));
            sent.push(Sent {
                specimen: say.specimen.0,
                barcode: say.barcode,
                action: say.doing.code().to_owned(),
                tests: say.tests.into_iter().map(test).collect(),
                told,
                before,
            });
        }
        let event = OrdersSent {
            link: self.link.0,
            name: link.name,
            message: self.message.map(|m| m.0),
            sent,
            nothing: self.nothing,
            left: i64::try_from(self.left).unwrap_or(i64::MAX),
        };
        Ok(Decision::event(event, ()).working(work))
    }
}

/// Tell an analyzer again what it did not take: at once, with all its tries.
pub struct SendAgain {
    /// The link.
    pub link: LinkId,
    /// The specimen.
    pub specimen: SpecimenId,
}

impl Command for SendAgain {
    type Answer = ();
    const ACTION: Action = Action::ResolveMessages;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        if specimens::specimen(read, self.specimen)?.is_none() {
            return refuse("specimens-gone");
        }
        if views::tries(read, self.link, self.specimen)?.is_none() {
            return refuse("orders-not-failed");
        }
        let mut work = Changes::new();
        let row = values![self.link, self.specimen, 0_i64, 0_i64, "", ctx.at, 0_i64];
        work.put_values(&TRIES, place(self.link, self.specimen), row);
        Ok(Decision::nothing(()).working(work))
    }
}
