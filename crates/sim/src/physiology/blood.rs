//! The blood count. Variation within a person: red cells from Arch Pathol Lab Med 1992;116:825 (39 healthy volunteers over a
//! year: haemoglobin 2.8 %, MCV 1.1 %, MCHC 1.6 %, RDW-SD 1.9 %), white cells and platelets from Statland et al, Am J Clin
//! Pathol 1978;69:48 (platelets week to week 6.6 %; kinds of white cells hour to hour: neutrophils 12.9 %, lymphocytes 10.3 %,
//! monocytes 18.6 %, eosinophils 19.9 %, basophils 7.4 %; week to week it found up to twice as much); both read as abstracts. Mean platelet volume, and all variation between people: round figures that
//! fill the starter catalog's intervals.

use super::{
    Analyte, Truth,
    levels::{
        Bounds, Level,
        Level::{
            Basophils, CellConcentration, CellSpread, CellVolume, Eosinophils, Haemoglobin, Lymphocytes, Monocytes,
            Neutrophils, PlateletVolume, Platelets,
        },
        Levels, bounds,
    },
};
use crate::people::Sex;

pub(super) const BOUNDS: [Bounds; 11] = [
    bounds(Haemoglobin, 0.040, 0.028, 25.0, 240.0),
    bounds(CellVolume, 0.030, 0.011, 50.0, 140.0),
    bounds(CellConcentration, 0.012, 0.016, 260.0, 380.0),
    bounds(CellSpread, 0.05, 0.019, 10.0, 35.0),
    bounds(Platelets, 0.18, 0.066, 2.0, 2_000.0),
    bounds(PlateletVolume, 0.07, 0.03, 6.0, 15.0),
    bounds(Neutrophils, 0.20, 0.129, 0.01, 90.0),
    bounds(Lymphocytes, 0.18, 0.103, 0.05, 60.0),
    bounds(Monocytes, 0.18, 0.186, 0.01, 12.0),
    bounds(Eosinophils, 0.35, 0.199, 0.005, 12.0),
    bounds(Basophils, 0.22, 0.074, 0.005, 2.0),
];

/// Red cells by age: below so many years, haemoglobin and cell volume. Newborn blood is thick and its cells are large; then both
/// fall, and grow again.
const CHILDHOOD: [(f64, f64, f64); 5] =
    [(0.08, 165.0, 104.0), (1.0, 118.0, 84.0), (2.0, 126.0, 78.0), (6.0, 125.0, 81.0), (12.0, 133.0, 86.0)];

pub(super) fn typical(sex: Sex, age_years: f64) -> [(Level, f64); 11] {
    let adult = match sex {
        Sex::Female => (131.0, 91.5),
        Sex::Male => (151.0, 91.5),
    };
    let child = CHILDHOOD.iter().find(|(below, ..)| age_years < *below);
    let (haemoglobin, volume) = child.map_or(adult, |(_, haemoglobin, volume)| (*haemoglobin, *volume));
    // Small children have more lymphocytes than neutrophils.
    let (neutrophils, lymphocytes) = match age_years {
        ..2.0 => (3.4, 5.5),
        ..6.0 => (4.0, 3.8),
        ..12.0 => (4.2, 2.7),
        _ => (3.9, 1.8),
    };
    [
        (Haemoglobin, haemoglobin),
        (CellVolume, volume),
        (CellConcentration, if age_years < 12.0 { 338.0 } else { 330.0 }),
        (CellSpread, 13.3),
        (Platelets, if age_years < 12.0 { 330.0 } else { 255.0 }),
        (PlateletVolume, 10.0),
        (Neutrophils, neutrophils),
        (Lymphocytes, lymphocytes),
        (Monocytes, 0.42),
        (Eosinophils, 0.15),
        (Basophils, 0.045),
    ]
}

/// What an analyzer measures and what it calculates are one set of cells, seen twice: haematocrit is haemoglobin over MCHC, the
/// count haematocrit over MCV, MCH haemoglobin over the count, and the leukocytes are their five kinds.
pub(super) fn follow(levels: &Levels, truth: &mut Truth) {
    let (haemoglobin, volume) = (levels[Haemoglobin], levels[CellVolume]);
    let haematocrit = haemoglobin / levels[CellConcentration];
    let erythrocytes = 1_000.0 * haematocrit / volume;
    let kinds = [
        (Analyte::Neutrophils, Analyte::NeutrophilShare, levels[Neutrophils]),
        (Analyte::Lymphocytes, Analyte::LymphocyteShare, levels[Lymphocytes]),
        (Analyte::Monocytes, Analyte::MonocyteShare, levels[Monocytes]),
        (Analyte::Eosinophils, Analyte::EosinophilShare, levels[Eosinophils]),
        (Analyte::Basophils, Analyte::BasophilShare, levels[Basophils]),
    ];
    let leukocytes: f64 = kinds.iter().map(|(.., count)| count).sum();
    for (count, share, value) in kinds {
        truth.set(count, value);
        truth.set(share, 100.0 * value / leukocytes);
    }
    for (analyte, value) in [
        (Analyte::Leukocytes, leukocytes),
        (Analyte::Erythrocytes, erythrocytes),
        (Analyte::Haemoglobin, haemoglobin),
        (Analyte::Haematocrit, haematocrit),
        (Analyte::Mcv, volume),
        (Analyte::Mch, haemoglobin / erythrocytes),
        (Analyte::Mchc, levels[CellConcentration]),
        (Analyte::Rdw, levels[CellSpread]),
        (Analyte::Platelets, levels[Platelets]),
        (Analyte::Mpv, levels[PlateletVolume]),
    ] {
        truth.set(analyte, value);
    }
}
