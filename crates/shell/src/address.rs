//! Addresses. A page names where it leads by one of these constants and never by a text, so an address that is not there does not
//! compile; and it is written through the base of the place that the reader is in.

use std::fmt::{self, Display};

/// Whose journal the handler of an address reads and writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The house: accounts and credentials.
    House,
    /// The laboratory.
    Laboratory,
}

/// The address of one page or form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address {
    /// Where it is.
    pub place: Place,
    /// What stands behind the base of the place; names in braces.
    pub pattern: &'static str,
}

impl Address {
    /// In the house.
    pub const fn house(pattern: &'static str) -> Self {
        Address { place: Place::House, pattern }
    }

    /// In the laboratory.
    pub const fn laboratory(pattern: &'static str) -> Self {
        Address { place: Place::Laboratory, pattern }
    }
}

impl Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.pattern)
    }
}

/// The address of one thing among many: its pattern has one name in braces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddressOf(Address);

impl AddressOf {
    /// In the house.
    pub const fn house(pattern: &'static str) -> Self {
        AddressOf(Address::house(pattern))
    }

    /// In the laboratory.
    pub const fn laboratory(pattern: &'static str) -> Self {
        AddressOf(Address::laboratory(pattern))
    }

    /// The address of the one with this id.
    pub fn of(&self, id: impl Display) -> Named {
        // A pattern without braces would be one for every id; the table of permissions shows each pattern.
        let (before, after) = self.0.pattern.split_once('{').unwrap_or((self.0.pattern, "}"));
        Named(format!("{before}{id}{}", after.split_once('}').map_or("", |(_, rest)| rest)))
    }
}

impl From<AddressOf> for Address {
    fn from(address: AddressOf) -> Self {
        address.0
    }
}

/// The address of one thing, with its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named(String);

impl Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a page may lead to.
pub trait Leads: Display {}

impl Leads for Address {}
impl Leads for Named {}
impl<T: Leads + ?Sized> Leads for &T {}

/// A text as a part of an address: RFC 3986, section 2.3.
pub fn escaped(text: &str) -> String {
    let byte = |b: u8| match b {
        b'-' | b'.' | b'_' | b'~' => char::from(b).to_string(),
        b if b.is_ascii_alphanumeric() => char::from(b).to_string(),
        b => format!("%{b:02X}"),
    };
    text.bytes().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_takes_the_place_of_its_name() {
        assert_eq!(AddressOf::laboratory("/orders/{id}").of(7).to_string(), "/orders/7");
        assert_eq!(AddressOf::laboratory("/orders/{id}/add").of("7").to_string(), "/orders/7/add");
    }
}
