//! Functions over the form of the parts (MIMEEval).

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::header::NO_CAPITALS;
use super::{Call, Row};
use crate::view::View;
use crate::view::part::Part;
use crate::view::text::{contains, lines, own};

pub(super) const ROWS: &[Row] = &[
    ("check_for_mime", |view, call| flag(view, call.text(0)), None),
    ("check_for_mime_html", mime_html, None),
    ("check_for_mime_html_only", mime_html_only, None),
    ("check_mime_multipart_ratio", |view, call| call.is_within(mime(view).ratio, 0, 1), None),
    ("check_msg_parse_flags", parse_flag, None),
    ("check_for_ascii_text_illegal", |view, _| mime(view).illegal_ascii, None),
    ("check_abundant_unicode_ratio", unicode_ratio, None),
    ("check_for_faraway_charset", |_, _| false, None),
    ("check_for_uppercase", capitals, None),
    ("check_ma_non_text", alternative_not_text, None),
    ("check_base64_length", base64_length, None),
    ("check_qp_ratio", |view, call| mime(view).quoted_ratio >= call.number(0).unwrap_or(0.0), None),
];

/// What is counted once over all parts.
#[derive(Debug, Default)]
pub(crate) struct Mime {
    base64: usize,
    base64_text: bool,
    html: usize,
    text: usize,
    /// Parts that are quoted-printable; where they hold text, octets in them that are written out without need.
    quoted: usize,
    long_quoted_line: bool,
    quoted_ratio: f64,
    attachments: usize,
    alternative: bool,
    bad_iso_charset: bool,
    ratio: f64,
    illegal_ascii: bool,
    unicode_ratio: f64,
    charsets: Vec<Vec<u8>>,
}

static ASCII: LazyLock<Regex> = LazyLock::new(|| {
    own(r"us-ascii|ansi_x3\.4-1968|iso-ir-6|ansi_x3\.4-1986|iso_646\.irv:1991|ascii|iso646-us|us|ibm367|cp367|csascii")
});
static ISO: LazyLock<Regex> = LazyLock::new(|| own(r"(?i)iso-\S+-\S+\b"));
static GOOD_ISO: LazyLock<Regex> = LazyLock::new(|| own(r"iso-(?:8859-\d{1,2}|2022-(?:jp|kr))\b"));
static QUOTED: LazyLock<Regex> = LazyLock::new(|| own(r"=(?:09|3[0-9ABCEF]|[2456][0-9A-F]|7[0-9A-E])"));
static TRAILING: LazyLock<Regex> = LazyLock::new(|| own(r"((?:=09|=20)+)\s*\z"));
static UNICODE: LazyLock<Regex> = LazyLock::new(|| own(r"&#x[0-9A-F]{4};"));
static CHARSET: LazyLock<Regex> = LazyLock::new(|| own(r#"(?i)charset=(?:"([^"]+)"|'([^']+)'|(\S+))"#));
static ENCODED: LazyLock<Regex> = LazyLock::new(|| own(r"^(?:[A-Za-z0-9+/=]{60,76} ){2}"));
static WORDS: LazyLock<Regex> = LazyLock::new(|| own(r"\S\s+\S"));
static JAPANESE: LazyLock<Regex> = LazyLock::new(|| own(r"(?s)\x1b\$B.*\x1b\(B"));

fn mime<'v>(view: &'v View<'_>) -> &'v Mime {
    view.mime.get_or_init(|| Mime::count(view))
}

/// Octets of the leaves of one kind.
struct Leaf {
    kind: String,
    octets: usize,
    is_attachment: bool,
}

impl Mime {
    fn count(view: &View<'_>) -> Self {
        let mut mime = Self { ratio: 1.0, ..Self::default() };
        let (mut quoted_octets, mut written_out, mut normal, mut unicode) = (0, 0, 0, 0);
        let mut leaves: Vec<Leaf> = Vec::new();
        for part in view.parts.in_order() {
            let content_type = part.content_type();
            mime.alternative |= content_type.kind == "multipart/alternative";
            let encoding = part.transfer_encoding();
            let disposition = part.value("content-disposition").unwrap_or_default().to_ascii_lowercase();
            let charset = content_type.charset.clone().map(|charset| charset.to_ascii_lowercase());
            mime.header(&content_type.kind, &encoding, &disposition, charset.as_deref());
            if !part.is_leaf() {
                continue;
            }
            let is_attachment = contains(&disposition, b"attachment");
            let mut leaf = Leaf { kind: content_type.kind.clone(), octets: 0, is_attachment };
            let counts = mime.alternative && !is_attachment && matches!(leaf.kind.as_str(), "text/plain" | "text/html");
            let is_plain = leaf.kind == "text/plain";
            let is_ascii = is_plain && charset.as_deref().is_none_or(|charset| charset == b"us-ascii");
            let is_unencoded = is_plain && matches!(encoding.as_slice(), b"" | b"7bit" | b"8bit");
            for line in lines(&part.raw) {
                leaf.octets += if counts { line.len() } else { 0 };
                if encoding == b"quoted-printable" && !line.starts_with(b"SPAM: ") {
                    mime.long_quoted_line |= line.len() > 79;
                    quoted_octets += line.len();
                    written_out += quoted(line);
                }
                mime.illegal_ascii |= is_ascii && line.iter().any(|octet| matches!(octet, 0 | b'\r') || *octet >= 0x80);
                if is_unencoded {
                    let references = if contains(line, b"&#x") { UNICODE.find_iter(line).count() } else { 0 };
                    normal += line.len() - references * 8;
                    unicode += references;
                }
            }
            leaves.push(leaf);
        }
        if quoted_octets > 0 {
            mime.quoted = written_out;
            mime.quoted_ratio = written_out as f64 / quoted_octets as f64;
        }
        if normal > 0 {
            mime.unicode_ratio = unicode as f64 / normal as f64;
        }
        if mime.alternative {
            let last = |kind: &str| {
                leaves.iter().rev().find(|leaf| !leaf.is_attachment && leaf.kind == kind).map(|leaf| leaf.octets as f64)
            };
            if let Some((text, html)) = last("text/plain").zip(last("text/html")).filter(|(_, html)| *html > 0.0) {
                mime.ratio = text / html;
            }
        }
        mime
    }

    fn header(&mut self, kind: &str, encoding: &[u8], disposition: &[u8], charset: Option<&[u8]>) {
        if kind == "text/html" {
            self.html += 1;
        } else if kind.starts_with("text") {
            self.text += 1;
        }
        let is_base64 = contains(encoding, b"base64");
        if is_base64 {
            self.base64 += 1;
        } else if contains(encoding, b"quoted-printable") {
            self.quoted += 1;
        }
        self.attachments += usize::from(contains(disposition, b"attachment"));
        let charset = charset.unwrap_or_default();
        let is_ascii = charset.is_empty() || ASCII.is_match(charset);
        let is_placed = disposition.starts_with(b"attachment") || disposition.starts_with(b"inline");
        self.base64_text |= kind.starts_with("text") && is_base64 && is_ascii && !is_placed;
        self.bad_iso_charset |= ISO.is_match(charset) && !GOOD_ISO.is_match(charset);
        if charset.iter().any(u8::is_ascii_alphabetic) {
            self.charsets.push(charset.to_vec());
        }
    }
}

/// Octets of a line that are written out without need.
fn quoted(line: &[u8]) -> usize {
    if !line.contains(&b'=') {
        return 0;
    }
    let all = QUOTED.find_iter(line).count();
    let trailing = TRAILING.captures(line).and_then(|found| found.get(1)).map_or(0, |found| found.len() / 3);
    all.saturating_sub(trailing)
}

fn flag(view: &View<'_>, name: &str) -> bool {
    let mime = mime(view);
    match name {
        "mime_base64_count" => mime.base64 > 0,
        "mime_base64_encoded_text" => mime.base64_text,
        "mime_body_html_count" => mime.html > 0,
        "mime_body_text_count" => mime.text > 0,
        "mime_qp_count" => mime.quoted > 0,
        "mime_qp_long_line" => mime.long_quoted_line,
        "mime_qp_ratio" => mime.quoted_ratio > 0.0,
        "mime_attachment" => mime.attachments > 0,
        "mime_multipart_alternative" => mime.alternative,
        "mime_bad_iso_charset" => mime.bad_iso_charset,
        "mime_missing_boundary" => view.parts.open_boundary,
        "mime_ascii_text_illegal" => mime.illegal_ascii,
        _ => false,
    }
}

fn declared_html(view: &View<'_>) -> bool {
    view.value("Content-Type").to_ascii_lowercase().starts_with(b"text/html")
}

fn mime_html(view: &View<'_>, _: &Call) -> bool {
    declared_html(view) || mime(view).html > 0
}

fn mime_html_only(view: &View<'_>, _: &Call) -> bool {
    declared_html(view) || mime(view).html > 0 && mime(view).text == 0
}

fn parse_flag(view: &View<'_>, call: &Call) -> bool {
    view.parts.flags.contains(&call.text(0))
}

fn unicode_ratio(view: &View<'_>, call: &Call) -> bool {
    call.number(0).is_some_and(|ratio| mime(view).unicode_ratio >= ratio)
}

fn capitals(view: &View<'_>, call: &Call) -> bool {
    let share = *view.capitals.get_or_init(|| share_of_capitals(view));
    share > call.number(0).unwrap_or(0.0) && share <= call.number(1).unwrap_or(100.0)
}

/// Percent of letters that are capitals; 0 where the text is short or of a script in which that means nothing.
fn share_of_capitals(view: &View<'_>) -> f64 {
    let header = view.value("Content-Type");
    let declared = CHARSET.captures(&header).and_then(|found| found.iter().skip(1).flatten().next());
    let all = declared.map(|found| found.as_bytes()).into_iter().chain(mime(view).charsets.iter().map(Vec::as_slice));
    if all.into_iter().any(|charset| NO_CAPITALS.is_match(charset)) {
        return 0.0;
    }
    let (mut length, mut lower, mut upper) = (0, 0, 0);
    for line in view.paragraphs.iter().filter(|line| WORDS.is_match(line) && !ENCODED.is_match(line)) {
        let line =
            if contains(line, b"\x1b$B") { JAPANESE.replace(line, &b""[..]).into_owned() } else { line.to_vec() };
        length += line.len();
        lower += line.iter().filter(|octet| octet.is_ascii_lowercase() || octet.is_ascii_digit()).count();
        upper += line.iter().filter(|octet| octet.is_ascii_uppercase()).count();
    }
    if length < 200 || upper + lower == 0 {
        return 0.0;
    }
    upper as f64 / (upper + lower) as f64 * 100.0
}

fn alternative_not_text(view: &View<'_>, _: &Call) -> bool {
    let is_odd = |part: &Part| {
        let kind = part.kind.to_ascii_lowercase();
        !kind.starts_with("text/") && !matches!(kind.as_str(), "multipart/related" | "application/rtf" | "")
    };
    view.parts.all.iter().filter(|part| part.kind == "multipart/alternative").any(|part| {
        let leaves = part.parts.iter().flatten().filter_map(|&number| view.parts.all.get(number));
        leaves.filter(|part| part.is_leaf()).any(is_odd)
    })
}

fn base64_length(view: &View<'_>, call: &Call) -> bool {
    let parts = view.parts.leaves().filter(|part| part.transfer_encoding() == b"base64");
    let parts = parts.filter(|part| part.content_type().kind != "application/ics");
    let longest = parts.flat_map(|part| lines(&part.raw).map(<[u8]>::len).max()).max().unwrap_or(0) as f64;
    longest >= call.number(0).unwrap_or(0.0) && call.number(1).is_none_or(|most| longest <= most)
}
