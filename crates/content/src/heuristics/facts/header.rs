//! Facts of the header section as such.

use super::{Fact, View};

pub(super) const FACTS: [Fact; 8] = [
    Fact { name: "subject-empty", holds: |view| view.message.subject().trim().is_empty().then(String::new) },
    Fact { name: "subject-capitals", holds: subject_capitals },
    Fact { name: "subject-padded", holds: |view| padded(view.message.subject()) },
    Fact { name: "date-unreadable", holds: date_unreadable },
    Fact { name: "message-id-malformed", holds: message_id_malformed },
    Fact { name: "field-repeated", holds: field_repeated },
    Fact { name: "text-undeclared", holds: |view| fault(view, message::parse::Fault::UndeclaredCharset) },
    Fact { name: "charset-wrong", holds: |view| fault(view, message::parse::Fault::WrongCharset) },
];

fn subject_capitals(view: &View<'_>) -> Option<String> {
    let subject = view.message.subject();
    let letters = subject.chars().filter(|c| c.is_alphabetic() && c.is_ascii()).count();
    let capitals = subject.chars().filter(char::is_ascii_uppercase).count();
    (letters >= 10 && capitals == letters && subject.contains(' ')).then(String::new)
}

/// A subject that hides a serial number or random letters far to the right.
fn padded(subject: &str) -> Option<String> {
    let (_, tail) = subject.trim_end().rsplit_once("      ")?;
    (!tail.is_empty() && !tail.contains(' ')).then(|| tail.to_owned())
}

fn date_unreadable(view: &View<'_>) -> Option<String> {
    let written = view.message.headers.get("Date")?;
    view.message.headers.date().is_none().then(|| written.to_owned())
}

/// RFC 5322 §3.6.4: `<left@right>`.
fn message_id_malformed(view: &View<'_>) -> Option<String> {
    let written = view.message.headers.get("Message-ID")?.trim();
    let inner = written.strip_prefix('<').and_then(|rest| rest.strip_suffix('>'));
    let fits = inner
        .and_then(|inner| inner.rsplit_once('@'))
        .is_some_and(|(left, right)| !left.is_empty() && !right.is_empty() && !right.contains(char::is_whitespace));
    (!fits).then(|| written.to_owned())
}

/// Fields that may stand only once (RFC 5322 §3.6) but stand twice.
fn field_repeated(view: &View<'_>) -> Option<String> {
    let once = ["From", "Subject", "Date", "Message-ID", "Reply-To"];
    let repeated = once.into_iter().find(|name| view.message.headers.all(name).count() > 1);
    repeated.map(str::to_owned)
}

fn fault(view: &View<'_>, fault: message::parse::Fault) -> Option<String> {
    view.message.faults.contains(&fault).then(String::new)
}
