//! The addresses of the laboratory's pages.

use titer_shell::address::{Address, AddressOf};

macro_rules! paths {
    ($($name:ident $pattern:literal;)*) => {
        $(#[doc = concat!("`", $pattern, "`")] pub const $name: Address = Address::laboratory($pattern);)*
    };
}

macro_rules! paths_of {
    ($($name:ident $pattern:literal;)*) => {
        $(#[doc = concat!("`", $pattern, "`")] pub const $name: AddressOf = AddressOf::laboratory($pattern);)*
    };
}

pub use titer_shell::paths::HOME;

paths! {
    ADMIN "/admin";
    BENCH "/bench";
    BENCH_ENTRY "/bench/entry";
    BENCH_READERS "/bench/readers";
    BENCH_TARGETS "/bench/targets";
    CALCULATIONS "/calculations";
    CALCULATION_NEW "/calculations/new";
    CATALOG "/admin/catalog";
    CATALOG_ANALYTE_NEW "/admin/catalog/analytes/new";
    CATALOG_APPROVE "/admin/catalog/approve";
    CATALOG_ENTRIES "/admin/catalog/entries";
    CATALOG_IMPORT "/admin/catalog/import";
    CATALOG_SIGN "/admin/catalog/sign";
    CATALOG_TEST_NEW "/admin/catalog/tests/new";
    COMMENTS "/comments";
    COMMENT_NEW "/comments/new";
    FIND "/find";
    INSTRUMENTS "/instruments";
    INSTRUMENT_NEW "/instruments/new";
    LINKS "/admin/links";
    LINKS_ATTACH "/admin/links/attach";
    MESSAGES "/messages";
    MESSAGES_REPLAY "/messages/replay";
    ORDERS "/orders";
    ORDER_NEW "/orders/new";
    PATIENT_NEW "/patients/new";
    QUALITY "/quality";
    QUALITY_PLANS "/quality/plans";
    QUALITY_PLANS_SIGN "/quality/plans/sign";
    RECEIVE "/receive";
    REFLEX "/reflex";
    REFLEX_NEW "/reflex/new";
    REPORTS "/reports";
    REVIEW "/review";
    REVIEW_SIGN "/review/sign";
    REVIEW_SIGNED "/review/signed";
    SITE "/admin/site";
    STAFF "/admin/staff";
    SYSTEMS "/systems";
    SYSTEM_NEW "/systems/new";
}

paths_of! {
    CATALOG_ANALYTE "/admin/catalog/analytes/{id}";
    CATALOG_ANALYTE_USE "/admin/catalog/analytes/{id}/use";
    CALCULATION "/calculations/{id}";
    CALCULATION_END "/calculations/{id}/end";
    CATALOG_ANSWERS "/admin/catalog/analytes/{id}/answers";
    CATALOG_INTERVALS "/admin/catalog/analytes/{id}/intervals";
    CATALOG_LIMITS "/admin/catalog/analytes/{id}/limits";
    CATALOG_PROPOSAL "/admin/catalog/proposals/{id}";
    CATALOG_TEST "/admin/catalog/tests/{id}";
    CATALOG_TEST_USE "/admin/catalog/tests/{id}/use";
    CATALOG_WITHDRAW "/admin/catalog/proposals/{id}/withdraw";
    COMMENT "/comments/{id}";
    COMMENT_END "/comments/{id}/end";
    CORRECTION "/review/corrections/{result}";
    INSTRUMENT "/instruments/{id}";
    INSTRUMENT_CHANGE "/instruments/{id}/change";
    INSTRUMENT_STRIKE "/instruments/notes/{id}/strike";
    INSTRUMENT_USE "/instruments/{id}/use";
    LINK "/admin/links/{id}";
    LINK_ADOPT "/admin/links/{id}/adopt";
    LINK_AGAIN "/admin/links/{id}/again";
    LINK_PAUSE "/admin/links/{id}/pause";
    LINK_RESUME "/admin/links/{id}/resume";
    LINK_SIGN "/admin/links/{id}/sign";
    LINK_SIGNED "/admin/links/{id}/signed";
    MAPPING "/mappings/{id}";
    MAPPING_WITHDRAW "/mappings/{id}/withdraw";
    MESSAGE "/messages/{id}";
    MESSAGE_DISMISS "/messages/{id}/dismiss";
    MESSAGE_PROPOSE "/messages/{id}/propose";
    MESSAGE_RAW "/messages/{id}/raw";
    MESSAGE_REPLAY "/messages/{id}/replay";
    ORDER "/orders/{id}";
    ORDER_ADD "/orders/{id}/add";
    ORDER_AGAIN "/orders/{id}/again";
    ORDER_CANCEL "/orders/{id}/cancel";
    PATIENT "/patients/{id}";
    PATIENT_CORRECT "/patients/{id}/correct";
    QUALITY_FAILURE "/quality/systems/{id}/failure";
    QUALITY_PLANS_ELSEWHERE "/quality/plans/elsewhere/{instrument}";
    QUALITY_PLANS_HERE "/quality/plans/here/{instrument}";
    QUALITY_RELEASE "/quality/systems/{id}/release";
    QUALITY_STOP "/quality/systems/{id}/stop";
    QUALITY_SYSTEM "/quality/systems/{id}";
    REFLEX_DISMISS "/reflex/suggestions/{id}/dismiss";
    REFLEX_END "/reflex/{id}/end";
    REFLEX_RULE "/reflex/{id}";
    REFLEX_SUGGESTION "/reflex/suggestions/{id}";
    REPEAT "/review/repeat/{result}";
    REPORT "/reports/{id}";
    REPORT_ANEW "/reports/{id}/anew";
    REPORT_PDF "/reports/{id}/pdf";
    REPORT_RETRY "/reports/{id}/retry";
    RESULT_COMMENTS "/review/comments/{result}";
    RESULT_COMMENTS_OFF "/review/comments/{result}/off";
    SPECIMEN "/specimens/{id}";
    SPECIMEN_DISCARD "/specimens/{id}/discard";
    SPECIMEN_LABEL "/specimens/{id}/label";
    SPECIMEN_REJECT "/specimens/{id}/reject";
    STAFF_MEMBER "/admin/staff/{id}";
    STAFF_RESET "/admin/staff/{id}/reset";
    SYSTEM "/systems/{id}";
    SYSTEMS_DESCRIBE "/systems/describe/{instrument}";
    SYSTEMS_VERIFY "/systems/verify/{instrument}";
    SYSTEM_CHANGE "/systems/{id}/change";
    SYSTEM_RECORD "/systems/records/{id}";
    SYSTEM_RECORD_FILE "/systems/records/{id}/file";
    SYSTEM_RETIRE "/systems/{id}/retire";
    SYSTEM_RETURN "/systems/{id}/return";
}
