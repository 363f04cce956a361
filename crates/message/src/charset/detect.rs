//! Which charset bytes are really in: the declared one unless it reads badly and another reads well.
//!
//! Every candidate reads the beginning of the text and the readings are scored: kana and ideographs speak for one,
//! unreadable octets, control characters and strings of half-width kana (what EUC-JP looks like in Shift_JIS) against.

use super::labels::Charset;
use super::{carrier_emoji, iso_2022_jp, shift_jis};

/// A reading that was chosen.
pub(super) struct Reading {
    pub(super) text: String,
    pub(super) charset: Charset,
}

/// Octets from the start that are scored.
const SAMPLE: usize = 8 * 1024;
/// What the declared charset has over the others.
const TRUST: i64 = 3;

/// Reads the bytes in the charset that suits them best. ASCII-compatible charsets only.
pub(super) fn best(bytes: &[u8], declared: Option<Charset>) -> Reading {
    if bytes.is_ascii() {
        return seven_bit(bytes, declared);
    }
    // Valid UTF-8 is hardly ever anything else, whatever the label says.
    if let Ok(text) = std::str::from_utf8(bytes)
        && (!is_cjk(declared) || is_mostly_wide(text))
    {
        return Reading { text: text.to_owned(), charset: Charset::Utf8 };
    }
    let sample = sample(bytes);
    if matches!(declared, None | Some(Charset::Ascii | Charset::Utf8)) && is_damaged_utf_8(sample) {
        return Reading { text: read(bytes, Charset::Utf8), charset: Charset::Utf8 };
    }
    let mut winner = declared.unwrap_or(Charset::Utf8);
    let mut most = i64::MIN;
    for candidate in candidates(bytes, declared) {
        let trust = if Some(candidate) == declared { TRUST } else { 0 };
        let score = score(&read(sample, candidate)) + trust;
        if score > most {
            (winner, most) = (candidate, score);
        }
    }
    Reading { text: read(bytes, winner), charset: winner }
}

/// UTF-8 with faults: far more characters beyond ASCII are whole than broken, or only the last one is cut off. In other
/// charsets whole ones come about by accident, but seldom.
fn is_damaged_utf_8(bytes: &[u8]) -> bool {
    let (mut whole, mut broken) = (0usize, 0usize);
    for chunk in bytes.utf8_chunks() {
        whole += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        broken += usize::from(!chunk.invalid().is_empty());
    }
    let cut_off = std::str::from_utf8(bytes).is_err_and(|error| error.error_len().is_none());
    whole > 0 && (whole >= broken * 4 || cut_off)
}

fn seven_bit(bytes: &[u8], declared: Option<Charset>) -> Reading {
    let charset = if declared == Some(Charset::Iso2022Jp) || iso_2022_jp::is_likely(bytes) {
        Charset::Iso2022Jp
    } else {
        declared.unwrap_or(Charset::Ascii)
    };
    Reading { text: read(bytes, charset), charset }
}

/// What is tried, the declared charset first so that it wins a tie.
fn candidates(bytes: &[u8], declared: Option<Charset>) -> Vec<Charset> {
    let mut list = Vec::with_capacity(6);
    list.extend(declared.filter(|&charset| charset != Charset::Ascii));
    let mut add = |charset| {
        if !list.contains(&charset) {
            list.push(charset);
        }
    };
    add(Charset::Utf8);
    // ISO-8859-1 is declared by programs that know no better; who declares another charset of the kind means it.
    let is_meant = matches!(declared, Some(Charset::Other(encoding)) if encoding != encoding_rs::WINDOWS_1252);
    if !is_meant {
        add(Charset::ShiftJis);
        add(Charset::EucJp);
        if iso_2022_jp::is_likely(bytes) {
            add(Charset::Iso2022Jp);
        }
    }
    if matches!(declared, None | Some(Charset::Ascii | Charset::Utf8)) {
        add(Charset::Other(encoding_rs::WINDOWS_1252));
    }
    list
}

fn read(bytes: &[u8], charset: Charset) -> String {
    match charset {
        Charset::Iso2022Jp => iso_2022_jp::decode(bytes).0,
        Charset::ShiftJis => shift_jis(bytes),
        Charset::EucJp => encoding_rs::EUC_JP.decode_without_bom_handling(bytes).0.into_owned(),
        Charset::Other(encoding) => encoding.decode_without_bom_handling(bytes).0.into_owned(),
        Charset::Ascii | Charset::Utf8 | Charset::Utf7 | Charset::Hz => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// The beginning, cut where a line or word ends so that no character is torn.
fn sample(bytes: &[u8]) -> &[u8] {
    let Some(start) = bytes.get(..SAMPLE) else { return bytes };
    match start.iter().rposition(|octet| matches!(octet, b'\n' | b' ')) {
        Some(end) if end > SAMPLE / 2 => &start[..end],
        _ => start,
    }
}

/// How much a reading looks like something that a person wrote.
fn score(text: &str) -> i64 {
    let mut before = ' ';
    let mut sum = 0;
    for c in text.chars() {
        if !c.is_ascii() {
            sum += weight(c);
            // `Fröhlich`: an accented letter stands among Latin ones, an ideograph does not.
            if before.is_ascii_lowercase() {
                sum += if matches!(c, 'À'..='ÿ') { 1 } else { -2 };
            }
        }
        before = c;
    }
    sum
}

fn weight(c: char) -> i64 {
    match c {
        '\u{FFFD}' => -20,
        '\u{80}'..='\u{9F}' | '\u{E000}'..='\u{F8FF}' | carrier_emoji::NEUTRAL => -10,
        // ª º are signs more often than letters where the label is wrong.
        '\u{A0}'..='\u{BF}' | '×' | '÷' => -2,
        'À'..='ÿ' => 1,
        // hiragana, katakana, and the punctuation that stands between them
        '\u{3041}'..='\u{3096}' | '\u{30A1}'..='\u{30FC}' | '、' | '。' | '「' | '」' => 4,
        '\u{FF61}'..='\u{FF9F}' => -1,
        '\u{4E00}'..='\u{9FFF}' => 1,
        // full-width forms, enclosed and line-drawing signs of Japanese mail
        '\u{3000}'..='\u{303F}' | '\u{FF01}'..='\u{FF5E}' | '\u{2500}'..='\u{25FF}' | '\u{2460}'..='\u{2473}' => 1,
        'Ѐ'..='ӿ' | 'Ͱ'..='Ͽ' => 0,
        c if c.is_alphabetic() => 0,
        _ => -2,
    }
}

fn is_cjk(declared: Option<Charset>) -> bool {
    match declared {
        Some(Charset::ShiftJis | Charset::EucJp | Charset::Iso2022Jp) => true,
        Some(Charset::Other(encoding)) => !encoding.is_single_byte(),
        _ => false,
    }
}

/// UTF-8 whose characters beyond ASCII mostly take three octets or more, as Japanese and Chinese do. Shorter ones may
/// be half-width kana in Shift_JIS or ideographs in GBK by accident.
fn is_mostly_wide(text: &str) -> bool {
    let (wide, narrow) = text.chars().filter(|c| !c.is_ascii()).fold((0usize, 0usize), |(wide, narrow), c| {
        if c.len_utf8() >= 3 { (wide + 1, narrow) } else { (wide, narrow + 1) }
    });
    wide > narrow && wide >= 2
}
