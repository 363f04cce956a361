//! From bytes in whatever charset they are really in to text.
//!
//! Our layer over encoding_rs: vendor labels, what really travels as ISO-2022-JP, carrier pictures, and bytes that
//! are not in the charset they declare. A label is believed until the bytes contradict it.

mod carrier_emoji;
mod carrier_emoji_table;
mod detect;
mod iso_2022_jp;
mod labels;
mod utf_7;

use labels::Charset;

/// Text, and whether the label was true.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// The text.
    pub text: String,
    /// The charset it was read in, lower case.
    pub charset: &'static str,
    /// The label was wrong or missing and another charset was recognised.
    pub relabelled: bool,
    /// Octets that could not be read and became U+FFFD.
    pub lost: usize,
}

/// Whether a label names a charset that can be read.
pub fn is_known(label: &str) -> bool {
    labels::find(label).is_some()
}

/// Whether two labels name the same charset, so that pieces of text under them may be joined before decoding.
pub fn is_same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
        || matches!((labels::find(one), labels::find(other)), (Some(one), Some(other)) if one == other)
}

/// Decodes bytes with the declared label, if any.
pub fn decode(bytes: &[u8], label: Option<&str>) -> Decoded {
    let declared = label.and_then(labels::find);
    if let Some(Charset::Utf7) = declared {
        return utf_7::decode(bytes).unwrap_or_else(|| decode_as(bytes, None));
    }
    if is_plain(bytes) {
        match declared {
            Some(Charset::Hz) => {}
            Some(Charset::Other(encoding)) if !encoding.is_ascii_compatible() => {}
            _ => {
                let charset = declared.map_or("us-ascii", Charset::name);
                // Every octet is ASCII: this cannot fail.
                let text = std::str::from_utf8(bytes).unwrap_or_default().to_owned();
                return Decoded { text, charset, relabelled: false, lost: 0 };
            }
        }
    }
    decode_as(bytes, declared)
}

/// Seven-bit text that switches nothing: no ESC, SO or SI.
fn is_plain(bytes: &[u8]) -> bool {
    bytes.is_ascii() && memchr::memchr3(0x1B, 0x0E, 0x0F, bytes).is_none()
}

fn decode_as(bytes: &[u8], declared: Option<Charset>) -> Decoded {
    match declared {
        Some(Charset::Hz) => hz(bytes),
        Some(Charset::Other(encoding)) if !encoding.is_ascii_compatible() => {
            let (text, _, _) = encoding.decode(bytes);
            finish(text.into_owned(), Charset::Other(encoding), declared)
        }
        _ => {
            let read = detect::best(bytes, declared);
            Decoded { relabelled: declared != Some(read.charset), ..finish(read.text, read.charset, declared) }
        }
    }
}

fn finish(text: String, charset: Charset, declared: Option<Charset>) -> Decoded {
    let lost = text.matches('\u{FFFD}').count();
    Decoded { text, charset: charset.name(), relabelled: declared != Some(charset), lost }
}

/// RFC 1843: `~{` switches to GB 2312 in seven bits, `~}` back; `~~` is a tilde, `~` before a line end joins lines.
fn hz(bytes: &[u8]) -> Decoded {
    let mut eight_bit = Vec::with_capacity(bytes.len());
    let mut chinese = false;
    let mut rest = bytes;
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        match (first, after.first()) {
            (b'~', Some(b'{')) => (chinese, rest) = (true, &after[1..]),
            (b'~', Some(b'}')) => (chinese, rest) = (false, &after[1..]),
            (b'~', Some(b'~')) if !chinese => {
                eight_bit.push(b'~');
                rest = &after[1..];
            }
            (b'~', Some(b'\n')) if !chinese => rest = &after[1..],
            (b'\n', _) => {
                chinese = false;
                eight_bit.push(b'\n');
            }
            (octet, _) => eight_bit.push(if chinese && octet > 0x20 { octet | 0x80 } else { octet }),
        }
    }
    let (text, _) = encoding_rs::GBK.decode_without_bom_handling(&eight_bit);
    finish(text.into_owned(), Charset::Hz, Some(Charset::Hz))
}

/// Shift_JIS with the carriers' pictures.
fn shift_jis(bytes: &[u8]) -> String {
    let (text, _) = encoding_rs::SHIFT_JIS.decode_without_bom_handling(bytes);
    carrier_emoji::replace_private_use(text.into_owned())
}
