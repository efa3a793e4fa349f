//! Puts a draft into the page that its form stands on.

use std::cell::{Cell, RefCell};

use lol_html::errors::RewritingError;
use lol_html::html_content::{ContentType, Element};
use lol_html::{RewriteStrSettings, element, rewrite_str};
use titer_lab::drafts::Draft;

use crate::stamp;

/// Fields in which one thing is typed, and which a draft may hold several times: scans that came one after another.
pub const TYPED_ONCE: [&str; 1] = ["number"];

/// Fields that tell one rendering of a form from another. They say nothing of what the form is about.
const OF_FORM: [&str; 2] = ["shown", stamp::FIELD];

/// The forms of a page: where each is sent, and what stands in it unseen.
type Forms = Vec<(String, Vec<(String, String)>)>;

/// The page with the draft in its form, and `band` in front of what the page says. The form is sent to `action`.
pub fn fill(page: &str, draft: &Draft, action: &str, band: impl Fn(bool) -> String) -> Result<String, RewritingError> {
    let form = chosen(&forms(page)?, draft);
    let filling = Filling {
        draft,
        at: Cell::new(0),
        inside: Cell::new(false),
        select: RefCell::default(),
        used: RefCell::default(),
    };
    let band = band(form.is_some());
    let settings = RewriteStrSettings::new()
        .append_element_content_handler(element!("form", |el| {
            let at = filling.at.replace(filling.at.get() + 1);
            filling.inside.set(form == Some(at));
            if form == Some(at) {
                el.set_attribute("action", &escaped(action))?;
            }
            Ok(())
        }))
        .append_element_content_handler(element!("form input", |el| Ok(filling.input(el)?)))
        .append_element_content_handler(element!("form textarea", |el| {
            let name = el.get_attribute("name").unwrap_or_default();
            if filling.inside.get()
                && let Some(value) = filling.next(&name)
            {
                el.set_inner_content(&value, ContentType::Text);
            }
            Ok(())
        }))
        .append_element_content_handler(element!("form select", |el| {
            filling.select.replace(el.get_attribute("name").unwrap_or_default());
            Ok(())
        }))
        .append_element_content_handler(element!("form select option", |el| Ok(filling.option(el)?)));
    say(&rewrite_str(page, settings)?, &band)
}

/// The page with `band` in front of what the page says.
pub fn say(page: &str, band: &str) -> Result<String, RewritingError> {
    let said = element!("#said", |el| {
        el.before(band, ContentType::Html);
        Ok(())
    });
    rewrite_str(page, RewriteStrSettings::new().append_element_content_handler(said))
}

/// The forms of a page.
fn forms(page: &str) -> Result<Forms, RewritingError> {
    let forms: RefCell<Forms> = RefCell::default();
    let settings = RewriteStrSettings::new()
        .append_element_content_handler(element!("form", |el| {
            let post = el.get_attribute("method").is_some_and(|m| m == "post");
            let action = el.get_attribute("action").filter(|_| post).unwrap_or_default();
            forms.borrow_mut().push((unescaped(&action), Vec::new()));
            Ok(())
        }))
        .append_element_content_handler(element!("form input[type=hidden]", |el| {
            let field = |name| unescaped(&el.get_attribute(name).unwrap_or_default());
            if let Some((_, hidden)) = forms.borrow_mut().last_mut() {
                hidden.push((field("name"), field("value")));
            }
            Ok(())
        }));
    rewrite_str(page, settings)?;
    Ok(forms.into_inner())
}

/// The form that the draft was sent from: of several with one address, the one with the same hidden fields.
fn chosen(forms: &Forms, draft: &Draft) -> Option<usize> {
    let path = |address: &str| address.split('?').next().unwrap_or_default().to_owned();
    let sent = path(&draft.address);
    let of_address = || forms.iter().enumerate().filter(|(_, (action, _))| !action.is_empty() && path(action) == sent);
    let same = |hidden: &[(String, String)]| {
        hidden.iter().filter(|(n, _)| !OF_FORM.contains(&n.as_str())).all(|h| draft.fields.contains(h))
    };
    let fitting = of_address().find(|(_, (_, hidden))| same(hidden));
    fitting.map(|(at, _)| at).or_else(|| of_address().next().filter(|_| of_address().count() == 1).map(|(at, _)| at))
}

/// What a page's own attributes hold: the page escapes five characters, and no others.
fn unescaped(text: &str) -> String {
    let named = [("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'"), ("&#38;", "&")];
    named.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

/// A text for an attribute. The rewriter itself escapes the quotation mark.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

struct Filling<'a> {
    draft: &'a Draft,
    /// The number of the next form.
    at: Cell<usize>,
    /// Whether the draft's form is the last that began.
    inside: Cell<bool>,
    /// The list that the last option belongs to.
    select: RefCell<String>,
    /// How often a name was filled in.
    used: RefCell<Vec<String>>,
}

impl Filling<'_> {
    /// What was typed in the next field of this name.
    fn next(&self, name: &str) -> Option<String> {
        let mut used = self.used.borrow_mut();
        let before = used.iter().filter(|u| *u == name).count();
        let value = self.draft.fields.iter().filter(|(n, _)| n == name).nth(before).map(|(_, value)| value.clone());
        used.push(name.to_owned());
        value
    }

    fn has(&self, name: &str, value: &str) -> bool {
        self.draft.fields.iter().any(|(n, v)| n == name && v == value)
    }

    fn input(&self, el: &mut Element<'_, '_>) -> Result<(), lol_html::errors::AttributeNameError> {
        if !self.inside.get() {
            return Ok(());
        }
        let attribute = |name: &str| unescaped(&el.get_attribute(name).unwrap_or_default());
        let (name, value, kind) = (attribute("name"), attribute("value"), attribute("type"));
        match kind.as_str() {
            "password" | "submit" | "button" => {}
            // It is the same form as before: its version, so that what changed since is refused and shown; and when it was shown.
            "hidden" if OF_FORM.contains(&name.as_str()) => {
                if let Some((_, before)) = self.draft.fields.iter().find(|(n, _)| *n == name) {
                    el.set_attribute("value", &escaped(before))?;
                }
            }
            "hidden" => {}
            "checkbox" | "radio" if self.has(&name, if value.is_empty() { "on" } else { &value }) => {
                el.set_attribute("checked", "")?;
            }
            "checkbox" | "radio" => el.remove_attribute("checked"),
            _ => {
                if let Some(typed) = self.next(&name) {
                    el.set_attribute("value", &escaped(&typed))?;
                }
            }
        }
        Ok(())
    }

    fn option(&self, el: &mut Element<'_, '_>) -> Result<(), lol_html::errors::AttributeNameError> {
        if self.inside.get() {
            let value = unescaped(&el.get_attribute("value").unwrap_or_default());
            match self.has(&self.select.borrow(), &value) {
                true => el.set_attribute("selected", "")?,
                false => el.remove_attribute("selected"),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
