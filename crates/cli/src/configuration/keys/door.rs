//! What is looked at before there is a message: `[door]`.

use super::{Key, Kind, key};

/// Keys of the door.
pub(super) const DOOR: &[Key] = &[
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
];
