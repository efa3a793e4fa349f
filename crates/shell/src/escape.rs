//! How texts are written into pages: as text, never as markup, and without characters that nobody sees. A text of an analyzer, or of a
//! journal from before such characters were refused, shows them by their numbers, so that it cannot pass for another or turn its
//! neighbours round.

use std::fmt::{self, Write};

use askama::filters::{Escaper, Html};
use titer_lab::text::{is_numbered, shown};

/// The escaper of every template.
#[derive(Clone, Copy, Debug, Default)]
pub struct Visible;

/// A text as it is written into a page.
pub fn visible(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    // Nothing can fail: it is written into memory.
    let _ = Visible.write_escaped_str(&mut written, text);
    written
}

impl Escaper for Visible {
    fn write_escaped_str<W: Write>(&self, dest: W, text: &str) -> fmt::Result {
        Html.write_escaped_str(dest, &shown(text))
    }

    fn write_escaped_char<W: Write>(&self, dest: W, c: char) -> fmt::Result {
        if is_numbered(c) {
            self.write_escaped_str(dest, c.encode_utf8(&mut [0; 4]))
        } else {
            Html.write_escaped_char(dest, c)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_sees_is_shown_by_its_number() {
        for (text, shown) in [
            ("Na <b>&\"'", "Na &#60;b&#62;&#38;&#34;&#39;"),
            ("Müller 李 Ω\r\n\t", "Müller 李 Ω\r\n\t"),
            ("a\u{202e}b", "a⟨U+202E⟩b"),
            ("\u{200b}<\u{2066}", "⟨U+200B⟩&#60;⟨U+2066⟩"),
            ("\0\u{1b}\u{7f}\u{85}", "⟨U+0000⟩⟨U+001B⟩⟨U+007F⟩⟨U+0085⟩"),
            ("\u{e0041}", "⟨U+E0041⟩"),
        ] {
            assert_eq!(visible(text), shown);
            let mut by_one = String::new();
            text.chars().for_each(|c| Visible.write_escaped_char(&mut by_one, c).unwrap());
            assert_eq!(by_one, shown);
        }
    }
}
