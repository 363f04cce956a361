//! What a peer called itself (RFC 5321 §4.1.1.1, §4.1.4, §2.3.5).

use std::net::IpAddr;

/// What is odd about a HELO name by itself, without asking DNS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shape {
    /// A name of at least two labels.
    Qualified,
    /// An address literal that is the peer's own.
    OwnLiteral,
    /// An address literal that is another's.
    OtherLiteral,
    /// An address without brackets.
    BareAddress,
    /// One label, or nothing that is a name.
    Unqualified,
}

/// What a HELO argument is.
pub fn shape(helo: &str, peer: IpAddr) -> Shape {
    let helo = helo.trim();
    if let Some(inner) = helo.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        let text = inner.get(..5).filter(|tag| tag.eq_ignore_ascii_case("IPv6:")).map_or(inner, |_| &inner[5..]);
        return match text.parse::<IpAddr>() {
            Ok(ip) if ip.to_canonical() == peer.to_canonical() => Shape::OwnLiteral,
            Ok(_) => Shape::OtherLiteral,
            Err(_) => Shape::Unqualified,
        };
    }
    if helo.parse::<IpAddr>().is_ok() {
        return Shape::BareAddress;
    }
    let name = helo.strip_suffix('.').unwrap_or(helo);
    let good = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_') || !b.is_ascii())
    };
    let qualified = name.len() <= 253 && name.contains('.') && name.split('.').all(good);
    // The last label of a name is never a number: "10.0.0.300" is a broken address.
    let last_is_word = name.rsplit('.').next().is_some_and(|last| !last.bytes().all(|b| b.is_ascii_digit()));
    if qualified && last_is_word { Shape::Qualified } else { Shape::Unqualified }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes() {
        let rows = [
            ("mail.example.jp", Shape::Qualified),
            ("mail.example.jp.", Shape::Qualified),
            ("_mail.example.jp", Shape::Qualified),
            ("メール.example.jp", Shape::Qualified),
            ("[192.0.2.1]", Shape::OwnLiteral),
            ("[198.51.100.1]", Shape::OtherLiteral),
            ("[IPv6:::ffff:192.0.2.1]", Shape::OwnLiteral),
            ("[ipv6:2001:db8::1]", Shape::OtherLiteral),
            ("[あい]", Shape::Unqualified),
            ("[]", Shape::Unqualified),
            ("192.0.2.1", Shape::BareAddress),
            ("2001:db8::1", Shape::BareAddress),
            ("10.0.0.300", Shape::Unqualified),
            ("localhost", Shape::Unqualified),
            ("WIN-8QJ2", Shape::Unqualified),
            ("a..example.jp", Shape::Unqualified),
            ("-", Shape::Unqualified),
            ("", Shape::Unqualified),
            ("user@example.jp", Shape::Unqualified),
        ];
        for (helo, expected) in rows {
            assert_eq!(shape(helo, [192, 0, 2, 1].into()), expected, "{helo}");
        }
    }
}
