//! Shapes of Received fields, in the order in which they are tried; `{IP}` in a pattern stands for an address. One row
//! is one kind of server (SpamAssassin's Received.pm names them).

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::text::{contains, own};

/// An IP address of either kind.
pub(super) const IP: &str = r"(?i:\b(?:(?:1\d\d|2[0-4]\d|25[0-5]|[1-9]\d|\d)\.){3}(?:1\d\d|2[0-4]\d|25[0-5]|[1-9]\d|\d)\b|(?:IPv6:)?(?:[a-f0-9]{0,4}:){2,7}(?:(?:\d{1,3}\.){3}\d{1,3}|[a-f0-9]{0,4}))";

/// One row: what must stand in the field, its pattern after `from `, and what its groups are.
pub(super) struct Row {
    /// A text without which the pattern is not tried.
    needs: &'static str,
    pattern: &'static str,
    /// What the groups hold, in order.
    pub(super) takes: &'static str,
    /// That server looks names up: an empty one means that there is none.
    pub(super) looked_up: bool,
    /// The name may begin with `IDENT:user@`.
    pub(super) ident_in_name: bool,
    /// `unknown` in place of a name: looked up, and none there.
    pub(super) unknown_is_none: bool,
}

const fn row(needs: &'static str, pattern: &'static str, takes: &'static str) -> Row {
    Row { needs, pattern, takes, looked_up: false, ident_in_name: false, unknown_is_none: false }
}

const fn looked_up(needs: &'static str, pattern: &'static str, takes: &'static str) -> Row {
    Row { looked_up: true, ..row(needs, pattern, takes) }
}

macro_rules! qmail {
    ($start:literal) => {
        concat!(
            $start,
            r"(?: \(envelope-sender <\S+>\))? by (\S+)(?: \(.+\))* with (?:.* )?(?:SMTP|QMQP)(?:[^ ]| [^i]| i[^d]|\z)"
        )
    };
}

const fn qmail(pattern: &'static str, takes: &'static str) -> Row {
    Row { unknown_is_none: true, ..row("", pattern, takes) }
}

const ROWS: &[Row] = &[
    row(" SMTPSVC", r"^(\S*) \(\[({IP})\][^)]{0,40}\) by (\S+) with Microsoft SMTPSVC", "helo ip by"),
    row("Microsoft SMTP Server", r"^(\S+) \(\[?({IP})(?:%[A-Z0-9._~-]*)?\]?\) by (\S+) ", "helo ip by"),
    row(" with mapi id ", r"^(\S+) \(\[?({IP})(?:%[A-Z0-9._~-]*)?\]?\) by (\S+) ", "helo ip by"),
    row("[XMail ", r"^(\S+) \((\[?{IP}\]?)(?::\d+)\) by (\S+)(?: \(\S+\))? with \[XMail", "helo ip by"),
    row("(ecelerity", r"^\(\[({IP}):\d+\] helo=(\S+)\) by (\S+) ", "ip helo by"),
    row("(ecelerity", r"^\S+ \(\[({IP}):\d+\]\) by (\S+) ", "ip by"),
    row("Exim", r"^\[({IP})\] \((.*?)\) by (\S+) ", "ip remarks by"),
    row("Exim", r"^(\S+) \(\[({IP})\](.*?)\) by (\S+) ", "rdns ip remarks by"),
    row("Exim", r"^(\S+) \[({IP})\](?::\d+)? by (\S+) ", "both ip by"),
    looked_up(" (Postfix) with", r"^(\S+) \((\S+) \[({IP})\]\) by (\S+) ", "helo rdns ip by"),
    looked_up(" (Postfix) with", r"^(\S+) \((\S+)\[({IP})\]\) by (\S+) ", "helo rdns ip by"),
    row("(Scalix SMTP Relay", r"^(\S+) \( ?({IP})\) by (\S+)", "helo ip by"),
    row(" (Lotus Domino ", r"^(\S+) \(\[({IP})\]\) by (\S+) \(Lotus", "helo ip by"),
    row("with HTTP", r"^({IP}) \(\[{IP}\]\) by (\S+)", "ip by"),
    Row {
        ident_in_name: true,
        ..looked_up("", r"^(\S+) \((\S+) \[({IP})\].*\) by (\S+) \((?:[^q]|q[^m])", "helo rdns ip by")
    },
    looked_up("", r"^(\S+) \((\S+) \[({IP})\]\) by (\S+) with \S+ \(", "helo rdns ip by"),
    row("helo=", r"^(\S+) \(\[({IP})\] helo=(\S+)\) by (\S+) with ", "rdns ip helo by"),
    row("<unknown", r"^(\S+) \(<unknown\S*>\[({IP})\]\) by (\S+) ", "helo ip by"),
    looked_up("", r"^(\S+) \((\S+\.\S+)\[({IP})\]\) by (\S+) ", "helo rdns ip by"),
    looked_up("@[", r"^(\S+) \((\S*)@\[({IP})\].*\) by (\S+) \(", "helo ident ip by"),
    row(".hotmail.msn.com ", r"^(?:({IP}) )?.*?by (\S+\.hotmail\.msn\.com) ", "ip by"),
    row(
        "(qpsmtpd/",
        r"^(\S+) \((?:HELO|EHLO) (\S*)\) \(({IP})\) by (\S+) \(qpsmtpd/\S+\) with E?SMTP",
        "rdns helo ip by",
    ),
    row("LHLO", r"^(\S+) \(LHLO (\S*)\) \(({IP})\) by (\S+) with LMTP", "rdns helo ip by"),
    row("LO ", r"^(\S+) \((?:HELO|EHLO) (\S*)\) \[({IP})\] by (\S+) \([^)]+\) with E?SMTP", "rdns helo ip by"),
    row("via smtpd (for", r"^(\S+) \(\[({IP})\]\) by (\S+) via smtpd \(for \S+\) with SMTP\(", "helo ip by"),
    qmail(qmail!(r"^(\S+) \((?:HELO|EHLO) ([^ ()]*)\) \((\S*@)\[?({IP})\]?\)"), "rdns helo ident ip by"),
    qmail(qmail!(r"^(\S+) \((?:HELO|EHLO) ([^ ()]*)\) \(\[?({IP})\]?\)"), "rdns helo ip by"),
    qmail(qmail!(r"^(\S+) \((\S*@)\[?({IP})\]?\)"), "both ident ip by"),
    qmail(qmail!(r"^(\S+) \(\[?({IP})\]?\)"), "both ip by"),
    row(" via HTTP", r"^\[({IP})\] by (\S+) via HTTP\z", "ip by"),
    row("( [", r"^(\S+) \( \[({IP})\]\).*? by (\S+) ", "- ip by"),
    row("", r"^\((\S+) \[({IP})\]\) by (\S+) ", "helo ip by"),
    row("", r"^\[({IP})\] by (\S+) ", "ip by"),
    row("", r"^\(\[?({IP})\]?\) by (\S+) ", "ip by"),
    looked_up("", r"^(\S+) \[({IP})\] by (\S+) \[{IP}\] with ", "helo ip by"),
    row("[(", r"^(\S+) \[\(({IP})\)\] by (\S+) \({IP}\) ", "helo ip by"),
    looked_up("", r"^(\S+) \(\[({IP})\]\) by (\S+) \(", "helo ip by"),
    looked_up("", r"^(\S+) \((\S+) \[({IP})\]\).*? by (\S*\w)", "helo rdns ip by"),
    looked_up("", r"^(\S+) \(\[({IP})(?:[.:]\d+)?\]\).*? by (\S+) ", "helo ip by"),
    row("with POP3", "", "fetched"),
    row("with IMAP", "", "fetched"),
    looked_up("LO ", r"^(\S+) \((?:HELO|EHLO) ([^)]*)\) \((\S*@)?\[?({IP})\]?\).* by (\S+) ", "rdns helo ident ip by"),
    looked_up("", r"^(\S+) \((\S*@)?\[?({IP})\]?\).* by (\S+) ", "both ident ip by"),
    row(" with http for ", r"^\[({IP})\] by (\S+) with http for ", "ip by"),
    looked_up(" via smap ", r"^(\S+)\(({IP})\) by (\S+) via smap ", "rdns ip by"),
    looked_up(" via smap ", r"^(\S+)\(({IP}), (?:HELO|EHLO) (\S*)\) by (\S+) via smap ", "rdns ip helo by"),
    row("", r"^({IP}) by (\S+) \((?:SMTPL|InterScan)\b", "ip by"),
    looked_up("LO ", r"^(\S+) \((?:HELO|EHLO) (\S*)\) \((\S+@)?({IP}).*?\) by (\S+) with ", "rdns helo ident ip by"),
    row("LO ", r"^\[({IP})\] \((?:account \S+ )?(?:HELO|EHLO) (\S*)\) by (\S+) \(", "ip helo by"),
    looked_up(" (CommuniGate Pro", r"^(\S+) \(\[({IP})\] verified\) by (\S+) \(", "both ip by"),
    row("", r"^\(\[({IP})\]\) by (\S+) with ", "ip by"),
    row("", r"^([^\d]\S+) \(({IP})\) by (\S+) ", "helo ip by"),
    row("] [", r"^(\S+) \(\[({IP})\] \[\S+\]\) by (\S+) with ", "helo ip by"),
    row("", r"^({IP}) by (\S+) with ", "ip by"),
    looked_up("", r"^(\S+) \((\S+)\[({IP})\]\) by (\S+) ", "helo rdns ip by"),
    row("LO ", r"^\[({IP})\]\S+ \((?:HELO|EHLO) (\S*)\) by (\S+) ", "ip helo by"),
    row("LO ", r"^({IP}) \((?:HELO|EHLO) (\S*)\) by (\S+) ", "ip helo by"),
    row("", r"^(\S+) \[({IP})\] by (\S+) ", "helo ip by"),
    row("", r"^(\S+)\(({IP})\) by (\S+) ", "rdns ip by"),
    row("(unverified ", r"^(\S+) \(unverified \[({IP})\]\) by (\S+) ", "helo ip by"),
    row("", r"^({IP}) \([A-Za-z][^)]+\) by (\S+) with ", "ip by"),
    row("", r"^\[({IP})\] \(([^)]+)\) by (\S+) ", "ip remarks by"),
    row("", r"^(\S+) \((?:\S+@)?({IP})\) by (\S+) with ", "rdns ip by"),
    looked_up(" via ", r#"^(\S+)\(({IP})\)(?:, claiming to be "(\S+)")? via \S+ by (\S+),"#, "rdns ip helo by"),
    row(" with login", r"^(\S+) \(\S+@({IP}) with login\) by (\S+\.yahoo\.com) with SMTP", "helo ip by"),
    row("X-Originating-IP", r"^X-Originating-IP: ({IP})\z", "ip"),
];

/// A row whose pattern is built.
pub(super) struct Shape {
    pub(super) row: &'static Row,
    pub(super) pattern: Regex,
}

impl Shape {
    pub(super) fn fits(&self, text: &[u8]) -> bool {
        contains(text, self.row.needs.as_bytes()) && self.pattern.is_match(text)
    }
}

pub(super) static SHAPES: LazyLock<Vec<Shape>> = LazyLock::new(|| {
    let built = |row: &'static Row| Shape { row, pattern: own(&row.pattern.replace("{IP}", IP)) };
    ROWS.iter().map(built).collect()
});

/// Handovers that say nothing about the path.
pub(super) static IGNORED: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    const LOCALHOST: &str = r"(?:localhost(?:\.localdomain)?|127\.0\.0\.1|::1)";
    [
        r"^\S+ \([^\s@]+@LOCALHOST\) by \S+ \(",
        r"^\S+ \S+ by \S+ with local-e?smtp ",
        r"^127\.0\.0\.1 \(AVG SMTP \S+ \[\S+\]\)",
        r"^\S+@\S+ by \S+ ",
        r"^Unknown/Local \(",
        r"^LOCALHOST \((?:\S+@)?LOCALHOST[)\[]",
        r"^\S+ \((?:\S+@)?LOCALHOST\) ",
        r"^\S+ \(\S+@\S+ \[LOCALHOST\]\) ",
        r"^\(AUTH: \S+\) by \S+ with ",
        r"^localhost \(localhost \[\[UNIX: localhost\]\]\) by ",
        r"^[^.]+ by \S+ with Novell_GroupWise",
        r"^no\.name\.available by \S+ via smtpd \(for ",
        r"^\S+ by \S+ with BSMTP",
        r"^\S+ \(\S+\) by \S+ \(Content Technologies ",
        r"^\S+ by \S+ with local",
        r"^\S+ \(\[unix socket\]\) by \S+ \(Cyrus v[0-9.]*\) with LMTPA",
        r"^\S+ by \S+ (?:with|via|for|\()",
        r"^\S+ (?:(?:with|via|for) \S+|\(unverified\)) by\b",
        r"^\S+ \(unknown\) by \S+ \(SG\) with \b",
        r"^\S+ \(\S+ \[local\]\) by \S+ \(OpenSMTPD\) with \b",
        r"\(LSMTP for",
        r"^\(\[LOCALHOST\]\) with MailEnable ",
        r"^\S+ named \S+ by gmailapi\.google\.com with HTTPREST\z",
        r"^\S+ id \S+\z",
        r"^\[<.*? \(Jetsend",
    ]
    .iter()
    .map(|pattern| own(&pattern.replace("LOCALHOST", LOCALHOST)))
    .collect()
});
