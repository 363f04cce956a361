//! What Postfix is told: one `action=` line and an empty one (access(5)).

use policy::Reply;

/// Says nothing for or against: the next restriction of Postfix decides.
pub(super) const NOTHING: &str = "action=DUNNO\n\n";

/// Reasons that one field names.
const REASONS: usize = 10;

/// What was found becomes a field of the message; nothing found, nothing said.
pub(super) fn prepend(reasons: &[String]) -> String {
    if reasons.is_empty() {
        return NOTHING.to_owned();
    }
    let shown: Vec<&str> = reasons.iter().take(REASONS).map(String::as_str).collect();
    format!("action=PREPEND X-Sekisho-Door: {}\n\n", shown.join(", "))
}

/// A refusal with its own code and text; a deferral that gives way where a later restriction refuses for good.
pub(super) fn of(reply: &Reply) -> String {
    let wire = reply.wire();
    let lines: Vec<&str> = wire.lines().filter_map(|line| line.get(4..)).collect();
    let enhanced = reply.enhanced.map(|(a, b, c)| format!("{a}.{b}.{c} ")).unwrap_or_default();
    // On one line: only the first keeps its enhanced code.
    let text: Vec<&str> = lines.iter().map(|line| line.strip_prefix(enhanced.as_str()).unwrap_or(line)).collect();
    let text = text.join(", ");
    if reply.is_permanent() {
        format!("action={} {enhanced}{text}\n\n", reply.code)
    } else if reply.is_temporary() {
        format!("action=DEFER_IF_PERMIT {enhanced}{text}\n\n")
    } else {
        NOTHING.to_owned()
    }
}
