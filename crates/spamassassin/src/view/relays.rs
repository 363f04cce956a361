//! The servers that a message passed, from its Received fields, in the shapes that mail servers write.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::domain::{is_private, is_v4};
use super::relay_shapes::{IGNORED, SHAPES, Shape};
use super::text::{collapsed, contains, own, string, trimmed};

/// One server that gave the message on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Relay {
    pub(crate) ip: String,
    pub(crate) rdns: String,
    pub(crate) helo: String,
    pub(crate) by: String,
    pub(crate) ident: String,
    pub(crate) envelope_from: Option<String>,
    pub(crate) id: String,
    pub(crate) auth: String,
    /// The receiving server looked the name up and found none.
    pub(crate) no_reverse_name: bool,
    pub(crate) is_private: bool,
    pub(crate) is_internal: bool,
    pub(crate) is_submission: bool,
}

impl Relay {
    /// As rules see it in `X-Spam-Relays-…`.
    fn as_text(&self) -> String {
        format!(
            "[ ip={} rdns={} helo={} by={} ident={} envfrom={} intl={} id={} auth={} msa={} ]",
            self.ip,
            self.rdns,
            self.helo,
            self.by,
            self.ident,
            self.envelope_from.as_deref().unwrap_or_default(),
            u8::from(self.is_internal),
            self.id,
            self.auth,
            u8::from(self.is_submission),
        )
    }
}

/// The path of a message, latest server first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Relays {
    pub(crate) trusted: Vec<Relay>,
    pub(crate) untrusted: Vec<Relay>,
    internal: Vec<Relay>,
    external: Vec<Relay>,
    pub(crate) unparseable: usize,
    /// How many Received fields stand above the first that is not trusted, and not internal.
    pub(crate) trusted_fields: usize,
    pub(crate) internal_fields: usize,
}

/// Networks that an operator names.
#[derive(Clone, Debug, Default)]
pub(crate) struct Networks {
    pub(crate) trusted: Vec<Network>,
    pub(crate) internal: Vec<Network>,
    pub(crate) submission: Vec<Network>,
}

/// One network; an excluded one counts as not in the list.
#[derive(Clone, Debug)]
pub(crate) struct Network {
    pub(crate) address: std::net::IpAddr,
    pub(crate) bits: u8,
    pub(crate) excluded: bool,
}

impl Network {
    fn contains(&self, ip: &str) -> bool {
        use std::net::IpAddr::{V4, V6};
        match (self.address, ip.parse()) {
            (V4(network), Ok(V4(address))) => {
                let shift = 32 - u32::from(self.bits.min(32));
                u32::from(network).checked_shr(shift) == u32::from(address).checked_shr(shift)
            }
            (V6(network), Ok(V6(address))) => {
                let shift = 128 - u32::from(self.bits.min(128));
                u128::from(network).checked_shr(shift) == u128::from(address).checked_shr(shift)
            }
            _ => false,
        }
    }
}

fn is_in(list: &[Network], ip: &str) -> bool {
    list.iter().find(|network| network.contains(ip)).is_some_and(|network| !network.excluded)
}

/// What a Received field is.
enum Read {
    Relay(Box<Relay>),
    /// A handover inside one machine, or one that says nothing.
    Ignored,
    /// Mail was fetched: what came before is how it got into that mailbox.
    Fetched,
    Unknown,
}

impl Relays {
    /// Reads the path from decoded Received fields, first field first.
    pub(crate) fn read(fields: &[Vec<u8>], originating: &[Vec<u8>], networks: &Networks) -> Self {
        let mut relays = Self::default();
        let (mut in_trusted, mut in_internal, mut found_submission) = (true, true, false);
        let mut fetched = true;
        let origin = originating.iter().map(|ip| [b"from X-Originating-IP: ", ip.as_slice()].concat());
        for field in fields.iter().cloned().chain(origin) {
            let mut relay = match read(&field) {
                Read::Relay(relay) => *relay,
                other => {
                    relays.unparseable += usize::from(matches!(other, Read::Unknown));
                    if matches!(other, Read::Fetched) && fetched {
                        relays.trusted.clear();
                        relays.internal.clear();
                        relays.external.clear();
                    }
                    relays.trusted_fields += usize::from(in_trusted);
                    relays.internal_fields += usize::from(in_internal);
                    continue;
                }
            };
            if in_trusted && !found_submission {
                networks.judge(&mut relay, &mut in_trusted, &mut in_internal, &mut found_submission);
            }
            relay.is_internal = in_internal;
            fetched = in_trusted;
            if in_internal {
                relays.internal.push(relay.clone());
                relays.internal_fields += 1;
            } else {
                relays.external.push(relay.clone());
            }
            if in_trusted {
                relays.trusted.push(relay);
                relays.trusted_fields += 1;
            } else {
                relays.untrusted.push(relay);
            }
        }
        relays
    }

    /// A list as rules see it: `trusted`, `untrusted`, `internal`, `external`.
    pub(crate) fn as_text(&self, which: &str) -> Option<String> {
        let list = match which {
            "trusted" => &self.trusted,
            "untrusted" => &self.untrusted,
            "internal" => &self.internal,
            "external" => &self.external,
            _ => return None,
        };
        Some(list.iter().map(Relay::as_text).collect::<Vec<_>>().join(" "))
    }
}

impl Networks {
    /// Whether the server that this one took the message from is still one of ours.
    fn judge(&self, relay: &mut Relay, in_trusted: &mut bool, in_internal: &mut bool, submission: &mut bool) {
        if self.trusted.is_empty() && self.internal.is_empty() {
            if !relay.is_private && relay.auth.is_empty() {
                (*in_trusted, *in_internal) = (false, false);
            }
            return;
        }
        let (trusted, internal) = match (self.trusted.is_empty(), self.internal.is_empty()) {
            (true, _) => (&self.internal, &self.internal),
            (_, true) => (&self.trusted, &self.trusted),
            _ => (&self.trusted, &self.internal),
        };
        let is_local = relay.ip == "127.0.0.1" || relay.ip == "::1";
        if relay.auth.is_empty() && !is_local && !is_in(trusted, &relay.ip) {
            (*in_trusted, *in_internal) = (false, false);
            return;
        }
        if *in_internal && relay.auth.is_empty() && !is_local && !is_in(internal, &relay.ip) {
            *in_internal = false;
        }
        if is_in(&self.submission, &relay.ip) {
            *submission = true;
            relay.is_submission = true;
        }
    }
}

static SKIPPED: LazyLock<Regex> = LazyLock::new(|| own(r"(?i)^from (\S+) by [^\s;]+ ?;"));
static BRACKETED: LazyLock<Regex> = LazyLock::new(|| own(r"^\[[\d.]+\]\z"));
static DATE: LazyLock<Regex> = LazyLock::new(|| {
    own(
        r"[\s;]+(?:(?:Mon|T(?:ue|hu)|Wed|Fri|S(?:at|un)), )?\d+ (?:J(?:an|u[nl])|Feb|Ma[ry]|A(?:pr|ug)|Sep|Oct|Nov|Dec) \d+ \d+:\d+(?::\d+)? \S+\z",
    )
});
static ID: LazyLock<Regex> = LazyLock::new(|| own(r" id <?([^\s<>;]{3,})"));
static HELO: LazyLock<Regex> =
    LazyLock::new(|| own(r"\bhelo=([-A-Za-z0-9.^+_&:=?!@%*$\\/]+)(?:[^-A-Za-z0-9.^+_&:=?!@%*$\\/]|\z)"));
static EHLO: LazyLock<Regex> =
    LazyLock::new(|| own(r"\b(?:HELO|EHLO) ([-A-Za-z0-9.^+_&:=?!@%*$\\/]+)(?:[^-A-Za-z0-9.^+_&:=?!@%*$\\/]|\z)"));
static BY: LazyLock<Regex> = LazyLock::new(|| own(r" by (\S+)(?:[^-A-Za-z0-9;.]|\z)"));
static ENVELOPE: LazyLock<Regex> =
    LazyLock::new(|| own(r"(?i)(?:return-path:? |envelope-(?:sender|from)[ =])(\S*[A-Za-z0-9_])"));
static WITH_AUTH: LazyLock<Regex> =
    LazyLock::new(|| own(r"(?i) with ((?:ES|L|UTF8S|UTF8L)MTPS?A|ASMTP|HTTP[SU]?)(?: |;|\z)"));
static AUTH_LOGIN: LazyLock<Regex> =
    LazyLock::new(|| own(r"^from .*?(?:\]\)|\)\]) \(AUTH: (LOGIN|PLAIN|DIGEST-MD5|CRAM-MD5) \S+(?:, .*?)?\) by "));
static AUTHENTICATED: LazyLock<Regex> =
    LazyLock::new(|| own(r"^from .*?(?:\](?: \([^)]*\))?\)|\)\]) .*?\(.*?authenticated.*?\).*? by"));
static AUTH_SENDER: LazyLock<Regex> =
    LazyLock::new(|| own(r"\) \(Authenticated sender: \S+\) by \S+ \(([^)]+)\) with "));
static COMMUNIGATE: LazyLock<Regex> = LazyLock::new(|| own(r"CommuniGate Pro (?:HTTP|SMTP|XIMSS|IMAP)"));
static VIA_HTTP: LazyLock<Regex> = LazyLock::new(|| own(r"(?i) \(via (HTTP.?)\)(?: |;|\z)"));
static LAST_IP: LazyLock<Regex> = LazyLock::new(|| own(&format!(r"\[({})\]", super::relay_shapes::IP)));
static FIRST_WORD: LazyLock<Regex> = LazyLock::new(|| own(r"^(\S+)[^-A-Za-z0-9.]"));
static MAPPED: LazyLock<Regex> = LazyLock::new(|| own(r"(?i)^0*:0*:(?:0*:)*ffff:(\d+\.\d+\.\d+\.\d+)\z"));

fn group(pattern: &Regex, text: &[u8]) -> Option<String> {
    pattern.captures(text).and_then(|found| Some(string(found.get(1)?.as_bytes())))
}

fn read(field: &[u8]) -> Read {
    let mut line = trimmed(&collapsed(field)).to_vec();
    while line.ends_with(b";") {
        line.pop();
        line = super::text::trimmed_end(&line).to_vec();
    }
    let lower = line.get(..6).unwrap_or_default().to_ascii_lowercase();
    if !lower.starts_with(b"from ") && lower != b"(from " || contains(&line, b" with local for ") {
        return Read::Ignored;
    }
    if let Some(found) = SKIPPED.captures(&line)
        && !found.get(1).is_some_and(|name| BRACKETED.is_match(name.as_bytes()))
    {
        return Read::Ignored;
    }
    line = DATE.replace(&line, &b""[..]).into_owned();
    if let Some(at) = super::text::find(&line, b")by ") {
        line.insert(at + 1, b' ');
    }
    let mut relay = Relay {
        id: group(&ID, &line).unwrap_or_default(),
        helo: group(&HELO, &line).or_else(|| group(&EHLO, &line)).unwrap_or_default(),
        by: group(&BY, &line).unwrap_or_default(),
        auth: authentication(&line).unwrap_or_default(),
        ..Relay::default()
    };
    let Some(rest) = line.strip_prefix(b"from ").or_else(|| line.strip_prefix(b"FROM ")) else {
        return if line.starts_with(b"(from ") { in_parentheses(&line, relay) } else { otherwise(&line, relay) };
    };
    relay.envelope_from = group(&ENVELOPE, rest);
    if contains(rest, b" SMTPSVC") && rest.starts_with(b"mail pickup service by ")
        || contains(rest, b"Exim") && contains(rest, b"with local")
    {
        return Read::Ignored;
    }
    for shape in SHAPES.iter() {
        if shape.fits(rest) {
            return if shape.row.takes == "fetched" { Read::Fetched } else { take(shape, rest, relay) };
        }
    }
    if IGNORED.iter().any(|pattern| pattern.is_match(rest)) {
        return Read::Ignored;
    }
    if relay.helo.is_empty() {
        relay.helo = group(&FIRST_WORD, rest).unwrap_or_default();
    }
    otherwise(rest, relay)
}

/// `(from name [ip]) by …`: nearly always a handover inside one machine.
fn in_parentheses(line: &[u8], relay: Relay) -> Read {
    let rest = line.get(6..).unwrap_or_default();
    if contains(rest, b"@localhost) by ") || contains(rest, b"(jqueuemail) id ") {
        return Read::Ignored;
    }
    otherwise(rest, relay)
}

fn otherwise(rest: &[u8], mut relay: Relay) -> Read {
    match group(&LAST_IP, rest) {
        Some(ip) if !relay.by.is_empty() => {
            relay.ip = ip;
            finish(relay, false)
        }
        _ => Read::Unknown,
    }
}

fn take(shape: &Shape, rest: &[u8], mut relay: Relay) -> Read {
    let Some(found) = shape.pattern.captures(rest) else { return Read::Unknown };
    let mut looked_up = shape.row.looked_up;
    for (number, name) in shape.row.takes.split_ascii_whitespace().enumerate() {
        let Some(text) = found.get(number + 1).map(|group| string(group.as_bytes())) else { continue };
        match name {
            "ip" => relay.ip = text,
            "helo" => relay.helo = text,
            "rdns" => relay.rdns = text,
            "by" => relay.by = text,
            "ident" => text.trim_end_matches('@').clone_into(&mut relay.ident),
            "both" => {
                relay.helo.clone_from(&text);
                relay.rdns = text;
            }
            // Exim's remarks: `helo=… ident=…`
            "remarks" => {
                if relay.helo.is_empty() {
                    relay.helo.clone_from(&relay.rdns);
                }
                for remark in text.split_ascii_whitespace() {
                    if let Some(helo) = remark.split("helo=").nth(1) {
                        helo.clone_into(&mut relay.helo);
                    }
                    if let Some(ident) = remark.split("ident=").nth(1) {
                        ident.clone_into(&mut relay.ident);
                    }
                }
            }
            _ => {}
        }
    }
    if shape.row.ident_in_name
        && let Some((ident, name)) = relay.rdns.clone().split_once('@')
    {
        ident.trim_start_matches("IDENT:").clone_into(&mut relay.ident);
        name.clone_into(&mut relay.rdns);
    }
    if shape.row.unknown_is_none {
        looked_up = relay.rdns != "unknown";
        if !looked_up {
            relay.rdns.clear();
        }
    }
    if relay.rdns == "softdnserr" {
        looked_up = false;
    }
    finish(relay, looked_up)
}

fn finish(mut relay: Relay, looked_up: bool) -> Read {
    relay.rdns = relay.rdns.trim_end_matches('.').to_owned();
    if relay.rdns.eq_ignore_ascii_case("unknown") || relay.rdns.starts_with('[') {
        relay.rdns.clear();
    }
    let mut ip = relay.ip.as_str();
    if ip.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("ipv6:")) {
        ip = &ip[5..];
    }
    let ip = ip.trim_start_matches('[').trim_end_matches(']');
    let ip = ip.split('%').next().unwrap_or_default();
    relay.ip = group(&MAPPED, ip.as_bytes()).unwrap_or_else(|| ip.to_owned());
    relay.by = relay.by.trim_end_matches(';').to_owned();
    for text in [&mut relay.ip, &mut relay.rdns, &mut relay.helo, &mut relay.by, &mut relay.ident] {
        *text = plain(text);
    }
    relay.envelope_from =
        relay.envelope_from.map(|text| plain(text.trim_start_matches([' ', '<']).trim_end_matches(['>', ' '])));
    relay.no_reverse_name = relay.rdns.is_empty() && looked_up;
    relay.is_private = is_private(relay.ip.as_bytes());
    Read::Relay(Box::new(relay))
}

/// Without what would look like the end of an entry.
fn plain(text: &str) -> String {
    let odd = |c: char| c.is_ascii_whitespace() || "\0#[]()<>|".contains(c);
    text.chars().map(|c| if odd(c) { '!' } else { c }).collect()
}

fn authentication(line: &[u8]) -> Option<String> {
    let has_by = contains(line, b" by ");
    if has_by && let Some(found) = group(&WITH_AUTH, line) {
        return Some(found);
    }
    if let Some(found) = group(&AUTH_LOGIN, line) {
        return Some(found);
    }
    if contains(line, b"authenticated") && AUTHENTICATED.is_match(line) {
        return Some("Sendmail".into());
    }
    if let Some(server) = group(&AUTH_SENDER, line) {
        return Some(if server == "Postfix" { server } else { format!("Postfix ({server})") });
    }
    if contains(line, b" (account ") && COMMUNIGATE.is_match(line) {
        return Some("Communigate".into());
    }
    if contains(line, b" with Microsoft Exchange Server HTTP-DAV") {
        return Some("HTTP-DAV".into());
    }
    if has_by { group(&VIA_HTTP, line) } else { None }
}

/// Whether a text is an IPv4 address that is not private.
pub(crate) fn is_public_v4(text: &str) -> bool {
    is_v4(text.as_bytes()) && !is_private(text.as_bytes())
}
