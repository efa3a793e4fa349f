//! Every quantity that can be calculated, by the key a catalog calls it by.
//!
//! The published equations are in conventional units; inputs in SI units are converted (with the molar mass where it is needed), so a
//! definition exists once, unless the equation itself was published for both.

use rust_decimal::Decimal;

use super::{AGE, Definition, Formula, Input, Range, formulas};
use crate::rounding::Rounding;

/// The definition with this key.
#[must_use]
pub fn definition(key: &str) -> Option<&'static Definition> {
    DEFINITIONS.iter().find(|definition| definition.key == key)
}

const fn input(key: &'static str, unit: &'static str, valid: Range) -> Input {
    Input { key, unit, converts: true, valid, molar_mass: None }
}

const fn only_in(key: &'static str, unit: &'static str, valid: Range) -> Input {
    Input { key, unit, converts: false, valid, molar_mass: None }
}

const CREATININE: Input = input("creatinine", "mg/dL", Range::Positive);
const CYSTATIN: Input = input("cystatin-c", "mg/L", Range::Positive);
const ADULT: Input = input(AGE, "a", Range::AtLeast(18.0));
const CHOLESTEROL: Input = input("cholesterol", "mg/dL", Range::Positive);
const HDL: Input = input("hdl-cholesterol", "mg/dL", Range::Positive);
const SODIUM: Input = input("sodium", "mmol/L", Range::Positive);
const POTASSIUM: Input = input("potassium", "mmol/L", Range::Positive);
const CHLORIDE: Input = input("chloride", "mmol/L", Range::Positive);
const BICARBONATE: Input = input("bicarbonate", "mmol/L", Range::Positive);
const GLUCOSE: Input = input("glucose", "mg/dL", Range::Positive);
/// Two nitrogens: with the molar mass of urea (60.06 g/mol) the value would be that of urea, more than twice as much.
const UREA_NITROGEN: Input = Input {
    molar_mass: Some(Decimal::from_parts(280_134, 0, 0, false, 4)),
    ..input("urea-nitrogen", "mg/dL", Range::Positive)
};
const GLUCOSE_SI: Input = input("glucose", "mmol/L", Range::Positive);
const UREA_SI: Input = input("urea", "mmol/L", Range::Positive);
const HAEMOGLOBIN: Input = input("haemoglobin", "g/dL", Range::Positive);
const HAEMATOCRIT: Input = input("haematocrit", "%", Range::PositiveTo(100.0));
const RED_CELLS: Input = input("red-cells", "10*6/uL", Range::Positive);
const WHITE_CELLS: Input = input("white-cells", "10*3/uL", Range::NotNegative);
const TOTAL_PROTEIN: Input = input("total-protein", "g/dL", Range::Positive);
const ALBUMIN: Input = input("albumin", "g/dL", Range::Positive);
const HBA1C_NGSP: Input = only_in("hba1c-ngsp", "%", Range::PositiveTo(100.0));
const HBA1C_IFCC: Input = only_in("hba1c-ifcc", "mmol/mol", Range::PositiveTo(1000.0));

const GFR: &str = "mL/min/{1.73_m2}";
const STANDARD: &str = "Standard arithmetic of the field; no single publication.";

/// Every definition.
pub static DEFINITIONS: &[Definition] = &[
    Definition {
        key: "egfr-ckd-epi-2021-creatinine",
        version: 1,
        expression: "142 × min(Scr/κ, 1)^α × max(Scr/κ, 1)^−1.200 × 0.9938^age × 1.012 (female); κ 0.7, α −0.241 (female); κ 0.9, α −0.302 (male)",
        name: "Glomerular filtration rate, estimated from creatinine (CKD-EPI 2021)",
        inputs: &[CREATININE, ADULT],
        unit: GFR,
        rounding: Rounding::decimals(0),
        result: Range::Positive,
        source: "Inker et al., N Engl J Med 2021;385:1737; National Kidney Foundation. Adults; creatinine traceable to IDMS.",
        formula: Formula::BySex(formulas::ckd_epi_2021_creatinine),
    },
    Definition {
        key: "egfr-ckd-epi-2021-creatinine-cystatin-c",
        version: 1,
        expression: "135 × min(Scr/κ, 1)^α × max(Scr/κ, 1)^−0.544 × min(Scys/0.8, 1)^−0.323 × max(Scys/0.8, 1)^−0.778 × 0.9961^age × 0.963 (female); κ 0.7, α −0.219 (female); κ 0.9, α −0.144 (male)",
        name: "Glomerular filtration rate, estimated from creatinine and cystatin C (CKD-EPI 2021)",
        inputs: &[CREATININE, CYSTATIN, ADULT],
        unit: GFR,
        rounding: Rounding::decimals(0),
        result: Range::Positive,
        source: "Inker et al., N Engl J Med 2021;385:1737; National Kidney Foundation. Adults.",
        formula: Formula::BySex(formulas::ckd_epi_2021_creatinine_cystatin),
    },
    Definition {
        key: "egfr-ckd-epi-2012-cystatin-c",
        version: 1,
        expression: "133 × min(Scys/0.8, 1)^−0.499 × max(Scys/0.8, 1)^−1.328 × 0.996^age × 0.932 (female)",
        name: "Glomerular filtration rate, estimated from cystatin C (CKD-EPI 2012)",
        inputs: &[CYSTATIN, ADULT],
        unit: GFR,
        rounding: Rounding::decimals(0),
        result: Range::Positive,
        source: "Inker et al., N Engl J Med 2012;367:20, as the National Kidney Foundation prints it, with 0.996 for each year. \
                 Some calculators use 0.9962, which is 1.0 % more at 50 years. Adults.",
        formula: Formula::BySex(formulas::ckd_epi_2012_cystatin),
    },
    Definition {
        key: "ldl-cholesterol-friedewald",
        version: 1,
        expression: "cholesterol − HDL cholesterol − triglycerides / 5",
        name: "LDL cholesterol (Friedewald)",
        inputs: &[CHOLESTEROL, HDL, input("triglycerides", "mg/dL", Range::PositiveBelow(400.0))],
        unit: "mg/dL",
        rounding: Rounding::decimals(0),
        result: Range::Positive,
        source: "Friedewald et al., Clin Chem 1972;18:499. Triglycerides below 400 mg/dL; not in type III hyperlipoproteinaemia.",
        formula: Formula::Of(|v| v.of("cholesterol") - v.of("hdl-cholesterol") - v.of("triglycerides") / 5.0),
    },
    Definition {
        key: "ldl-cholesterol-friedewald-si",
        version: 1,
        expression: "cholesterol − HDL cholesterol − triglycerides / 2.2",
        name: "LDL cholesterol (Friedewald, SI units)",
        inputs: &[
            input("cholesterol", "mmol/L", Range::Positive),
            input("hdl-cholesterol", "mmol/L", Range::Positive),
            input("triglycerides", "mmol/L", Range::PositiveTo(4.5)),
        ],
        unit: "mmol/L",
        rounding: Rounding::decimals(2),
        result: Range::Positive,
        source: "Friedewald et al., Clin Chem 1972;18:499, with triglycerides/2.2 as laboratories in SI units have it, up to 4.5 mmol/L. \
                 By the molar masses 5 mg/mg is 2.18 mmol/mmol. Not in type III hyperlipoproteinaemia.",
        formula: Formula::Of(|v| v.of("cholesterol") - v.of("hdl-cholesterol") - v.of("triglycerides") / 2.2),
    },
    Definition {
        key: "ldl-cholesterol-sampson",
        version: 1,
        expression: "cholesterol / 0.948 − HDL / 0.971 − (TG / 8.56 + TG × (cholesterol − HDL) / 2140 − TG² / 16100) − 9.44",
        name: "LDL cholesterol (Sampson, NIH equation 2)",
        inputs: &[CHOLESTEROL, HDL, input("triglycerides", "mg/dL", Range::PositiveTo(800.0))],
        unit: "mg/dL",
        rounding: Rounding::decimals(0),
        result: Range::Positive,
        source: "Sampson et al., JAMA Cardiol 2020;5:540. Triglycerides up to 800 mg/dL.",
        formula: Formula::Of(formulas::ldl_sampson),
    },
    Definition {
        key: "ldl-cholesterol-martin-hopkins",
        version: 1,
        expression: "cholesterol − HDL cholesterol − triglycerides / factor of the laboratory's table",
        name: "LDL cholesterol (Martin–Hopkins)",
        inputs: &[CHOLESTEROL, HDL, input("triglycerides", "mg/dL", Range::Positive)],
        unit: "mg/dL",
        rounding: Rounding::decimals(0),
        result: Range::Positive,
        source: "Martin et al., JAMA 2013;310:2061. The table of divisors is the laboratory's own import, and says where it ends.",
        formula: Formula::MartinHopkins,
    },
    Definition {
        key: "non-hdl-cholesterol",
        version: 1,
        expression: "cholesterol − HDL cholesterol",
        name: "Non-HDL cholesterol",
        inputs: &[CHOLESTEROL, HDL],
        unit: "mg/dL",
        rounding: Rounding::decimals(0),
        result: Range::Positive,
        source: STANDARD,
        formula: Formula::Of(|v| v.of("cholesterol") - v.of("hdl-cholesterol")),
    },
    Definition {
        key: "anion-gap",
        version: 1,
        expression: "sodium − chloride − bicarbonate",
        name: "Anion gap",
        inputs: &[SODIUM, CHLORIDE, BICARBONATE],
        unit: "mmol/L",
        rounding: Rounding::decimals(0),
        result: Range::Any,
        source: STANDARD,
        formula: Formula::Of(|v| v.of("sodium") - v.of("chloride") - v.of("bicarbonate")),
    },
    Definition {
        key: "anion-gap-with-potassium",
        version: 1,
        expression: "sodium + potassium − chloride − bicarbonate",
        name: "Anion gap with potassium",
        inputs: &[SODIUM, POTASSIUM, CHLORIDE, BICARBONATE],
        unit: "mmol/L",
        rounding: Rounding::decimals(0),
        result: Range::Any,
        source: STANDARD,
        formula: Formula::Of(|v| v.of("sodium") + v.of("potassium") - v.of("chloride") - v.of("bicarbonate")),
    },
    Definition {
        key: "osmolality-calculated",
        version: 1,
        expression: "2 × sodium + glucose / 18 + urea nitrogen / 2.8",
        name: "Osmolality, calculated from sodium, glucose and urea nitrogen (conventional units)",
        inputs: &[SODIUM, GLUCOSE, UREA_NITROGEN],
        unit: "mosm/kg",
        rounding: Rounding::decimals(0),
        result: Range::Positive,
        source: "2 Na + glucose/18 + urea nitrogen/2.8 (mmol/L, mg/dL, mg/dL). Standard arithmetic of the field.",
        formula: Formula::Of(osmolality),
    },
    Definition {
        key: "osmolality-calculated-si",
        version: 1,
        expression: "2 × sodium + glucose + urea",
        name: "Osmolality, calculated from sodium, glucose and urea (SI units)",
        inputs: &[SODIUM, GLUCOSE_SI, UREA_SI],
        unit: "mosm/kg",
        rounding: Rounding::decimals(0),
        result: Range::Positive,
        source: "2 Na + glucose + urea, all in mmol/L. Standard arithmetic of the field.",
        formula: Formula::Of(|v| 2.0 * v.of("sodium") + v.of("glucose") + v.of("urea")),
    },
    Definition {
        key: "osmolal-gap",
        version: 1,
        expression: "osmolality − (2 × sodium + glucose / 18 + urea nitrogen / 2.8)",
        name: "Osmolal gap",
        inputs: &[input("osmolality", "mosm/kg", Range::Positive), SODIUM, GLUCOSE, UREA_NITROGEN],
        unit: "mosm/kg",
        rounding: Rounding::decimals(0),
        result: Range::Any,
        source: "Measured less calculated osmolality (conventional units).",
        formula: Formula::Of(|v| v.of("osmolality") - osmolality(v)),
    },
    Definition {
        key: "calcium-corrected",
        version: 1,
        expression: "calcium + 0.8 × (4.0 − albumin)",
        name: "Calcium, corrected for albumin (mg/dL)",
        inputs: &[input("calcium", "mg/dL", Range::Positive), ALBUMIN],
        unit: "mg/dL",
        rounding: Rounding::decimals(1),
        result: Range::Positive,
        source: "Ca + 0.8 (4.0 − albumin), after Payne et al., BMJ 1973;4:643. Not a substitute for ionised calcium.",
        formula: Formula::Of(|v| v.of("calcium") + 0.8 * (4.0 - v.of("albumin"))),
    },
    Definition {
        key: "calcium-corrected-si",
        version: 1,
        expression: "calcium + 0.02 × (40 − albumin)",
        name: "Calcium, corrected for albumin (mmol/L)",
        inputs: &[input("calcium", "mmol/L", Range::Positive), input("albumin", "g/L", Range::Positive)],
        unit: "mmol/L",
        rounding: Rounding::decimals(2),
        result: Range::Positive,
        source: "Ca + 0.02 (40 − albumin), after Payne et al., BMJ 1973;4:643. Not a substitute for ionised calcium.",
        formula: Formula::Of(|v| v.of("calcium") + 0.02 * (40.0 - v.of("albumin"))),
    },
    Definition {
        key: "mcv",
        version: 1,
        expression: "10 × haematocrit / red cells",
        name: "Mean corpuscular volume",
        inputs: &[HAEMATOCRIT, RED_CELLS],
        unit: "fL",
        rounding: Rounding::decimals(1),
        result: Range::Positive,
        source: "Wintrobe's indices: 10 Hct/RBC.",
        formula: Formula::Of(|v| 10.0 * v.of("haematocrit") / v.of("red-cells")),
    },
    Definition {
        key: "mch",
        version: 1,
        expression: "10 × haemoglobin / red cells",
        name: "Mean corpuscular haemoglobin",
        inputs: &[HAEMOGLOBIN, RED_CELLS],
        unit: "pg",
        rounding: Rounding::decimals(1),
        result: Range::Positive,
        source: "Wintrobe's indices: 10 Hb/RBC.",
        formula: Formula::Of(|v| 10.0 * v.of("haemoglobin") / v.of("red-cells")),
    },
    Definition {
        key: "mchc",
        version: 1,
        expression: "100 × haemoglobin / haematocrit",
        name: "Mean corpuscular haemoglobin concentration",
        inputs: &[HAEMOGLOBIN, HAEMATOCRIT],
        unit: "g/dL",
        rounding: Rounding::decimals(1),
        result: Range::Positive,
        source: "Wintrobe's indices: 100 Hb/Hct.",
        formula: Formula::Of(|v| 100.0 * v.of("haemoglobin") / v.of("haematocrit")),
    },
    Definition {
        key: "neutrophils-absolute",
        version: 1,
        expression: "white cells × (segmented + band neutrophils) / 100",
        name: "Neutrophils, absolute (segmented and band)",
        inputs: &[
            WHITE_CELLS,
            input("segmented-neutrophils", "%", Range::To(100.0)),
            input("band-neutrophils", "%", Range::To(100.0)),
        ],
        unit: "10*3/uL",
        rounding: Rounding::decimals(2),
        result: Range::NotNegative,
        source: STANDARD,
        formula: Formula::Of(|v| share(v.of("white-cells"), v.of("segmented-neutrophils") + v.of("band-neutrophils"))),
    },
    Definition {
        key: "neutrophils-absolute-undivided",
        version: 1,
        expression: "white cells × neutrophils / 100",
        name: "Neutrophils, absolute (analyzer differential)",
        inputs: &[WHITE_CELLS, input("neutrophils", "%", Range::To(100.0))],
        unit: "10*3/uL",
        rounding: Rounding::decimals(2),
        result: Range::NotNegative,
        source: STANDARD,
        formula: Formula::Of(|v| share(v.of("white-cells"), v.of("neutrophils"))),
    },
    Definition {
        key: "transferrin-saturation",
        version: 1,
        expression: "100 × iron / total iron-binding capacity",
        name: "Transferrin saturation",
        inputs: &[input("iron", "ug/dL", Range::NotNegative), input("tibc", "ug/dL", Range::Positive)],
        unit: "%",
        rounding: Rounding::decimals(0),
        result: Range::NotNegative,
        source: "100 iron / total iron-binding capacity.",
        formula: Formula::Of(|v| 100.0 * v.of("iron") / v.of("tibc")),
    },
    Definition {
        key: "inr",
        version: 1,
        expression: "(prothrombin time / mean normal prothrombin time)^ISI",
        name: "International normalised ratio",
        inputs: &[
            input("prothrombin-time", "s", Range::Positive),
            input("mean-normal-prothrombin-time", "s", Range::Positive),
            only_in("isi", "1", Range::Positive),
        ],
        unit: "{INR}",
        rounding: Rounding::decimals(1),
        result: Range::Positive,
        source: "WHO: (PT / mean normal PT)^ISI, both of this reagent lot and instrument.",
        formula: Formula::Of(|v| (v.of("prothrombin-time") / v.of("mean-normal-prothrombin-time")).powf(v.of("isi"))),
    },
    Definition {
        key: "globulin",
        version: 1,
        expression: "total protein − albumin",
        name: "Globulin",
        inputs: &[TOTAL_PROTEIN, ALBUMIN],
        unit: "g/dL",
        rounding: Rounding::decimals(1),
        result: Range::Positive,
        source: STANDARD,
        formula: Formula::Of(|v| v.of("total-protein") - v.of("albumin")),
    },
    Definition {
        key: "albumin-globulin-ratio",
        version: 1,
        expression: "albumin / (total protein − albumin)",
        name: "Albumin/globulin ratio",
        inputs: &[ALBUMIN, TOTAL_PROTEIN],
        unit: "1",
        rounding: Rounding::decimals(1),
        result: Range::Positive,
        source: STANDARD,
        formula: Formula::Of(|v| v.of("albumin") / (v.of("total-protein") - v.of("albumin"))),
    },
    Definition {
        key: "estimated-average-glucose",
        version: 1,
        expression: "28.7 × HbA1c − 46.7",
        name: "Estimated average glucose (mg/dL)",
        inputs: &[HBA1C_NGSP],
        unit: "mg/dL",
        rounding: Rounding::decimals(0),
        result: Range::Positive,
        source: "ADAG: Nathan et al., Diabetes Care 2008;31:1473: 28.7 A1c − 46.7.",
        formula: Formula::Of(|v| 28.7 * v.of("hba1c-ngsp") - 46.7),
    },
    Definition {
        key: "estimated-average-glucose-si",
        version: 1,
        expression: "1.59 × HbA1c − 2.59",
        name: "Estimated average glucose (mmol/L)",
        inputs: &[HBA1C_NGSP],
        unit: "mmol/L",
        rounding: Rounding::decimals(1),
        result: Range::Positive,
        source: "ADAG: Nathan et al., Diabetes Care 2008;31:1473: 1.59 A1c − 2.59. Printed tables divide the rounded mg/dL by 18, and are up \
                 to 0.1 mmol/L higher.",
        formula: Formula::Of(|v| 1.59 * v.of("hba1c-ngsp") - 2.59),
    },
    Definition {
        key: "hba1c-ngsp",
        version: 1,
        expression: "0.09148 × HbA1c (IFCC) + 2.152",
        name: "HbA1c, NGSP, from IFCC",
        inputs: &[HBA1C_IFCC],
        unit: "%",
        rounding: Rounding::decimals(1),
        result: Range::Positive,
        source: "Master equation (Hoelzel et al., Clin Chem 2004;50:166; NGSP): 0.09148 IFCC + 2.152.",
        formula: Formula::Of(|v| 0.09148 * v.of("hba1c-ifcc") + 2.152),
    },
    Definition {
        key: "hba1c-ifcc",
        version: 1,
        expression: "10.93 × HbA1c (NGSP) − 23.50",
        name: "HbA1c, IFCC, from NGSP",
        inputs: &[HBA1C_NGSP],
        unit: "mmol/mol",
        rounding: Rounding::decimals(0),
        result: Range::Positive,
        source: "Master equation (Hoelzel et al., Clin Chem 2004;50:166; IFCC): 10.93 NGSP − 23.50.",
        formula: Formula::Of(|v| 10.93 * v.of("hba1c-ngsp") - 23.50),
    },
    Definition {
        key: "fib-4",
        version: 1,
        expression: "age × AST / (platelets × √ALT)",
        name: "FIB-4 index",
        inputs: &[
            input(AGE, "a", Range::AtLeast(18.0)),
            input("ast", "U/L", Range::Positive),
            input("alt", "U/L", Range::Positive),
            input("platelets", "10*9/L", Range::Positive),
        ],
        unit: "1",
        rounding: Rounding::decimals(2),
        result: Range::Positive,
        source: "Sterling et al., Hepatology 2006;43:1317. Adults; cut-offs differ below 35 and above 65 years.",
        formula: Formula::Of(|v| v.of(AGE) * v.of("ast") / (v.of("platelets") * v.of("alt").sqrt())),
    },
    Definition {
        key: "homa-ir",
        version: 1,
        expression: "insulin × glucose / 22.5",
        name: "HOMA-IR",
        inputs: &[input("insulin", "m[IU]/L", Range::Positive), GLUCOSE_SI],
        unit: "1",
        rounding: Rounding::decimals(1),
        result: Range::Positive,
        source: "Matthews et al., Diabetologia 1985;28:412: insulin × glucose / 22.5, fasting.",
        formula: Formula::Of(|v| v.of("insulin") * v.of("glucose") / 22.5),
    },
    Definition {
        key: "urine-albumin-creatinine-ratio",
        version: 1,
        expression: "urine albumin / urine creatinine",
        name: "Albumin/creatinine ratio in urine",
        inputs: &[
            input("urine-albumin", "mg/L", Range::NotNegative),
            input("urine-creatinine", "g/L", Range::Positive),
        ],
        unit: "mg/g",
        rounding: Rounding::decimals(0),
        result: Range::NotNegative,
        source: STANDARD,
        formula: Formula::Of(|v| v.of("urine-albumin") / v.of("urine-creatinine")),
    },
];

fn osmolality(v: &super::Values<'_>) -> f64 {
    2.0 * v.of("sodium") + v.of("glucose") / 18.0 + v.of("urea-nitrogen") / 2.8
}

/// A share in percent of a count; not a number when the share is above all of it.
fn share(count: f64, percent: f64) -> f64 {
    if percent > 100.0 { f64::NAN } else { count * percent / 100.0 }
}
