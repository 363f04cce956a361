//! Charset labels as mail writes them, vendor names included, mapped to the decoder that reads them.
//!
//! The WHATWG labels are encoding_rs's; what stands here is only what it lacks (`crates.md`, experiment i).

use encoding_rs::Encoding;

/// How bytes under a label are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Charset {
    /// US-ASCII: eight-bit octets under it are undeclared.
    Ascii,
    /// UTF-8.
    Utf8,
    /// ISO-2022-JP and everything that travels under its name.
    Iso2022Jp,
    /// Shift_JIS as Windows and the carriers write it.
    ShiftJis,
    /// EUC-JP with JIS X 0212.
    EucJp,
    /// UTF-7 (RFC 2152).
    Utf7,
    /// HZ (RFC 1843).
    Hz,
    /// Anything else that encoding_rs reads.
    Other(&'static Encoding),
}

impl Charset {
    /// The name under which it is reported, lower case.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Ascii => "us-ascii",
            Self::Utf8 => "utf-8",
            Self::Iso2022Jp => "iso-2022-jp",
            Self::ShiftJis => "shift_jis",
            Self::EucJp => "euc-jp",
            Self::Utf7 => "utf-7",
            Self::Hz => "hz-gb-2312",
            Self::Other(encoding) => other_name(encoding),
        }
    }
}

/// Finds the charset of a label; `None` where the label is empty or names nothing known.
pub(super) fn find(label: &str) -> Option<Charset> {
    let label = label.trim_matches(|c: char| c.is_whitespace() || c == '"' || c == '\'');
    // RFC 2231 §5: a language may follow the charset.
    let label = label.split('*').next().unwrap_or(label);
    let lower = label.to_ascii_lowercase();
    if let Some(charset) = vendor(&lower.replace('_', "-")) {
        return Some(charset);
    }
    let encoding = Encoding::for_label_no_replacement(lower.as_bytes())
        .or_else(|| Encoding::for_label_no_replacement(lower.replace('_', "-").as_bytes()))
        .or_else(|| lower.strip_prefix("x-").and_then(|rest| Encoding::for_label_no_replacement(rest.as_bytes())))
        .or_else(|| code_page(&lower))?;
    Some(if encoding == encoding_rs::UTF_8 {
        Charset::Utf8
    } else if encoding == encoding_rs::ISO_2022_JP {
        Charset::Iso2022Jp
    } else if encoding == encoding_rs::SHIFT_JIS {
        Charset::ShiftJis
    } else if encoding == encoding_rs::EUC_JP {
        Charset::EucJp
    } else {
        Charset::Other(encoding)
    })
}

/// Labels that WHATWG does not know, or knows under a reading that mail does not mean. Underscores are hyphens here.
fn vendor(label: &str) -> Option<Charset> {
    Some(match label {
        "us-ascii" | "ascii" | "ansi-x3.4-1968" | "ansi-x3.4-1986" | "iso646-us" | "iso-646.irv:1991" | "us"
        | "csascii" | "7bit" => Charset::Ascii,
        "utf8" | "utf-8" | "unicode-1-1-utf-8" | "utf-8n" | "utf-8-sig" | "utf8mb4" | "8bit" => Charset::Utf8,
        "iso-2022-jp-1" | "iso-2022-jp-2" | "iso-2022-jp-3" | "iso-2022-jp-2004" | "iso-2022-jp-ms" | "cp50220"
        | "cp50221" | "cp50222" | "x-windows-50220" | "x-windows-50221" | "x-windows-50222" | "windows-50220"
        | "windows-50221" | "windows-50222" | "iso2022jp" | "iso-2022jp" | "iso2022-jp" | "x-iso-2022-jp" | "jis"
        | "jis7" | "jis-encoding" | "csjisencoding" | "iso-2022-jp-mobile" | "x-iso-2022-jp-kddi" => Charset::Iso2022Jp,
        "cp932" | "ms932" | "windows-932" | "windows-31j" | "cp943" | "cp943c" | "ibm-943" | "ibm943" | "sjis"
        | "s-jis" | "x-sjis" | "shift-jis" | "shiftjis" | "x-ms-cp932" | "sjis-win" | "shift-jisx0213"
        | "shift-jis-2004" | "mskanji" | "ms-kanji" | "x-sjis-docomo" | "x-sjis-kddi" | "x-sjis-softbank"
        | "shift-jis-mobile" => Charset::ShiftJis,
        "eucjp" | "euc-jp" | "x-euc-jp" | "cp51932" | "cp20932" | "eucjp-win" | "eucjp-ms" | "euc-jp-ms" | "ujis"
        | "euc-jisx0213" | "euc-jis-2004" | "windows-51932" | "x-eucjp-open" => Charset::EucJp,
        "utf-7" | "utf7" | "unicode-1-1-utf-7" | "x-unicode-2-0-utf-7" | "csutf7" => Charset::Utf7,
        "hz" | "hz-gb-2312" => Charset::Hz,
        _ => return None,
    })
}

/// `cp1252`, `windows1252`, `ibm866`, `iso8859_1`: names with the number in the right place.
fn code_page(label: &str) -> Option<&'static Encoding> {
    let digits: String = label.chars().filter(char::is_ascii_digit).collect();
    let rewritten = match digits.as_str() {
        "936" => "gbk".to_owned(),
        "949" => "euc-kr".to_owned(),
        "950" => "big5".to_owned(),
        "54936" => "gb18030".to_owned(),
        "65001" => "utf-8".to_owned(),
        "850" | "437" | "858" | "819" => "windows-1252".to_owned(),
        "28605" => "iso-8859-15".to_owned(),
        "20866" => "koi8-r".to_owned(),
        "866" => "ibm866".to_owned(),
        "874" => "windows-874".to_owned(),
        _ if digits.len() == 4 && digits.starts_with("125") => format!("windows-{digits}"),
        _ if digits.starts_with("8859") && digits.len() > 4 => {
            format!("iso-8859-{}", digits.get(4..).unwrap_or("1"))
        }
        _ => return None,
    };
    Encoding::for_label_no_replacement(rewritten.as_bytes())
}

/// encoding_rs gives names in mixed case; records hold them in lower case.
fn other_name(encoding: &'static Encoding) -> &'static str {
    match encoding.name() {
        "windows-1252" => "windows-1252",
        "GBK" => "gbk",
        "gb18030" => "gb18030",
        "Big5" => "big5",
        "EUC-KR" => "euc-kr",
        "KOI8-R" => "koi8-r",
        "KOI8-U" => "koi8-u",
        "IBM866" => "ibm866",
        "UTF-16LE" => "utf-16le",
        "UTF-16BE" => "utf-16be",
        "ISO-8859-2" => "iso-8859-2",
        "ISO-8859-3" => "iso-8859-3",
        "ISO-8859-4" => "iso-8859-4",
        "ISO-8859-5" => "iso-8859-5",
        "ISO-8859-6" => "iso-8859-6",
        "ISO-8859-7" => "iso-8859-7",
        "ISO-8859-8" => "iso-8859-8",
        "ISO-8859-8-I" => "iso-8859-8-i",
        "ISO-8859-10" => "iso-8859-10",
        "ISO-8859-13" => "iso-8859-13",
        "ISO-8859-14" => "iso-8859-14",
        "ISO-8859-15" => "iso-8859-15",
        "ISO-8859-16" => "iso-8859-16",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vendor_labels_are_known() {
        for (label, name) in [
            ("cp932", "shift_jis"),
            ("MS932", "shift_jis"),
            ("Windows-31J", "shift_jis"),
            ("x-sjis", "shift_jis"),
            ("SHIFT-JIS", "shift_jis"),
            ("eucjp", "euc-jp"),
            ("cp51932", "euc-jp"),
            ("x-euc-jp", "euc-jp"),
            ("eucJP-ms", "euc-jp"),
            ("cp50220", "iso-2022-jp"),
            ("cp50221", "iso-2022-jp"),
            ("CP50222", "iso-2022-jp"),
            ("iso-2022-jp-ms", "iso-2022-jp"),
            ("ISO-2022-JP-3", "iso-2022-jp"),
            ("ISO-2022-JP*ja", "iso-2022-jp"),
            ("csISO2022JP", "iso-2022-jp"),
            ("utf-7", "utf-7"),
            ("unicode-1-1-utf-7", "utf-7"),
            ("utf8", "utf-8"),
            ("\"UTF-8\"", "utf-8"),
            ("us-ascii", "us-ascii"),
            ("iso-8859-1", "windows-1252"),
            ("cp1251", "windows-1251"),
            ("cp936", "gbk"),
            ("gb2312", "gbk"),
            ("ks_c_5601-1987", "euc-kr"),
            ("iso_8859-15", "iso-8859-15"),
        ] {
            assert_eq!(find(label).map(Charset::name), Some(name), "{label}");
        }
        assert_eq!(find("klingon"), None);
        assert_eq!(find(""), None);
    }
}
