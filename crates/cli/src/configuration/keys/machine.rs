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
        "tls",
        "roots",
        "\"/etc/ssl/certs/ca-certificates.crt\"",
        Kind::Path,
        "PEM file with the certification authorities that are trusted where Sekisho itself asks a server by https.",
    ),
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
        "second_factor",
        "[]",
        Kind::Texts,
        "Staff roles that sign in with a second factor only: viewer, support, administrator. Who has none sets one up \
         first.",
    ),
    key(
        "portal",
        "without_password",
        "[]",
        Kind::Texts,
        "Staff roles that do not come in by a password once they have a passkey or come by the OpenID provider: viewer, \
         support, administrator.",
    ),
    key(
        "portal",
        "sms_url",
        "\"\"",
        Kind::OptionalText,
        "Gateway that sends one-time codes to telephones: the address to which a request is posted. \"\": none.",
    ),
    key(
        "portal",
        "sms_body",
        "'{\"to\":\"{number}\",\"text\":\"{text}\"}'",
        Kind::Text,
        "What is posted: {number} stands for the number (+819012345678), {text} for the message, each written as the \
         type asks for.",
    ),
    key("portal", "sms_type", "\"application/json\"", Kind::Text, "Content-Type of what is posted."),
    key("portal", "sms_authorization", "\"\"", Kind::OptionalText, "Authorization field, such as Bearer and a key."),
    key("portal", "sms_seconds", "10", Kind::Number, "Seconds that the gateway may take; then the code goes by mail."),
    key(
        "portal",
        "sms_country",
        "\"+81\"",
        Kind::Text,
        "What a number begins with that people write with a 0 in front.",
    ),
    key(
        "portal",
        "oidc_issuer",
        "\"\"",
        Kind::OptionalText,
        "OpenID provider at which staff sign in, as it names itself: https://id.example.jp. Needs `portal.url`, and a \
         Sekisho built with the feature oidc. What it sends people back to is /staff/sign-in/oidc/back. \"\": none.",
    ),
    key("portal", "oidc_client_id", "\"\"", Kind::OptionalText, "What the provider calls Sekisho."),
    key("portal", "oidc_client_secret", "\"\"", Kind::OptionalText, "Sekisho's password there. \"\": none."),
    key("portal", "oidc_name", "\"OpenID\"", Kind::Text, "What staff call the provider."),
    key(
        "portal",
        "oidc_claim",
        "\"email\"",
        Kind::Text,
        "Claim that holds the sign-in name of staff when they come for the first time. From then on the provider's own \
         name for them counts. email is taken only where the provider has verified it.",
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
