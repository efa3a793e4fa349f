//! The levels that a body keeps, and from which what is measured follows. Each family of analytes has a file of its own, with
//! the typical values and how far they vary.

use std::ops::{Index, IndexMut};

use rand::Rng;

use super::{blood, clotting, glycaemia, hormones, serum, urine};
use crate::{chance::normal, people::Sex};

/// What a body keeps at a level. What follows from them is not among them: chloride, total calcium, the red cell count and the
/// like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    /// mmol/L
    Sodium,
    /// mmol/L
    Potassium,
    /// mmol/L
    Bicarbonate,
    /// The anion gap at an albumin of 40 g/L, without potassium, mmol/L
    Gap,
    /// µmol/L
    Creatinine,
    /// mmol/L
    Urea,
    /// mg/dL
    Glucose,
    /// Calcium at an albumin of 40 g/L, mmol/L
    AdjustedCalcium,
    /// g/L
    Albumin,
    /// mg/dL
    Bilirubin,
    /// U/L
    Alt,
    /// U/L
    Ast,
    /// U/L
    Alp,
    /// U/L
    Ggt,
    /// mg/L
    Crp,
    /// g/L
    Haemoglobin,
    /// Mean volume of a red cell, fL
    CellVolume,
    /// Haemoglobin in the red cells, g/L
    CellConcentration,
    /// Variation of the red cells' volume, %
    CellSpread,
    /// 10⁹/L
    Platelets,
    /// fL
    PlateletVolume,
    /// 10⁹/L
    Neutrophils,
    /// 10⁹/L
    Lymphocytes,
    /// 10⁹/L
    Monocytes,
    /// 10⁹/L
    Eosinophils,
    /// 10⁹/L
    Basophils,
    /// mIU/L
    Tsh,
    /// pmol/L
    FreeT4,
    /// µg/L
    Ferritin,
    /// ng/L
    VitaminB12,
    /// µg/L
    Folate,
    /// ng/L
    TroponinI,
    /// At its peak of the day, nmol/L
    Cortisol,
    /// A ratio
    Inr,
    /// s
    Aptt,
    /// g/L
    Fibrinogen,
    /// µg/mL, fibrinogen equivalents
    DDimer,
    /// Specific gravity less 1, in thousandths, but for glucose
    UrineSolute,
    /// pH
    UrinePh,
    /// mg/dL
    UrineProtein,
    /// mg/dL
    UrineKetones,
    /// Erythrocytes/µL
    UrineBlood,
    /// mg/dL
    UrineBilirubin,
    /// mg/dL
    UrineUrobilinogen,
    /// 10⁵/mL
    UrineBacteria,
    /// /µL
    UrineLeukocytes,
    /// %
    HbA1c,
}

pub(super) const LEVELS: usize = Level::HbA1c as usize + 1;

/// How much a level varies, as a fraction of itself, and where life ends.
pub(super) struct Bounds {
    level: Level,
    between_people: f64,
    within_person: f64,
    alive: (f64, f64),
}

pub(super) const fn bounds(level: Level, between_people: f64, within_person: f64, low: f64, high: f64) -> Bounds {
    Bounds { level, between_people, within_person, alive: (low, high) }
}

/// Levels that go together, and how closely: from −1 to 1.
const TOGETHER: [(Level, Level, f64); 8] = [
    // Enzymes that come from the same cells.
    (Level::Ast, Level::Alt, 0.7),
    (Level::Ggt, Level::Alt, 0.5),
    (Level::Ggt, Level::Alp, 0.3),
    // The pituitary answers to the hormone.
    (Level::Tsh, Level::FreeT4, -0.3),
    (Level::PlateletVolume, Level::Platelets, -0.4),
    // Both are made in the acute phase.
    (Level::Fibrinogen, Level::Crp, 0.4),
    (Level::HbA1c, Level::Glucose, 0.6),
    (Level::Haemoglobin, Level::Albumin, 0.2),
];

/// A number for each level: the level itself, or how far it is off in standard deviations.
#[derive(Clone, Debug)]
pub(super) struct Levels(pub [f64; LEVELS]);

impl Index<Level> for Levels {
    type Output = f64;
    fn index(&self, level: Level) -> &f64 {
        &self.0[level as usize]
    }
}

impl IndexMut<Level> for Levels {
    fn index_mut(&mut self, level: Level) -> &mut f64 {
        &mut self.0[level as usize]
    }
}

impl Levels {
    /// The levels of a healthy person of that sex and age.
    pub fn typical(sex: Sex, age_years: f64) -> Self {
        let mut levels = Self([0.0; LEVELS]);
        let families = [
            &serum::typical(sex, age_years)[..],
            &blood::typical(sex, age_years),
            &hormones::typical(sex, age_years),
            &clotting::typical(age_years),
            &urine::TYPICAL,
            &glycaemia::typical(age_years),
        ];
        for (level, value) in families.concat() {
            levels[level] = value;
        }
        levels
    }

    /// A draw for each level, in standard deviations.
    pub fn draw(dice: &mut impl Rng) -> Self {
        let mut drawn = Self(std::array::from_fn(|_| normal(dice)));
        for (level, of, share) in TOGETHER {
            drawn[level] = share * drawn[of] + f64::sqrt(1.0 - share * share) * drawn[level];
        }
        drawn
    }

    /// Moves the levels of a typical person to those of this one.
    pub fn vary_between_people(&mut self, by: &Self) {
        self.vary(by, |bounds| bounds.between_people);
    }

    /// Moves a person's set points to the levels of the hour.
    pub fn vary_within_person(&mut self, by: &Self) {
        self.vary(by, |bounds| bounds.within_person);
    }

    fn vary(&mut self, by: &Self, spread: fn(&Bounds) -> f64) {
        for bounds in all_bounds() {
            // As a factor, so that nothing falls to zero.
            self[bounds.level] *= (spread(bounds) * by[bounds.level]).exp();
        }
    }

    /// Keeps every level where a patient may still be alive.
    pub fn keep_alive(&mut self) {
        for Bounds { level, alive: (low, high), .. } in all_bounds() {
            self[*level] = self[*level].clamp(*low, *high);
        }
    }
}

fn all_bounds() -> impl Iterator<Item = &'static Bounds> {
    let families: [&'static [Bounds]; 6] =
        [&serum::BOUNDS, &blood::BOUNDS, &hormones::BOUNDS, &clotting::BOUNDS, &urine::BOUNDS, &glycaemia::BOUNDS];
    families.into_iter().flatten()
}
