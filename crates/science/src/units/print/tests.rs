use super::in_print;

#[test]
fn units_print_as_laboratories_print_them() {
    for (ucum, printed) in [
        ("mmol/L", "mmol/L"),
        ("umol/L", "µmol/L"),
        ("ug/mL{FEU}", "µg/mL FEU"),
        ("10*9/L", "10⁹/L"),
        ("10*12/L", "10¹²/L"),
        ("10*-3", "10⁻³"),
        ("U/L", "U/L"),
        ("u[IU]/mL", "µIU/mL"),
        ("m[IU]/L", "mIU/L"),
        ("[arb'U]/mL", "U/mL"),
        ("k[arb'U]/L", "kU/L"),
        ("mm[Hg]", "mmHg"),
        ("/[HPF]", "/HPF"),
        ("mL/min/{1.73_m2}", "mL/min/1.73 m²"),
        ("{ratio}", ""),
        ("[pH]", ""),
        ("{titer}", ""),
        ("{INR}", ""),
        ("{cells}/uL", "/µL"),
        ("Cel", "°C"),
        ("mosm/kg", "mosm/kg"),
        ("%", "%"),
        ("", ""),
        // What is no UCUM stays as it is.
        ("10⁹/L", "10⁹/L"),
        ("mg / dL", "mg / dL"),
        ("upper", "upper"),
    ] {
        assert_eq!(in_print(ucum), printed, "{ucum}");
    }
}
