//! What a mail server that was told a verdict writes into the message, and what it takes out, for faces that do not
//! deliver: the same fields whatever the protocol.

use std::ops::Range;

use checkpoint::check::Checked;
use checkpoint::rendering::score_field;
use message::Headers;

/// Fields that are put on top, with values on one line: who sent it, and what is said of a message that is marked.
pub(crate) fn added(checked: &Checked) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    for field in unfolded(&checked.results) {
        if let Some((name, value)) = field.split_once(':') {
            fields.push((name.to_owned(), value.trim().to_owned()));
        }
    }
    if checked.is_marked() {
        let verdict = &checked.shown().verdict;
        fields.push(("X-Spam-Flag".into(), "YES".into()));
        if let Some((name, value)) = score_field(checked.settings.shown, verdict.points) {
            fields.push((name.into(), value));
        }
        fields.push(("X-Sekisho-Class".into(), verdict.class.name().into()));
    }
    fields
}

/// Fields that are taken out, by name: the how-manieth of that name, counted from 1; 0: all of them. Where more than one
/// of a name has to go all go, since one number cannot tell them apart.
pub(crate) fn removed(headers: &Headers, ranges: &[Range<usize>]) -> Vec<(String, usize)> {
    let mut out: Vec<(String, usize)> = Vec::new();
    for range in ranges {
        // A field beyond what is read as the header section: only results that claim to be ours are looked for there.
        let known = headers.fields.iter().find(|field| field.field.start == range.start);
        let name = known.map_or("Authentication-Results", |field| field.name.as_str());
        let before = headers.all(name).take_while(|field| field.field.start < range.start).count();
        match out.iter_mut().find(|(other, _)| other.eq_ignore_ascii_case(name)) {
            Some(several) => several.1 = 0,
            None => {
                let alone = headers.all(name).count() <= 1;
                out.push((name.to_owned(), if alone || known.is_none() { 0 } else { before + 1 }));
            }
        }
    }
    out
}

/// Whole fields, each on one line.
fn unfolded(fields: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for line in fields.lines() {
        match (line.starts_with([' ', '\t']), out.last_mut()) {
            (true, Some(last)) => {
                last.push(' ');
                last.push_str(line.trim());
            }
            _ => out.push(line.to_owned()),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use message::Limits;

    use super::*;

    #[test]
    fn one_of_several_is_named_by_its_number_and_more_than_one_by_zero() {
        let text = b"X-Spam: a\r\nFoo: 1\r\nFoo: 2\r\nBar: 1\r\nBar: 2\r\nBar: 3\r\n\r\n";
        let headers = Headers::parse(Bytes::from_static(text), &Limits::default());
        let range = |at: usize| headers.fields[at].field.clone();
        let ranges = [range(0), range(2), range(3), range(5)];
        let expected = [("X-Spam", 0), ("Foo", 2), ("Bar", 0)].map(|(name, count)| (name.to_owned(), count));
        assert_eq!(removed(&headers, &ranges), expected);
    }

    #[test]
    fn folded_fields_come_on_one_line() {
        assert_eq!(unfolded("A: b;\r\n\tc\r\nD: e\r\n"), ["A: b; c", "D: e"]);
    }
}
