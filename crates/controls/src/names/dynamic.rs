//! Whether a reverse name is one of those that access lines with changing addresses get (NET-05): the address written
//! into the name, and words such as `dyn`, `dhcp`, `pool`, `ppp`, or those of Japanese access networks.
//!
//! Linear in the name, which is at most 255 octets; a name is a hint, so a host that says that it is a mail server or
//! has a fixed address is believed.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use message::Domain;

/// How a name looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Look {
    /// Like a name that somebody chose.
    Chosen,
    /// The address stands in it.
    Numbered,
    /// Like the name of a line with a changing address.
    Dynamic {
        /// The word, or the end of the name, that shows it.
        sign: String,
    },
}

/// Words that say it by themselves.
const WORDS: &[&str] = &[
    "adsl",
    "bflets",
    "broadband",
    "catv",
    "cgn",
    "cgnat",
    "dhcp",
    "dhcpd",
    "dial",
    "dialin",
    "dialup",
    "dsl",
    "dyn",
    "dynamic",
    "dynamicip",
    "dynip",
    "dynuser",
    "flets",
    "fletsphone",
    "ftth",
    "gprs",
    "hsdpa",
    "ipadfx",
    "ipbf",
    "ipbffx",
    "ipbfp",
    "ipngn",
    "ipngnfx",
    "ipoe",
    "lte",
    "pool",
    "pools",
    "ppp",
    "pppoe",
    "userreverse",
    "vdsl",
    "wimax",
    "xdsl",
];

/// Words that say it where the name also holds the address, or a number beside them.
const WORDS_WITH_NUMBER: &[&str] = &[
    "access",
    "ap",
    "bb",
    "bbtec",
    "cable",
    "client",
    "cpe",
    "cust",
    "customer",
    "customers",
    "eac",
    "fl",
    "home",
    "host",
    "kd",
    "line",
    "mobile",
    "nas",
    "node",
    "om",
    "pw",
    "res",
    "residential",
    "softbank",
    "sp",
    "sub",
    "subscriber",
    "uq",
    "user",
    "users",
    "wireless",
    "zaq",
];

/// Words of hosts that are meant to send mail, or that have a fixed address.
const FIXED: &[&str] = &[
    "fix", "fixed", "fixip", "ipfx", "mail", "mailer", "mailout", "mta", "mx", "outbound", "relay", "server", "smtp",
    "smtpout", "srv", "static", "staticip", "vps",
];

/// Ends of names under which only lines for people stand.
const ZONES: &[&str] = &[
    ".ap.nuro.jp",
    ".ap.plala.or.jp",
    ".ap.so-net.ne.jp",
    ".au-net.ne.jp",
    ".bbtec.net",
    ".mesh.ad.jp",
    ".openmobile.ne.jp",
    ".panda-world.ne.jp",
    ".ppp-bb.dion.ne.jp",
    ".spmode.ne.jp",
    ".userreverse.dion.ne.jp",
    ".vmobile.jp",
];

/// How a reverse name looks beside its address.
pub fn look(name: &str, ip: IpAddr) -> Look {
    let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    let host = host_part(&name);
    let words: Vec<&str> = host.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| !word.is_empty()).collect();
    if words.iter().any(|word| FIXED.contains(word)) {
        return Look::Chosen;
    }
    let numbered = holds_address(host, ip);
    if let Some(zone) = ZONES.iter().find(|zone| name.ends_with(*zone)) {
        return Look::Dynamic { sign: (*zone).to_owned() };
    }
    let with_number = numbered || host.bytes().any(|b| b.is_ascii_digit());
    let sign = words
        .iter()
        .find(|word| WORDS.contains(word) && with_number || word.starts_with("dynamic"))
        .or_else(|| words.iter().find(|word| numbered && WORDS_WITH_NUMBER.contains(word)));
    match sign {
        Some(sign) => Look::Dynamic { sign: (*sign).to_owned() },
        None if numbered => Look::Numbered,
        None => Look::Chosen,
    }
}

/// What stands before the domain that somebody registered: a company may be called Dynamic or Pool.
fn host_part(name: &str) -> &str {
    let registered = Domain::parse(name).ok().and_then(|domain| domain.organizational());
    let host = match registered {
        Some(registered) => name.strip_suffix(registered.as_str()),
        None => name.rmatch_indices('.').nth(1).map(|(at, _)| &name[..at]),
    };
    host.unwrap_or_default().trim_end_matches('.')
}

fn holds_address(host: &str, ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => holds_v4(host, ip),
        IpAddr::V6(ip) => holds_v6(host, ip),
    }
}

/// Three neighbouring octets in either direction, the host's among them; or all four in hexadecimal, or padded and
/// joined (`192000002001`).
fn holds_v4(host: &str, ip: Ipv4Addr) -> bool {
    let [a, b, c, d] = ip.octets();
    let numbers: Vec<Option<u8>> = host
        .split(|c: char| !c.is_ascii_digit())
        .filter(|digits| !digits.is_empty())
        .map(|digits| digits.parse().ok())
        .collect();
    let run = |wanted: [u8; 3]| numbers.windows(3).any(|found| found.iter().zip(wanted).all(|(f, w)| *f == Some(w)));
    if run([b, c, d]) || run([d, c, b]) || run([a, b, c]) && numbers.contains(&Some(d)) {
        return true;
    }
    let hexadecimal = format!("{a:02x}{b:02x}{c:02x}{d:02x}");
    let padded = format!("{a:03}{b:03}{c:03}{d:03}");
    host.split(|c: char| !c.is_ascii_alphanumeric())
        .any(|piece| piece.ends_with(&hexadecimal) || piece.starts_with(&hexadecimal) || piece.contains(&padded))
}

/// The last four groups one after another, or the last 16 nibbles joined, forwards or backwards.
fn holds_v6(host: &str, ip: Ipv6Addr) -> bool {
    let segments = ip.segments();
    let groups: Vec<Option<u16>> =
        host.split(['-', '.', '_', 'x']).map(|group| u16::from_str_radix(group, 16).ok()).collect();
    if groups.windows(4).any(|found| found.iter().zip(&segments[4..]).all(|(f, w)| *f == Some(*w))) {
        return true;
    }
    let nibbles: String = segments[4..].iter().map(|segment| format!("{segment:04x}")).collect();
    let backwards: String = nibbles.chars().rev().collect();
    let joined: String = host.chars().filter(char::is_ascii_hexdigit).collect();
    let joined_of_digits_only = joined.len() + host.matches(['-', '.']).count() == host.len();
    host.split(['-', '.']).any(|piece| piece.contains(&nibbles) || piece.contains(&backwards))
        || joined_of_digits_only && (joined.contains(&nibbles) || joined.contains(&backwards))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str, ip: &str) -> Look {
        look(name, ip.parse().expect("an address"))
    }

    #[test]
    fn names_of_lines_with_changing_addresses() {
        let rows = [
            ("dhcp-192-0-2-1.example.net", "192.0.2.1"),
            ("192-0-2-1.dyn.example.net", "192.0.2.1"),
            ("pool-2.1.example.net", "192.0.2.1"),
            ("adsl-1.example.co.jp", "192.0.2.1"),
            ("1.2.0.192.user.example.jp", "192.0.2.1"),
            ("host-192-0-2-1.example.net", "192.0.2.1"),
            ("p1234-ipngn200307example.aichi.example.ne.jp", "192.0.2.1"),
            ("softbank192000002001.bbtec.net", "192.0.2.1"),
            ("KD192000002001.ppp-bb.dion.ne.jp", "192.0.2.1"),
            ("sp192-0-2-1.msb.spmode.ne.jp", "192.0.2.1"),
            ("p123456.tokynt01.ap.so-net.ne.jp", "192.0.2.1"),
            ("cpe-c0000201.example.net", "192.0.2.1"),
            ("dynamic.example.net", "192.0.2.1"),
            ("dynamicip.city.example.net", "192.0.2.1"),
            ("2001-db8-0-0-0-0-0-1.ipoe.example.jp", "2001:db8::1"),
            ("0000000000000001.cust.example.jp", "2001:db8::1"),
        ];
        for (name, ip) in rows {
            assert!(matches!(of(name, ip), Look::Dynamic { .. }), "{name}: {:?}", of(name, ip));
        }
    }

    #[test]
    fn names_that_only_hold_the_address() {
        let rows = [
            ("ec2-192-0-2-1.compute.example.com", "192.0.2.1"),
            ("1.2.0.192.example.com", "192.0.2.1"),
            ("v192-000-002-001.example.com", "192.0.2.1"),
            ("2001-db8-0-0-a-b-c-d.example.com", "2001:db8::a:b:c:d"),
            ("ip-c0000201.example.com", "192.0.2.1"),
        ];
        for (name, ip) in rows {
            assert_eq!(of(name, ip), Look::Numbered, "{name}");
        }
    }

    #[test]
    fn names_that_somebody_chose() {
        let rows = [
            ("mail.example.jp", "192.0.2.1"),
            ("mx1.example.jp", "192.0.2.1"),
            ("www2.example.co.jp", "192.0.2.1"),
            ("static-192-0-2-1.example.net", "192.0.2.1"),
            ("192-0-2-1.static.example.net", "192.0.2.1"),
            ("mail.pool.example.net", "192.0.2.1"),
            ("smtp3.dsl.example.net", "192.0.2.1"),
            ("mail.dynamic.jp", "192.0.2.1"),
            ("www.dynamic.jp", "192.0.2.1"),
            ("pool.jp", "192.0.2.1"),
            ("lists.pool.example.net", "192.0.2.1"),
            ("host-198-51-100-7.example.net", "192.0.2.1"),
            ("home.example.jp", "192.0.2.1"),
            ("a.example.jp", "2001:db8::1"),
            ("b1.example.jp", "::"),
            ("", "192.0.2.1"),
            (".", "192.0.2.1"),
            ("...", "192.0.2.1"),
            ("日本-192.example.jp", "192.0.2.1"),
        ];
        for (name, ip) in rows {
            assert_eq!(of(name, ip), Look::Chosen, "{name}");
        }
    }
}
