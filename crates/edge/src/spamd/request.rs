//! The head of a request: `CHECK SPAMC/1.5` and fields, or `CHECK RSPAMC/1.3` as Exim's `variant=rspamd` says it. Pure.

use axum::http::{HeaderMap, HeaderName, HeaderValue};

/// Octets of a head.
pub const HEAD_OCTETS: usize = 128 << 10;
/// Fields of a SPAMC head; an RSPAMC head may name a recipient in each.
const FIELDS: usize = 255;
/// Fields of an RSPAMC head.
const FIELDS_WITH_RECIPIENTS: usize = crate::rspamd_http::request::MOST_RECIPIENTS + 100;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Is it spam.
    Check,
    /// What was found.
    Symbols,
    /// Why, for people.
    Report,
    /// Why, only if it is.
    ReportIfSpam,
    /// The message with the result in it.
    Process,
    /// Only its header section.
    Headers,
    /// Are you there.
    Ping,
    /// The client changed its mind.
    Skip,
    /// Learn, or take back.
    Tell,
}

const VERBS: [(&str, Verb); 9] = [
    ("CHECK", Verb::Check),
    ("SYMBOLS", Verb::Symbols),
    ("REPORT", Verb::Report),
    ("REPORT_IFSPAM", Verb::ReportIfSpam),
    ("PROCESS", Verb::Process),
    ("HEADERS", Verb::Headers),
    ("PING", Verb::Ping),
    ("SKIP", Verb::Skip),
    ("TELL", Verb::Tell),
];

/// Which of the two protocols.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// spamc's, with the version times ten: 1.5 is 15.
    Spamc(u32),
    /// rspamd's older one.
    Rspamc,
}

/// What a class of mail is to be learned as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageClass {
    /// Spam.
    Spam,
    /// Not spam.
    Ham,
}

/// A head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// What is asked for.
    pub verb: Verb,
    /// In which protocol.
    pub dialect: Dialect,
    /// `Content-length`.
    pub length: Option<u64>,
    /// `Compress: zlib`.
    pub compressed: bool,
    /// `User`, as it stands there.
    pub user: Option<String>,
    /// `Message-class`.
    pub class: Option<MessageClass>,
    /// `Set` names `local`.
    pub set_local: bool,
    /// `Remove` names `local`.
    pub remove_local: bool,
    /// All fields, for what the RSPAMC dialect says of the envelope.
    pub fields: HeaderMap,
}

/// Whether these first octets of a connection begin such a request.
pub fn is_spoken(first: &[u8]) -> bool {
    let line = first.split(|octet| *octet == b'\n').next().unwrap_or_default();
    let mut words = line.split(|octet| *octet == b' ');
    let verb = words.next().unwrap_or_default();
    let protocol = words.next().unwrap_or_default();
    VERBS.iter().any(|(name, _)| name.as_bytes() == verb)
        && (protocol.starts_with(b"SPAMC/") || protocol.starts_with(b"RSPAMC/"))
}

/// The first line: what is asked for, and how.
pub fn first_line(line: &str) -> Result<(Verb, Dialect), String> {
    let bad = || line.chars().take(80).collect::<String>();
    let (verb, protocol) = line.trim_end().split_once(' ').ok_or_else(bad)?;
    let (_, verb) = VERBS.iter().find(|(name, _)| *name == verb).ok_or_else(bad)?;
    let dialect = match protocol.split_once('/') {
        Some(("RSPAMC", _)) => Dialect::Rspamc,
        Some(("SPAMC", version)) => Dialect::Spamc(version_of(version).ok_or_else(bad)?),
        _ => return Err(bad()),
    };
    Ok((*verb, dialect))
}

/// `1.5` as 15.
fn version_of(text: &str) -> Option<u32> {
    let (major, minor) = text.trim().split_once('.').unwrap_or((text.trim(), "0"));
    let (major, minor): (u32, u32) = (major.parse().ok()?, minor.parse().ok()?);
    (major < 100 && minor < 10).then_some(major * 10 + minor)
}

impl Head {
    /// Reads a whole head, the empty line left out. `Err` is what the peer is told.
    pub fn parse(head: &[u8]) -> Result<Self, String> {
        let text = String::from_utf8_lossy(head);
        let mut lines = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
        let (verb, dialect) = first_line(lines.next().unwrap_or_default())?;
        let most = match dialect {
            Dialect::Spamc(_) => FIELDS,
            Dialect::Rspamc => FIELDS_WITH_RECIPIENTS,
        };
        let mut head = Self {
            verb,
            dialect,
            length: None,
            compressed: false,
            user: None,
            class: None,
            set_local: false,
            remove_local: false,
            fields: HeaderMap::new(),
        };
        for (count, line) in lines.filter(|line| !line.is_empty()).enumerate() {
            if count >= most {
                return Err("(too many headers)".into());
            }
            let (name, value) = line.split_once(':').ok_or("(header not in 'Name: value' format)")?;
            head.take(name.trim(), value.trim())?;
        }
        Ok(head)
    }

    fn take(&mut self, name: &str, value: &str) -> Result<(), String> {
        let lower = value.to_ascii_lowercase();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => {
                let length = value.parse().map_err(|_| "(Content-Length contains non-numeric bytes)")?;
                if self.length.is_some_and(|before| before != length) {
                    return Err("(two different Content-Length headers)".into());
                }
                self.length = Some(length);
            }
            "user" => self.user = Some(value.to_owned()),
            "compress" if lower == "zlib" => self.compressed = true,
            "compress" => return Err(format!("(compression type not supported: {value})")),
            "message-class" => {
                self.class = Some(match lower.as_str() {
                    "spam" => MessageClass::Spam,
                    "ham" => MessageClass::Ham,
                    _ => return Err("(Message-class header contains invalid class)".into()),
                });
            }
            "set" => self.set_local = names_local(&lower),
            "remove" => self.remove_local = names_local(&lower),
            _ => {}
        }
        // What cannot stand in a field of HTTP says nothing of an envelope either.
        let field = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value));
        if let (Ok(name), Ok(value)) = field {
            self.fields.append(name, value);
        }
        Ok(())
    }
}

fn names_local(list: &str) -> bool {
    list.split(',').any(|one| one.trim() == "local")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_read() {
        let head =
            Head::parse(b"CHECK SPAMC/1.5\r\nUser: hanako@example.jp\r\nContent-length: 17\r\nCompress: zlib\r\n");
        let head = head.unwrap();
        assert_eq!((head.verb, head.dialect), (Verb::Check, Dialect::Spamc(15)));
        assert_eq!((head.length, head.compressed, head.user.as_deref()), (Some(17), true, Some("hanako@example.jp")));
        let tell = Head::parse(b"TELL SPAMC/1.3\nMessage-class: spam\nSet: local,remote\nRemove: remote\n").unwrap();
        assert_eq!((tell.class, tell.set_local, tell.remove_local), (Some(MessageClass::Spam), true, false));
        let exim = Head::parse(b"CHECK RSPAMC/1.3\r\nRcpt: <a@b.example>\r\nRcpt: <c@b.example>\r\n").unwrap();
        assert_eq!((exim.dialect, exim.fields.get_all("Rcpt").iter().count()), (Dialect::Rspamc, 2));
    }

    #[test]
    fn what_is_wrong_is_told() {
        let rows: [(&[u8], &str); 8] = [
            (b"CHECK HTTP/1.1", "CHECK HTTP/1.1"),
            (b"EAT SPAMC/1.2", "EAT SPAMC/1.2"),
            (b"CHECK SPAMC/x", "CHECK SPAMC/x"),
            (b"", ""),
            (b"CHECK SPAMC/1.2\nContent-length: 1x", "(Content-Length contains non-numeric bytes)"),
            (b"CHECK SPAMC/1.2\nContent-length: 1\nContent-length: 2", "(two different Content-Length headers)"),
            (b"CHECK SPAMC/1.2\nnonsense", "(header not in 'Name: value' format)"),
            (b"CHECK SPAMC/1.2\nCompress: lzma", "(compression type not supported: lzma)"),
        ];
        for (head, told) in rows {
            assert_eq!(Head::parse(head).unwrap_err(), told, "{:?}", String::from_utf8_lossy(head));
        }
        let many = format!("CHECK SPAMC/1.2\n{}", "X: y\n".repeat(300));
        assert_eq!(Head::parse(many.as_bytes()).unwrap_err(), "(too many headers)");
    }

    #[test]
    fn http_is_told_apart() {
        for first in
            [&b"CHECK SPAMC/1.2\r\n"[..], b"CHECK RSPAMC/1.3", b"REPORT_IFSPAM SPAMC/1.5\r\nUser", b"PING SPAMC/"]
        {
            assert!(is_spoken(first), "{:?}", String::from_utf8_lossy(first));
        }
        for first in [&b"POST /checkv2 HTTP/1.1\r\n"[..], b"CHECK /x HTTP/1.1", b"GET SPAMC/1.2", b"", b"CHECK"] {
            assert!(!is_spoken(first), "{:?}", String::from_utf8_lossy(first));
        }
    }
}
