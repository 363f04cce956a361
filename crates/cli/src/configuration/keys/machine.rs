//! The machine and whose it is: `[data]`, `[operator]`, `[tls]`, `[dns]`, `[portal]`, `[log]`.

use super::{Key, Kind, key};

/// Keys of the machine and its operator.
pub(super) const MACHINE: &[Key] = &[
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
    key("tls", "certificate", "\"\"", Kind::Path, "PEM file with the certificate chain. \"\": no STARTTLS."),
    key("tls", "key", "\"\"", Kind::Path, "PEM file with its private key."),
    key(
        "dns",
        "servers",
        "[]",
        Kind::Texts,
        "Resolvers as address:port. []: those of /etc/resolv.conf. [\"off\"]: no look-ups at all; what needs them is then unknown.",
    ),
    key("dns", "timeout_ms", "5000", Kind::Number, "Milliseconds that one question may take."),
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
        "portal",
        "countries",
        "\"\"",
        Kind::Path,
        "File of networks with their countries for the header viewer: a network and two letters on a line, such as \
         192.0.2.0/24,JP. Read at the start and by reload. \"\": countries are not known.",
    ),
    key(
        "portal",
        "api_per_minute",
        "600",
        Kind::Number,
        "Requests a minute that one program may make with its token; more are answered with 429 and Retry-After.",
    ),
    key(
        "digest",
        "per_second",
        "50",
        Kind::Number,
        "Digests and notices handed to the next hop each second, at most. 50 are 180000 in an hour.",
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
