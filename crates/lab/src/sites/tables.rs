//! Tables of sites.

use titer_store::table;

table! {
    /// Sites; the first has id 1.
    pub(super) static SITES = projected "sites" revision 2;
    /// A site. Address lines are separated by line feeds; `zone` is the name of an IANA time zone; `changed` is the
    /// number of the event that described it last.
    pub(super) struct SiteRow {
        key id: i64,
        name: String,
        address: String,
        accreditation: String,
        director: String,
        zone: String,
        demonstration: bool,
        changed: Option<i64>,
    }
}
