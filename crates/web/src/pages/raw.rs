//! A message's bytes, every one of them visible.

use titer_wire::recording::CONTROL_NAMES;

/// At most this many bytes are shown on a page; the whole can be downloaded.
pub const RAW_SHOWN_MAX: usize = 8 * 1024;

/// A run of bytes that reads the same way.
#[derive(Debug, PartialEq, Eq)]
pub struct Run {
    /// Printable text; or the name of a control character, or a byte in hexadecimal.
    pub text: String,
    /// Whether it stands for something that cannot be printed.
    pub control: bool,
    /// Whether a line of the page ends here.
    pub ends: bool,
}

/// Makes the first [`RAW_SHOWN_MAX`] bytes of a message visible: text as it is (UTF-8 where it is that), control characters by name,
/// other bytes in hexadecimal. A line ends after LF; in a message without any, after CR (HL7 v2 ends its segments so).
pub fn visible(bytes: &[u8]) -> Vec<Run> {
    let mut rest = &bytes[..bytes.len().min(RAW_SHOWN_MAX)];
    let framed = rest.contains(&b'\n');
    let mut runs: Vec<Run> = Vec::new();
    while let Some(&byte) = rest.first() {
        let (text, control, taken) = match printable(rest) {
            0 if byte < 32 => (CONTROL_NAMES[usize::from(byte)].to_owned(), true, 1),
            0 if byte == 127 => ("DEL".to_owned(), true, 1),
            0 => (format!("{byte:02X}"), true, 1),
            length => {
                // `printable` answers a boundary of valid UTF-8, so nothing is lost here.
                let text = String::from_utf8_lossy(&rest[..length]).into_owned();
                (text, false, length)
            }
        };
        runs.push(Run { text, control, ends: byte == b'\n' || (byte == b'\r' && !framed) });
        rest = &rest[taken..];
    }
    runs
}

/// How many of the first bytes are printable text.
fn printable(bytes: &[u8]) -> usize {
    let end = bytes.iter().position(|&byte| byte < 32 || byte == 127).unwrap_or(bytes.len());
    match std::str::from_utf8(&bytes[..end]) {
        Ok(_) => end,
        Err(error) => error.valid_up_to(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(bytes: &[u8]) -> String {
        visible(bytes)
            .iter()
            .map(|run| {
                let end = if run.ends { "\n" } else { "" };
                if run.control { format!("[{}]{end}", run.text) } else { run.text.clone() }
            })
            .collect()
    }

    #[test]
    fn every_byte_is_shown() {
        for (bytes, shown) in [
            (&b"\x021H|\\^&\r\x179B\r\n\x04"[..], "[STX]1H|\\^&[CR][ETB]9B[CR][LF]\n[EOT]"),
            (b"MSH|1\rPID|1\r", "MSH|1[CR]\nPID|1[CR]\n"),
            ("µmol/L".as_bytes(), "µmol/L"),
            (b"\xb5mol/L\xff", "[B5]mol/L[FF]"),
            (b"a\x7f", "a[DEL]"),
            (b"", ""),
        ] {
            assert_eq!(words(bytes), shown);
        }
    }

    #[test]
    fn a_long_message_is_cut_at_the_limit() {
        let runs = visible(&vec![b'x'; RAW_SHOWN_MAX + 1]);
        assert_eq!(runs[0].text.len(), RAW_SHOWN_MAX);
        assert_eq!(runs.len(), 1);
    }
}
