//! Tables of links.

use titer_lab::catalog::{AnalyteId, AnswerId};
use titer_store::{Timestamp, table};

use super::{LinkId, MappingId, MappingState};

table! {
    /// Links.
    pub(super) static LINKS = projected "links";
    /// A link. `peers` are addresses with blanks between them. `version` is the number of the last event that changed the link or
    /// one of its mappings.
    pub(super) struct LinkRow {
        key id: LinkId,
        name: String,
        protocol: String,
        mode: String,
        address: String,
        peers: String,
        dialect: String,
        removed: bool,
        version: i64,
    }
    index (name);
}

table! {
    /// Mappings.
    pub(super) static MAPPINGS = projected "mappings";
    /// A mapping. `specimen` is the analyzer's code of the specimen type; `withdrawn` is the number of the event that withdrew it;
    /// `factor` is that of the conversion that was approved with it; `word` is what the analyzer sends for `answer`.
    pub(super) struct MappingRow {
        key id: MappingId,
        link: LinkId,
        code: String,
        unit: String,
        specimen: String,
        analyte: AnalyteId,
        state: MappingState,
        proposer_kind: i64,
        proposer: i64,
        approved_by: Option<String>,
        confirmed_by: Option<String>,
        withdrawn: Option<i64>,
        factor: Option<String>,
        word: Option<String>,
        answer: Option<AnswerId>,
    }
    index (link);
    index (withdrawn, id);
    index (state, proposer_kind, id);
}

table! {
    /// At most one row.
    pub(super) static ATTACHMENTS = projected "link_attachments";
    /// The number of the event by which a person attached the links again after a restore.
    pub(super) struct AttachmentRow {
        key id: i64,
        number: i64,
    }
}

table! {
    /// Paused links.
    pub(super) static PAUSES = projected "link_pauses";
    /// Who paused a link, when and why.
    pub(super) struct PauseRow {
        key id: LinkId,
        at: Timestamp,
        why: String,
        actor_kind: i64,
        actor: i64,
    }
}

table! {
    /// Links that speak TLS.
    pub(super) static TLS_FILES = projected "link_tls";
    /// The files of a link's certificate, of its private key, and of the authorities that vouch for the peer.
    pub(super) struct TlsRow {
        key id: LinkId,
        certificate: String,
        key: String,
        authority: String,
    }
}

table! {
    /// Links that somebody records.
    pub(super) static RECORDINGS = projected "link_recordings";
    /// A recording (the number of the event that asked for it), and when it ends.
    pub(super) struct RecordingRow {
        key id: LinkId,
        recording: i64,
        until: Timestamp,
    }
}

table! {
    /// Recorded lines that nobody has fetched yet. They are removed soon after the recording's end.
    pub(super) static RECORDED_LINES = working "recorded_lines";
    /// A recorded line.
    pub(crate) struct RecordedLineRow {
        key id: i64,
        until: Timestamp,
        line: String,
    }
    index (until);
}
