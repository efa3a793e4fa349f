//! Tables of sites.

use titer_store::table;

table! {
    /// Sites; the first has id 1.
    pub(super) static SITES = projected "sites";
    /// A site. Address lines are separated by line feeds; `zone` is the name of an IANA time zone.
    pub(super) struct SiteRow {
        key id: i64,
        name: String,
        address: String,
        accreditation: String,
        director: String,
        zone: String,
        demonstration: bool,
    }
}
