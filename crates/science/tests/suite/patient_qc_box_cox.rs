//! The Box-Cox transformation against published figures and its own laws.

use proptest::prelude::*;
use titer_science::Unfit;
use titer_science::patient_qc::{BoxCox, box_cox_log_likelihood};

/// ln of 50 gamma(5) draws of NumPy's RandomState(12345), plus 5: the data of SciPy's `TestBoxcoxNormmax`.
const LOG_GAMMA: [f64; 50] = [
    6.444154911077181,
    6.754342842290945,
    7.335204631586354,
    7.1246950191350304,
    6.876847059634088,
    7.068170791986102,
    6.973817808477535,
    5.870972163853887,
    7.109229170192854,
    6.925041559343196,
    6.330230748291198,
    6.279572644376196,
    6.753498578439834,
    7.759485060407885,
    6.026019484082495,
    6.6773557383478455,
    6.773604480346269,
    6.190498986166466,
    6.128688033671625,
    6.112926690622151,
    6.789142653444915,
    6.002693488688214,
    6.690712767133132,
    5.725274468134499,
    6.053637088904006,
    6.710505223345969,
    6.16943971866092,
    6.572618521918718,
    6.652513434568695,
    7.099362306317661,
    6.081532929648397,
    6.872432874133365,
    6.217952927959031,
    6.5635060121031925,
    6.835678898526443,
    6.529549986920986,
    5.222366237718687,
    5.849841816673643,
    7.000713694447548,
    6.971554948928842,
    6.298024815642931,
    6.2376042396416915,
    6.080504042946753,
    6.564106225381566,
    5.950063742308193,
    6.9752387946304815,
    7.284736318425281,
    6.478909639026865,
    6.935604269238525,
    6.6263285125278655,
];

#[test]
fn lambda_is_the_published_one() {
    // SciPy, stats/tests/test_morestats.py: 1.758101 to a millionth.
    let lambda = BoxCox::fit(&LOG_GAMMA).unwrap().lambda;
    assert!((lambda - 1.758_101).abs() < 2e-6, "{lambda}");
}

#[test]
fn the_likelihood_is_the_published_one() {
    // SciPy's test of issue 6873, computed with mpmath.
    let likelihood = box_cox_log_likelihood(-8.0, &[198.0, 233.0, 233.0, 392.0]).unwrap();
    assert!((likelihood - -17.939_342_085_790_61).abs() < 1e-9, "{likelihood}");
}

#[test]
fn known_exponents_are_known_functions() {
    for (lambda, expected) in [(1.0, 3.0), (2.0, 7.5), (0.5, 2.0), (0.0, 4.0_f64.ln()), (-1.0, 0.75)] {
        assert!((BoxCox { lambda }.forward(4.0).unwrap() - expected).abs() < 1e-12, "{lambda}");
    }
    // Near zero it is the logarithm, without a jump.
    assert!((BoxCox { lambda: 1e-14 }.forward(4.0).unwrap() - 4.0_f64.ln()).abs() < 1e-12);
}

#[test]
fn what_cannot_be_transformed_is_named() {
    let half = BoxCox { lambda: 0.5 };
    assert_eq!(half.forward(0.0), Err(Unfit::NotPositive { index: 0 }));
    assert_eq!(half.forward(-1.0), Err(Unfit::NotPositive { index: 0 }));
    assert_eq!(half.forward(f64::NAN), Err(Unfit::NotFinite { index: 0 }));
    assert_eq!(half.back(-2.1), Err(Unfit::Range), "no root is negative");
    assert_eq!(half.back(-2.0), Err(Unfit::Range), "no value is zero");
    assert_eq!(BoxCox { lambda: 0.0 }.back(-800.0), Err(Unfit::Range), "too small to be held");
    assert_eq!(half.back(f64::INFINITY), Err(Unfit::NotFinite { index: 0 }));
    assert_eq!(BoxCox { lambda: 50.0 }.forward(1e10), Err(Unfit::Range));
    assert_eq!(BoxCox { lambda: f64::NAN }.forward(1.0), Err(Unfit::Setting("the Box-Cox lambda")));
    assert_eq!(box_cox_log_likelihood(f64::NAN, &LOG_GAMMA), Err(Unfit::Setting("the Box-Cox lambda")));
}

#[test]
fn lambda_needs_positive_values_with_spread() {
    for (values, unfit) in [
        (&[][..], Unfit::Empty),
        (&[1.0, 2.0][..], Unfit::TooFew { needed: 3, found: 2 }),
        (&[1.0, f64::NAN, 2.0][..], Unfit::NotFinite { index: 1 }),
        (&[1.0, 2.0, 0.0][..], Unfit::NotPositive { index: 2 }),
        (&[4.2; 20][..], Unfit::NoSpread),
    ] {
        assert_eq!(BoxCox::fit(values), Err(unfit), "{values:?}");
    }
    // One value other than the rest: any power will do less than a greater one.
    let mut tied = [5.0; 20];
    tied[0] = 6.0;
    assert_eq!(BoxCox::fit(&tied), Err(Unfit::Setting("the most likely Box-Cox lambda")));
}

proptest! {
    #[test]
    fn back_undoes_forward(value in 0.01..1000.0, lambda in -2.0..2.0) {
        let box_cox = BoxCox { lambda };
        let back = box_cox.back(box_cox.forward(value).unwrap()).unwrap();
        // Far out a negative power has few digits left.
        let digits = 1e-9 * value.powf(-lambda).max(1.0);
        prop_assert!((back / value - 1.0).abs() < digits);
    }

    #[test]
    fn order_is_kept(one in 0.01..1000.0, other in 0.01..1000.0, lambda in -3.0..3.0) {
        let box_cox = BoxCox { lambda };
        let (lesser, greater) = if one < other { (one, other) } else { (other, one) };
        prop_assert!(box_cox.forward(lesser).unwrap() <= box_cox.forward(greater).unwrap());
    }

    #[test]
    fn lambda_is_the_top_and_has_its_symmetries(values in prop::collection::vec(0.2..5.0, 8..40), unit in 0.01..100.0) {
        if let Ok(BoxCox { lambda }) = BoxCox::fit(&values) {
            let at = |lambda| box_cox_log_likelihood(lambda, &values).unwrap();
            prop_assert!(at(lambda) >= at(lambda + 0.01) && at(lambda) >= at(lambda - 0.01));
            // The unit does not matter, and reciprocals have the opposite exponent.
            let in_unit: Vec<f64> = values.iter().map(|v| v * unit).collect();
            let reciprocal: Vec<f64> = values.iter().map(|v| 1.0 / v).collect();
            prop_assert!((BoxCox::fit(&in_unit).unwrap().lambda - lambda).abs() < 1e-5);
            prop_assert!((BoxCox::fit(&reciprocal).unwrap().lambda + lambda).abs() < 1e-5);
        }
    }
}
