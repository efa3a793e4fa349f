//! A UCUM unit as laboratories print it.

/// What an atom in brackets is printed as, where that is not what stands between the brackets.
const BRACKETED: [(&str, &str); 2] = [("[pH]", ""), ("[degF]", "°F")];
/// Atoms that follow the prefix `u`, micro.
const AFTER_MICRO: [&str; 11] = ["g", "mol", "L", "l", "m", "U", "[IU]", "kat", "s", "eq", "V"];
const RAISED: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];

/// A UCUM unit as laboratories print it: `10*9/L` as `10⁹/L`, `ug/mL{FEU}` as `µg/mL FEU`, `/[HPF]` as `/HPF`, and nothing for
/// `{ratio}` and `[pH]`. The data keep the unit as it is. What is no UCUM is printed as it is.
#[must_use]
pub fn in_print(ucum: &str) -> String {
    if !ucum.is_ascii() || ucum.contains(char::is_whitespace) {
        return ucum.to_owned();
    }
    let mut printed = String::new();
    for part in parts(ucum) {
        match part {
            "." => printed.push('·'),
            "/" => printed.push('/'),
            part => printed.push_str(&component(part)),
        }
    }
    printed
}

/// Components and the operators between them. Nothing is divided inside brackets.
fn parts(ucum: &str) -> Vec<&str> {
    let (mut parts, mut begins, mut inside) = (Vec::new(), 0, 0_usize);
    for (at, c) in ucum.char_indices() {
        match c {
            '[' | '{' => inside += 1,
            ']' | '}' => inside = inside.saturating_sub(1),
            '/' | '.' if inside == 0 => {
                parts.extend([&ucum[begins..at], &ucum[at..=at]]);
                begins = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&ucum[begins..]);
    parts.retain(|part| !part.is_empty());
    parts
}

fn component(part: &str) -> String {
    let (unit, note) = match part.split_once('{') {
        Some((unit, note)) => (unit, note.trim_end_matches('}')),
        None => (part, ""),
    };
    let unit = match unit.split_once('*') {
        Some(("10", power)) => format!("10{}", raised(power)),
        _ => atom(unit),
    };
    match (unit.is_empty(), note) {
        (_, "") => unit,
        (true, "1.73_m2") => "1.73 m²".to_owned(),
        (true, _) => String::new(),
        (false, note) => format!("{unit} {}", note.replace('_', " ")),
    }
}

fn atom(unit: &str) -> String {
    if let Some((_, printed)) = BRACKETED.iter().find(|(bracketed, _)| *bracketed == unit) {
        return (*printed).to_owned();
    }
    let unit = match unit.strip_prefix('u') {
        Some(rest) if AFTER_MICRO.contains(&rest) => format!("µ{rest}"),
        _ => unit.to_owned(),
    };
    match unit.as_str() {
        "Cel" => "°C".to_owned(),
        "m2" => "m²".to_owned(),
        // An arbitrary unit is the maker's own: laboratories print a bare U.
        unit => unit.replace("[arb'U]", "U").replace(['[', ']'], ""),
    }
}

fn raised(power: &str) -> String {
    power.chars().map(|c| c.to_digit(10).map_or(if c == '-' { '⁻' } else { c }, |n| RAISED[n as usize])).collect()
}

#[cfg(test)]
mod tests;
