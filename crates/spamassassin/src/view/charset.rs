//! Charsets as SpamAssassin decodes them: UTF-8 where the octets are UTF-8, else what is declared, else Windows-1252.
//! The program's own decoder would guess better; rules expect these texts.

use encoding_rs::{Encoding, WINDOWS_1252};

use super::text::string;

/// Whether a declared charset is believed where the octets read as UTF-8 too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Declared {
    /// Octets decide.
    Guess,
    /// An encoded word: its label decides.
    Insist,
}

pub(super) fn decode(octets: &[u8], label: &[u8], declared: Declared) -> String {
    let label = string(label);
    let lower = label.to_ascii_lowercase();
    let encoding = find(&lower);
    let switches = encoding.is_some_and(|encoding| !encoding.is_ascii_compatible() || encoding.name() == "ISO-2022-JP");
    if octets.is_ascii() && !switches {
        return string(octets);
    }
    if declared == Declared::Guess
        && !octets.is_ascii()
        && let Ok(text) = std::str::from_utf8(octets)
    {
        return text.to_owned();
    }
    let is_ascii_label = matches!(lower.as_str(), "us-ascii" | "ascii");
    if let Some(encoding) = encoding
        && !(is_ascii_label && declared == Declared::Guess)
    {
        let decoded = match declared {
            Declared::Guess => encoding.decode_without_bom_handling_and_without_replacement(octets),
            Declared::Insist => Some(encoding.decode_without_bom_handling(octets).0),
        };
        if let Some(text) = decoded {
            return text.into_owned();
        }
    }
    WINDOWS_1252.decode_without_bom_handling(octets).0.into_owned()
}

/// The encoding of a label; vendors' labels that the standard list lacks are there too.
fn find(label: &str) -> Option<&'static Encoding> {
    let known = match label {
        "cp932" | "shiftjis" => "shift_jis",
        "eucjp" | "cp51932" => "euc-jp",
        "gb18030-2000" | "gb 18030" => "gb18030",
        "iso-2022-jp-1" | "iso-2022-jp-ms" | "cp50221" => "iso-2022-jp",
        other => other,
    };
    Encoding::for_label(known.as_bytes())
}
