//! Every key of `sekisho.toml` in one visible table: its default, what kind of value it takes, what it is for.
//! The shipped `sekisho.toml` and the manual are made from this table, and a test compares them.

use super::lists::LIST_KEYS;

/// What a value must look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// A text, or nothing (`""`).
    OptionalText,
    /// `address:port`, a list of them, or `""` for none.
    Addresses,
    /// A path, or `""`.
    Path,
    /// A whole number, 0 or more.
    Number,
    /// A number, with decimals or without.
    Decimal,
    /// `true` or `false`.
    Switch,
    /// A list of texts.
    Texts,
    /// One of these words.
    Word(&'static [&'static str]),
}

/// One key.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// The table it stands in.
    pub table: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Its default, as TOML.
    pub default: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// What it is for.
    pub about: &'static str,
}

pub(super) const fn key(
    table: &'static str,
    name: &'static str,
    default: &'static str,
    kind: Kind,
    about: &'static str,
) -> Key {
    Key { table, name, default, kind, about }
}

/// What each table is about, in the order in which the shipped file shows them.
pub const TABLES: &[(&str, &str)] = &[
    ("listen", "Where Sekisho listens. A text such as \"127.0.0.1:25\", a list of them, or \"\" for nowhere."),
    ("data", "Where Sekisho keeps what it remembers. One running Sekisho owns this folder."),
    ("operator", "Whose checkpoint this is."),
    ("smtp", "How SMTP and LMTP are spoken."),
    ("door", "What is looked at before there is a message. Sessions that signed in, and LMTP, are let by."),
    ("tls", "Certificate for STARTTLS and for the portal."),
    ("onward", "How mail is handed to the next hop."),
    ("release", "How held mail is delivered after all."),
    ("dns", "Where names are looked up."),
    ("signatures", "Signatures of reported mail, by which its variants are found."),
    ("links", "What is known of addresses on the web. Files are read again when they change."),
    ("clamd", "The virus scanner."),
    ("yara", "YARA rules, run by a worker process of their own (`make yara-worker`)."),
    ("portal", "The web pages."),
    ("rules", "Rules beside those that come with the program."),
    ("replay", "Trying rules on mail of the last days."),
    ("milter", "How a mail server is answered by milter."),
    ("rspamd", "The HTTP interface in rspamd's dialect."),
    ("log", "What is logged."),
];

/// The keys of `[[domain]]`.
pub const DOMAIN_KEYS: &[Key] = &[
    key("domain", "name", "\"example.jp\"", Kind::Text, "The domain that mail is taken for."),
    key(
        "domain",
        "next_hop",
        "\"smtp:127.0.0.1:10025\"",
        Kind::Text,
        "Where its mail goes: smtp:host:port, lmtp:host:port, lmtp:/socket or maildir:DIR.",
    ),
    key(
        "domain",
        "known",
        "\"\"",
        Kind::Word(&["", "table", "next_hop", "any"]),
        "How its recipients are known: table (only addresses in the directory), next_hop (the next hop is asked), any. \
         \"\": next_hop, and any for a Maildir.",
    ),
    key(
        "domain",
        "catch_all",
        "\"\"",
        Kind::OptionalText,
        "With known = \"table\": the address that gets mail for unknown ones.",
    ),
    key(
        "domain",
        "detail",
        "\"+\"",
        Kind::OptionalText,
        "What separates user and detail in user+detail; \"\": no details.",
    ),
    key(
        "domain",
        "operator",
        "\"\"",
        Kind::OptionalText,
        "Whose domain, where one installation serves several operators.",
    ),
];

/// Every key outside `[[domain]]`.
pub const KEYS: &[Key] = &[
    key("listen", "smtp", "\"127.0.0.1:25\"", Kind::Addresses, "SMTP from other mail servers."),
    key(
        "listen",
        "lmtp",
        "\"\"",
        Kind::Addresses,
        "LMTP from a mail server in front: address:port, or the path of a Unix socket.",
    ),
    key(
        "listen",
        "milter",
        "\"\"",
        Kind::Addresses,
        "Milter for a mail server that keeps the message (Postfix, Sendmail): address:port, or the path of a Unix socket.",
    ),
    key(
        "listen",
        "policy",
        "\"\"",
        Kind::Addresses,
        "Postfix policy delegation, the door alone: address:port, or the path of a Unix socket.",
    ),
    key(
        "listen",
        "portal",
        "\"127.0.0.1:8080\"",
        Kind::Addresses,
        "The web pages. Plain on loopback and behind `portal.proxies`; elsewhere [tls] is needed.",
    ),
    key(
        "listen",
        "rspamd",
        "\"127.0.0.1:11333\"",
        Kind::Addresses,
        "HTTP in rspamd's dialect: /checkv2, /learnspam, /learnham, /symbols, /actions, /history, /stat, /ping; and \
         Exim's variant=rspamd.",
    ),
    key(
        "listen",
        "spamd",
        "\"\"",
        Kind::Addresses,
        "The protocol of SpamAssassin's clients (spamc, Exim): address:port, or the path of a Unix socket.",
    ),
    key("listen", "metrics", "\"127.0.0.1:9333\"", Kind::Addresses, "Prometheus /metrics, and /healthy and /ready."),
    key(
        "listen",
        "control",
        "\"\"",
        Kind::Path,
        "Unix socket that the other sekisho commands speak to. \"\": control.sock in the data folder.",
    ),
    key(
        "listen",
        "socket_mode",
        "\"0666\"",
        Kind::Text,
        "Who may connect to the Unix sockets of lmtp, milter, policy and spamd, as chmod has it: mail servers run as \
         another user. \"0660\" leaves it to the owner and group of Sekisho, and to the folder.",
    ),
    key("data", "dir", "\"/var/lib/sekisho\"", Kind::Path, "The folder."),
    key("data", "decision_days", "30", Kind::Number, "Days that decisions are kept."),
    key("operator", "name", "\"Sekisho\"", Kind::Text, "Name of the operator, shown to people."),
    key("operator", "time_zone", "\"Asia/Tokyo\"", Kind::Text, "IANA time zone for calendar limits and screens."),
    key(
        "operator",
        "filter_by_default",
        "false",
        Kind::Switch,
        "Filter the mail of people who have said nothing. Only lawful when all of `conditions` are true.",
    ),
    key(
        "operator",
        "conditions",
        "[]",
        Kind::Texts,
        "Which of the five published conditions for filtering by default are fulfilled: changeable_any_time, \
         same_terms_otherwise, scope_is_limited, typically_agreeable, told_beforehand.",
    ),
    key(
        "smtp",
        "hostname",
        "\"\"",
        Kind::OptionalText,
        "Our name in greetings, trace fields and results. \"\": the machine's name.",
    ),
    key("smtp", "size", "52428800", Kind::Number, "Octets of the largest message that is taken (SIZE)."),
    key("smtp", "recipients", "100", Kind::Number, "Recipients of one transaction."),
    key("smtp", "connections", "1000", Kind::Number, "Connections at a time."),
    key("smtp", "connections_per_network", "50", Kind::Number, "Connections at a time from one /24 or /48."),
    key(
        "smtp",
        "command_seconds",
        "300",
        Kind::Number,
        "Seconds that a peer may be silent between commands (RFC 5321 §4.5.3.2.7).",
    ),
    key("smtp", "data_seconds", "600", Kind::Number, "Seconds that one message may take to arrive."),
    key("smtp", "errors", "20", Kind::Number, "Wrong commands after which a session is ended."),
    key(
        "smtp",
        "greet_delay_ms",
        "0",
        Kind::Number,
        "Milliseconds before the greeting, in which a peer that speaks too early gives itself away.",
    ),
    key(
        "smtp",
        "bare_newline",
        "\"refuse\"",
        Kind::Word(&["refuse", "normalise"]),
        "What happens to a message with a CR or LF of its own: refuse it, or make it CRLF. It is never relayed as it is.",
    ),
    key(
        "smtp",
        "proxy_from",
        "[]",
        Kind::Texts,
        "Networks from which the PROXY protocol (v1, v2) is believed, and expected.",
    ),
    key("smtp", "xclient_from", "[]", Kind::Texts, "Networks from which XCLIENT and XFORWARD are believed."),
    key(
        "door",
        "trusted",
        "[\"127.0.0.0/8\", \"::1/128\"]",
        Kind::Texts,
        "Networks that are let by: our own servers, and those in front of us.",
    ),
    key(
        "door",
        "modes",
        "[]",
        Kind::Texts,
        "Modes of controls, as \"control=off\", observe, label or enforce. What is not here is as shipped: \
         reception_limit, unknown_recipients, blocklist and allowlist enforce, the others observe.",
    ),
    key(
        "door",
        "then",
        "[]",
        Kind::Texts,
        "What follows from a reason, as \"limit-ip=slow:20s\": nothing, slow, slow:SECONDSs, defer or refuse. \
         docs/controls.md lists the reasons.",
    ),
    key(
        "door",
        "defer_unknown",
        "[]",
        Kind::Texts,
        "Controls with which the peer has to come again when they cannot see; with the others it passes.",
    ),
    key(
        "door",
        "limits",
        "[]",
        Kind::Texts,
        "How many messages are taken in a time, as \"ip=100/1h\": ip, network, sender, sender_domain, recipient; s, m, h \
         or d. \"OPERATOR: ip=50/1h\" is for the mail of one operator.",
    ),
    key("door", "network_ipv4", "24", Kind::Number, "Bits of the prefix that makes an IPv4 network."),
    key("door", "network_ipv6", "48", Kind::Number, "Bits of the prefix that makes an IPv6 network."),
    key(
        "door",
        "dynamic_ranges",
        "[]",
        Kind::Texts,
        "Files of ranges whose addresses change, as their operators declare them: 192.0.2.0/24 and a comment to a line, \
         !192.0.2.128/25 for what is not. Read again when they change.",
    ),
    key(
        "door",
        "dynamic_names",
        "[]",
        Kind::Texts,
        "Patterns of reverse names of such addresses, as \"*.pool.example.net\", beside those that are known.",
    ),
    key(
        "door",
        "dynamic_except",
        "[]",
        Kind::Texts,
        "Networks, and patterns of reverse names, that are not taken for such.",
    ),
    key(
        "door",
        "greylist",
        "\"suspicious\"",
        Kind::Word(&["suspicious", "everyone"]),
        "Which new senders are asked to come again, where greylisting is in force (`modes`): those that look suspicious \
         and prove nothing, or everyone.",
    ),
    key("door", "greylist_minutes", "5", Kind::Number, "Minutes after which they may come again."),
    key("door", "greylist_retry_hours", "48", Kind::Number, "Hours after which they have to begin anew."),
    key("door", "greylist_days", "35", Kind::Number, "Days for which one that came again is remembered."),
    key(
        "door",
        "greylist_learned",
        "3",
        Kind::Number,
        "Times that a source came again, after which it is asked no more.",
    ),
    key(
        "door",
        "callout",
        "false",
        Kind::Switch,
        "The sender's own mail server is asked whether the address in MAIL FROM exists. Each question costs a stranger a \
         session; many do not like it.",
    ),
    key("door", "callout_per_minute", "10", Kind::Number, "Questions to one server in a minute."),
    key("door", "callout_timeout_ms", "4000", Kind::Number, "Milliseconds that one question may take."),
    key("door", "gather_ms", "5000", Kind::Number, "Milliseconds that the facts of one stage may take to gather."),
    key("door", "longest_pause_seconds", "60", Kind::Number, "Seconds that an answer is slowed at most."),
    key(
        "door",
        "slowed",
        "500",
        Kind::Number,
        "Sessions that wait for a slowed answer at a time. Beyond, they are told to come again.",
    ),
    key(
        "door",
        "cannot_slow",
        "\"pass\"",
        Kind::Word(&["pass", "defer"]),
        "What happens instead of slowing where that would block a mail server (milter, policy service).",
    ),
    key(
        "door",
        "unknown_tolerated",
        "5",
        Kind::Number,
        "Recipients that do not exist for which any source may ask in a time before it is noticed.",
    ),
    key(
        "door",
        "unknown_refused_from",
        "20",
        Kind::Number,
        "Recipients that do not exist from which on a source is refused for a while.",
    ),
    key("door", "unknown_refused_hours", "4", Kind::Number, "Hours for which it is refused; it doubles each time."),
    key("door", "unknown_refused_most_hours", "72", Kind::Number, "Hours for which it is refused at most."),
    key(
        "door",
        "unknown_in_message",
        "10",
        Kind::Number,
        "Recipients of one message that do not exist, from which it is refused if they are also more than those that \
         do. 0: never.",
    ),
    key(
        "door",
        "as_numbers",
        "\"\"",
        Kind::Path,
        "File that says which autonomous system announces which prefix (192.0.2.0/24 64496), for reputation. \"\": none.",
    ),
    key(
        "door",
        "reputation_half_life_days",
        "7",
        Kind::Number,
        "Days after which what came of a source's mail counts half.",
    ),
    key(
        "door",
        "memory_mb",
        "1500",
        Kind::Number,
        "MB of memory for what the door remembers, at most. Needs a restart.",
    ),
    key("tls", "certificate", "\"\"", Kind::Path, "PEM file with the certificate chain. \"\": no STARTTLS."),
    key("tls", "key", "\"\"", Kind::Path, "PEM file with its private key."),
    key(
        "onward",
        "idle_seconds",
        "30",
        Kind::Number,
        "Seconds that an idle connection to a next hop is kept for the next message.",
    ),
    key(
        "onward",
        "tls",
        "\"may\"",
        Kind::Word(&["off", "may"]),
        "STARTTLS to the next hop: off, or where it is offered.",
    ),
    key(
        "release",
        "via",
        "\"\"",
        Kind::OptionalText,
        "An unfiltered way in, such as smtp:127.0.0.1:10026. \"\": the next hop of the domain.",
    ),
    key(
        "dns",
        "servers",
        "[]",
        Kind::Texts,
        "Resolvers as address:port. []: those of /etc/resolv.conf. [\"off\"]: no look-ups at all; what needs them is then unknown.",
    ),
    key(
        "links",
        "lists",
        "[]",
        Kind::Texts,
        "Lists of addresses by category, as \"category=FILE\", or \"FILE\" for CSV with a category in each line. Plain \
         (host, domain or address to a line), hosts files, CSV and response policy zones are recognised.",
    ),
    key(
        "links",
        "brands",
        "\"\"",
        Kind::Path,
        "TOML file with more protected brands: [[brand]] with name, words, domains and optionally hosts.",
    ),
    key("dns", "timeout_ms", "5000", Kind::Number, "Milliseconds that one question may take."),
    key(
        "signatures",
        "sets",
        "[]",
        Kind::Texts,
        "Files of signature sets, and folders in which all *.sigs are taken. Read again on reload; a set that cannot be read stays as it was.",
    ),
    key(
        "signatures",
        "trusted_keys",
        "[]",
        Kind::Texts,
        "Public keys of those whose sets are taken, 64 hexadecimal digits each (`sekisho signatures key` prints one's own).",
    ),
    key("signatures", "days", "90", Kind::Number, "Days for which a signature that is added here holds."),
    key(
        "signatures",
        "from_teaching",
        "false",
        Kind::Switch,
        "What staff teach as spam also makes signatures, and what they teach as wanted withdraws those that it holds.",
    ),
    key(
        "clamd",
        "address",
        "\"\"",
        Kind::OptionalText,
        "Where clamd listens: host:port, or the path of its socket. \"\": no virus check.",
    ),
    key(
        "clamd",
        "size",
        "26214400",
        Kind::Number,
        "Octets of the largest message that is sent to it; larger ones are unknown, never clean. At most clamd's StreamMaxLength.",
    ),
    key("clamd", "timeout_ms", "10000", Kind::Number, "Milliseconds that one answer may take; then it is unknown."),
    key(
        "yara",
        "rules",
        "[]",
        Kind::Texts,
        "Files of YARA rules. []: none. `meta: points = 2.5` or `certain = true` says what one is worth.",
    ),
    key(
        "yara",
        "worker",
        "\"\"",
        Kind::Path,
        "The worker's program. \"\": sekisho-yara-worker in the folder of this program.",
    ),
    key("yara", "workers", "1", Kind::Number, "Workers at a time."),
    key(
        "yara",
        "memory_mb",
        "512",
        Kind::Number,
        "Mebibytes that one worker may use; beyond, it ends and the answer is unknown.",
    ),
    key(
        "yara",
        "timeout_ms",
        "2000",
        Kind::Number,
        "Milliseconds for one attachment; then the worker is ended and the answer is unknown.",
    ),
    key(
        "yara",
        "size",
        "16777216",
        Kind::Number,
        "Octets of the largest attachment that is looked at; larger ones are unknown.",
    ),
    key("clamd", "connections", "10", Kind::Number, "Connections to it at a time; at most clamd's MaxThreads."),
    key(
        "rules",
        "spamassassin",
        "[]",
        Kind::Texts,
        "SpamAssassin's rule files, or folders of them (all *.pre, then all *.cf, by name), such as \
         [\"/etc/spamassassin\", \"/usr/share/spamassassin\"]. Their scores count as points. []: none.",
    ),
    key(
        "portal",
        "url",
        "\"\"",
        Kind::OptionalText,
        "Address of the pages as people see it, for links in mail. \"\": made from `listen.portal`.",
    ),
    key(
        "portal",
        "proxies",
        "[]",
        Kind::Texts,
        "Networks of reverse proxies whose X-Forwarded-For and X-Forwarded-Proto are believed.",
    ),
    key(
        "replay",
        "ring_mb",
        "0",
        Kind::Number,
        "MB of delivered messages that are kept, encrypted, for trying new rules on them: only of people whose own \
         settings say `keep_recent`. 0: none.",
    ),
    key(
        "rules",
        "files",
        "[]",
        Kind::Texts,
        "Files with your own rules (`sekisho rules test FILE`, `sekisho replay --with FILE`). A file that cannot be used \
         leaves the last good rules in force.",
    ),
    key(
        "milter",
        "on_fault",
        "\"defer\"",
        Kind::Word(&["defer", "accept", "quarantine"]),
        "What happens to a message that cannot be judged: defer (the sender comes again), accept (it passes unjudged), \
         quarantine (the mail server's own; Postfix: the hold queue).",
    ),
    key(
        "milter",
        "authenticated",
        "\"pass\"",
        Kind::Word(&["pass", "judge"]),
        "Mail of senders that gave the mail server a password: pass, or judge it for recipients that are ours.",
    ),
    key(
        "milter",
        "connections",
        "1000",
        Kind::Number,
        "Connections of mail servers at once, by milter and by policy delegation each. Postfix has one for each session.",
    ),
    key(
        "milter",
        "idle_seconds",
        "7210",
        Kind::Number,
        "How long a mail server may say nothing by milter; its own client may be slow.",
    ),
    key(
        "rspamd",
        "password",
        "\"\"",
        Kind::OptionalText,
        "Password for everything but checks and /ping from elsewhere than loopback. \"\": loopback only.",
    ),
    key(
        "log",
        "format",
        "\"text\"",
        Kind::Word(&["text", "json"]),
        "One line per decision, for people or for machines.",
    ),
    key("log", "level", "\"info\"", Kind::Word(&["error", "warn", "info", "debug"]), "What is logged."),
];

/// A key by table and name.
pub fn find(table: &str, name: &str) -> Option<&'static Key> {
    KEYS.iter().chain(DOMAIN_KEYS).chain(LIST_KEYS).find(|key| key.table == table && key.name == name)
}

/// The shipped `sekisho.toml`: every key, commented out, with its default.
pub fn shipped() -> String {
    let mut out = String::from(
        "# Sekisho. Every key stands here with its default, commented out.\n\
         # `sekisho config check` reads this file and says what is wrong with it;\n\
         # `sekisho config show` prints every value in force and where it came from.\n",
    );
    for (table, about) in TABLES {
        out.push_str(&format!("\n# {about}\n[{table}]\n"));
        for key in KEYS.iter().filter(|key| key.table == *table) {
            push_key(&mut out, key);
        }
    }
    out.push_str(
        "\n# One for each DNS list that is asked. Each tests itself, and is not asked while it does not pass.\n",
    );
    out.push_str("# [[door.lists]]\n");
    for key in LIST_KEYS {
        push_key(&mut out, key);
    }
    out.push_str("\n# One for each domain that mail is taken for.\n# [[domain]]\n");
    for key in DOMAIN_KEYS {
        push_key(&mut out, key);
    }
    out
}

fn push_key(out: &mut String, key: &Key) {
    let mut line = String::from("#");
    for word in key.about.split_whitespace() {
        if line.chars().count() + word.chars().count() > 110 {
            out.push_str(&line);
            out.push('\n');
            line = String::from("#");
        }
        line.push(' ');
        line.push_str(word);
    }
    out.push_str(&line);
    out.push('\n');
    if let Kind::Word(words) = key.kind {
        let words: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
        out.push_str(&format!("# One of {}.\n", words.join(", ")));
    }
    out.push_str(&format!("#{} = {}\n", key.name, key.default));
}
