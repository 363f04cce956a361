//! How mail is taken, asked about and handed on: `[listen]`, `[smtp]`, `[onward]`, `[release]`, `[milter]`, `[rspamd]`,
//! `[[domain]]`.

use super::{Key, Kind, key};

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

/// Keys of the faces and the ways onward.
pub(super) const FACES: &[Key] = &[
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
];
