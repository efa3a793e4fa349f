//! The fixed words of the printed page.

use serde::{Deserialize, Serialize};

macro_rules! labels {
    ($(#[$doc:meta])* $labels:ident { $($name:ident: $english:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(default)]
        pub struct $labels {
            $(#[doc = concat!("In English: \"", $english, "\".")] pub $name: String,)+
        }

        impl Default for $labels {
            fn default() -> Self {
                Self { $($name: $english.to_owned(),)+ }
            }
        }
    };
}

labels! {
    /// Every word that a report prints of its own accord; English unless the caller says otherwise.
    Labels {
        title: "Laboratory report",
        preliminary: "Preliminary",
        final_report: "Final",
        corrected: "Corrected",
        preliminary_notice: "Preliminary report: results may change, and others may follow.",
        corrected_notice: "Corrected report. It takes the place of:",
        practice: "PRACTICE – not a patient’s report",
        practice_short: "PRACTICE",
        demo: "DEMONSTRATION",
        sex: "Sex",
        born: "Born",
        age: "Age",
        director: "Laboratory director",
        requested_by: "Requested by",
        location: "Location",
        priority: "Priority",
        report_number: "Report",
        version: "version {version}",
        issued: "Issued",
        specimen: "Specimen",
        kind: "Type",
        collected: "Collected",
        received: "Received",
        condition: "Condition",
        test: "Test",
        flag: "Flag",
        result: "Result",
        unit: "Unit",
        interval: "Reference interval",
        previous: "Previous",
        not_approved: "no approved interval",
        pending: "to follow",
        preliminary_result: "preliminary",
        cancelled: "not done",
        corrected_result: "Corrected. Reported before as {was}, {at}.",
        comments: "Comments",
        flag_key: "Flags",
        low: "below interval",
        high: "above interval",
        critical_low: "below critical limit",
        critical_high: "above critical limit",
        abnormal: "abnormal",
        sources: "Reference intervals",
        performed_at: "Performed at",
        performed_elsewhere: "Tests without a mark were performed at",
        signatures: "Signed electronically",
        page: "Page {page} of {pages}",
        end: "End of report",
    }
}

labels! {
    /// Every word that a monthly summary of controls prints of its own accord.
    SummaryLabels {
        title: "Quality control: monthly summary",
        draft: "Draft – not signed",
        signed: "Signed",
        practice: "PRACTICE – not of a laboratory",
        demo: "DEMONSTRATION",
        director: "Laboratory director",
        made: "Figures of",
        rules: "Control rules",
        level: "Level",
        lot: "Lot",
        target: "Target mean ± SD",
        basis: "Basis",
        count: "n",
        mean: "Mean",
        sd: "SD",
        cv: "CV",
        bias: "Bias",
        sigma: "Sigma",
        broken: "Rules broken",
        at: "When",
        cause: "Cause",
        action: "Action",
        by: "By",
        nothing_recorded: "none recorded",
        none_broken: "No rule was broken in this month.",
        exclusions: "Excluded controls",
        value: "Value",
        proposed_by: "Proposed by",
        approved_by: "Approved by",
        signature: "Signed electronically",
        not_signed: "This summary is not signed yet.",
        page: "Page {page} of {pages}",
        end: "End of summary",
    }
}
