//! What can be measured in a patient, by its key in the catalog.

/// Declares the analytes, each with its unit and its key.
macro_rules! analytes {
    ($($(#[doc = $unit:literal])+ $name:ident = $key:literal,)+) => {
        /// What can be measured, and its unit.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Analyte {
            $($(#[doc = $unit])+ $name,)+
        }

        impl Analyte {
            /// All of them: chemistry first, in the order of its dialect.
            pub const ALL: [Self; [$(Self::$name),+].len()] = [$(Self::$name),+];

            /// Its key in the catalog.
            #[must_use]
            pub fn key(self) -> &'static str {
                match self {
                    $(Self::$name => $key,)+
                }
            }
        }
    };
}

analytes! {
    /// mmol/L
    Sodium = "sodium",
    /// mmol/L
    Potassium = "potassium",
    /// mmol/L
    Chloride = "chloride",
    /// µmol/L
    Creatinine = "creatinine",
    /// mmol/L
    Urea = "urea",
    /// mg/dL
    Glucose = "glucose",
    /// Total, mmol/L
    Calcium = "calcium",
    /// g/L
    Albumin = "albumin",
    /// Total, mg/dL
    Bilirubin = "bilirubin_total",
    /// U/L
    Alt = "alt",
    /// U/L
    Ast = "ast",
    /// U/L
    Alp = "alp",
    /// U/L
    Ggt = "ggt",
    /// mg/L
    Crp = "crp",
    /// 10⁹/L: the sum of the five kinds
    Leukocytes = "wbc",
    /// 10¹²/L
    Erythrocytes = "rbc",
    /// g/L
    Haemoglobin = "hemoglobin",
    /// L/L
    Haematocrit = "hematocrit",
    /// fL
    Mcv = "mcv",
    /// pg
    Mch = "mch",
    /// g/L
    Mchc = "mchc",
    /// %
    Rdw = "rdw_cv",
    /// 10⁹/L
    Platelets = "platelets",
    /// fL
    Mpv = "mpv",
    /// 10⁹/L
    Neutrophils = "neutrophils_abs",
    /// 10⁹/L
    Lymphocytes = "lymphocytes_abs",
    /// 10⁹/L
    Monocytes = "monocytes_abs",
    /// 10⁹/L
    Eosinophils = "eosinophils_abs",
    /// 10⁹/L
    Basophils = "basophils_abs",
    /// % of the leukocytes
    NeutrophilShare = "neutrophils_pct",
    /// % of the leukocytes
    LymphocyteShare = "lymphocytes_pct",
    /// % of the leukocytes
    MonocyteShare = "monocytes_pct",
    /// % of the leukocytes
    EosinophilShare = "eosinophils_pct",
    /// % of the leukocytes
    BasophilShare = "basophils_pct",
    /// mIU/L
    Tsh = "tsh",
    /// pmol/L
    FreeT4 = "t4_free",
    /// µg/L
    Ferritin = "ferritin",
    /// ng/L
    VitaminB12 = "vitamin_b12",
    /// µg/L
    Folate = "folate",
    /// ng/L
    TroponinI = "troponin_i_hs",
    /// nmol/L
    Cortisol = "cortisol",
    /// s
    ProthrombinTime = "pt",
    /// A ratio
    Inr = "inr",
    /// s
    Aptt = "aptt",
    /// g/L
    Fibrinogen = "fibrinogen",
    /// µg/mL, fibrinogen equivalents
    DDimer = "d_dimer",
    /// Specific gravity less 1, in thousandths; a strip's colour of urine goes by it too
    UrineSolute = "ua_specific_gravity",
    /// pH
    UrinePh = "ua_ph",
    /// mg/dL
    UrineGlucose = "ua_glucose",
    /// mg/dL
    UrineProtein = "ua_protein",
    /// mg/dL
    UrineKetones = "ua_ketones",
    /// Erythrocytes/µL, or as much haemoglobin
    UrineBlood = "ua_blood",
    /// mg/dL
    UrineBilirubin = "ua_bilirubin",
    /// mg/dL
    UrineUrobilinogen = "ua_urobilinogen",
    /// Bacteria that make nitrite, 10⁵/mL
    UrineNitrite = "ua_nitrite",
    /// Leukocytes/µL
    UrineLeukocytes = "ua_leukocyte_esterase",
    /// How dark it is: 1 is yellow
    UrineColour = "ua_color",
    /// How cloudy it is: below 1 it is clear
    UrineTurbidity = "ua_appearance",
    /// % (NGSP)
    HbA1c = "hba1c",
    /// mmol/mol (IFCC)
    HbA1cIfcc = "hba1c_ifcc",
    /// mg/dL, plasma equivalent
    CapillaryGlucose = "glucose_capillary",
}

impl Analyte {
    /// The analyte with this key in the catalog.
    #[must_use]
    pub fn of_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|analyte| analyte.key() == key)
    }
}
