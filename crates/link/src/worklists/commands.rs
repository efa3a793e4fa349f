//! What may be asked of worklists.

use titer_lab::{
    Action, Command, Ctx, Decision, Failure, refuse,
    specimens::{SpecimenId, views as specimens},
};
use titer_store::{Changes, Read, Timestamp};

use super::{
    entries::{CodedTest, WorklistEntry},
    events::{NothingBody, OrdersAcknowledged, SentBody, TestBody, ToldBody},
    tables::{DeliveryAttemptRow, attempt_key},
    views::{self, AcknowledgedTest, NoOrder},
};
use crate::{
    inbox::MessageId,
    links::{LinkId, views as links},
};

/// Note that an analyzer acknowledged a message with orders.
#[derive(Clone, Debug)]
pub struct AcknowledgeOrders {
    /// The link.
    pub link: LinkId,
    /// The host query that the message answers.
    pub query: Option<MessageId>,
    /// The orders, by specimen.
    pub entries: Vec<WorklistEntry>,
    /// The specimens for which there is no order.
    pub no_orders: Vec<NoOrder>,
    /// The number of specimens that the query asked for beyond those that one answer holds.
    pub left_out: usize,
}

impl Command for AcknowledgeOrders {
    type Answer = ();
    const ACTION: Action = Action::SendOrders;

    fn decide(self, _: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        let Some(link) = links::link(read, self.link)? else { return refuse("links-unknown") };
        let (mut sent, mut work) = (Vec::new(), Changes::new());
        for entry in self.entries {
            let mut before = views::outstanding(read, self.link, entry.specimen)?;
            before.tests.retain(|t| !entry.tests.iter().any(|c| c.analyte == t.analyte));
            let test = |c: CodedTest| TestBody { analyte: c.analyte.0, code: c.code };
            let told = |t: AcknowledgedTest| ToldBody { analyte: t.analyte.0, code: t.code, number: t.event };
            work.drop::<DeliveryAttemptRow>(attempt_key(self.link, entry.specimen));
            sent.push(SentBody {
                specimen: entry.specimen.0,
                barcode: entry.barcode,
                action: entry.action.code().to_owned(),
                tests: entry.tests.into_iter().map(test).collect(),
                told: before.row,
                before: before.tests.into_iter().map(told).collect(),
            });
        }
        let nothing = |n: NoOrder| NothingBody { barcode: n.barcode, code: n.reason.code().to_owned() };
        let event = OrdersAcknowledged {
            link: self.link.0,
            name: link.name,
            message: self.query.map(|m| m.0),
            sent,
            nothing: self.no_orders.into_iter().map(nothing).collect(),
            left: i64::try_from(self.left_out).unwrap_or(i64::MAX),
        };
        Ok(Decision::event(event, ()).working(work))
    }
}

/// Send orders again that an analyzer did not acknowledge: at once, and with all attempts.
pub struct ResendOrders {
    /// The link.
    pub link: LinkId,
    /// The specimen.
    pub specimen: SpecimenId,
}

impl Command for ResendOrders {
    type Answer = ();
    const ACTION: Action = Action::ResolveMessages;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        if specimens::specimen(read, self.specimen)?.is_none() {
            return refuse("specimens-gone");
        }
        if views::attempts(read, self.link, self.specimen)?.is_none() {
            return refuse("orders-not-failed");
        }
        let mut work = Changes::new();
        work.put(DeliveryAttemptRow {
            place: attempt_key(self.link, self.specimen),
            link: self.link,
            specimen: self.specimen,
            tries: 0,
            next_at: Timestamp::from_micros(0),
            failure: String::new(),
            at: ctx.at,
            seen: 0,
        });
        Ok(Decision::nothing(()).working(work))
    }
}
