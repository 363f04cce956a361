//! What looks at a message: `[signatures]`, `[links]`, `[clamd]`, `[yara]`, `[rules]`, `[replay]`.

use super::{Key, Kind, key};

/// Keys of what looks at content.
pub(super) const CONTENT: &[Key] = &[
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
    key("clamd", "connections", "10", Kind::Number, "Connections to it at a time; at most clamd's MaxThreads."),
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
    key(
        "rules",
        "spamassassin",
        "[]",
        Kind::Texts,
        "SpamAssassin's rule files, or folders of them (all *.pre, then all *.cf, by name), such as \
         [\"/etc/spamassassin\", \"/usr/share/spamassassin\"]. Their scores count as points. []: none.",
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
        "replay",
        "ring_mb",
        "0",
        Kind::Number,
        "MB of delivered messages that are kept, encrypted, for trying new rules on them: only of people whose own \
         settings say `keep_recent`. 0: none.",
    ),
];
