//! Letters of other scripts, and signs, that are taken for ASCII ones. Kana and ideographs are never among them.

/// The ASCII that a decomposed, lower-case character poses as.
pub(super) fn of(c: char) -> Option<&'static str> {
    Some(match c {
        // squared and circled capitals, and the letters of flags
        '\u{1F130}'..='\u{1F149}' => letter(c, 0x1F130),
        '\u{1F150}'..='\u{1F169}' => letter(c, 0x1F150),
        '\u{1F170}'..='\u{1F189}' => letter(c, 0x1F170),
        '\u{1F1E6}'..='\u{1F1FF}' => letter(c, 0x1F1E6),
        'ɑ' | 'α' | 'а' | 'ᴀ' | 'ⱥ' => "a",
        'æ' => "ae",
        'ƀ' | 'ƅ' | 'ɓ' | 'ʙ' | 'β' | 'в' | 'ь' => "b",
        'ƈ' | 'ȼ' | 'ς' | 'с' | 'ᴄ' => "c",
        'ð' | 'đ' | 'ɖ' | 'ɗ' | 'ԁ' | 'ᴅ' => "d",
        'ǝ' | 'ə' | 'ɛ' | 'ε' | 'е' | 'є' | 'ҽ' | 'ᴇ' => "e",
        'ƒ' | 'ғ' | 'ꜰ' => "f",
        'ǥ' | 'ɠ' | 'ɡ' | 'ɢ' | 'ԍ' | 'ց' => "g",
        'ħ' | 'ɦ' | 'ʜ' | 'н' | 'һ' | 'հ' => "h",
        'ı' | 'ɨ' | 'ɩ' | 'ɪ' | 'ι' | 'і' => "i",
        'ɉ' | 'ϳ' | 'ј' | 'ᴊ' => "j",
        'ĸ' | 'ƙ' | 'κ' | 'к' | 'ᴋ' => "k",
        'ł' | 'ƚ' | 'ǀ' | 'ɭ' | 'ʟ' | 'ӏ' => "l",
        'ɱ' | 'м' | 'ᴍ' => "m",
        'ŋ' | 'ƞ' | 'ɲ' | 'ɴ' | 'η' | 'п' | 'ո' | 'ռ' => "n",
        'ø' | 'ɵ' | 'ο' | 'σ' | 'о' | 'ө' | 'օ' | 'ᴏ' => "o",
        'œ' => "oe",
        'þ' | 'ƥ' | 'ρ' | 'р' | 'ᴘ' => "p",
        'ɋ' | 'ԛ' | 'գ' => "q",
        'ɍ' | 'ɽ' | 'ʀ' | 'г' => "r",
        'ʂ' | 'ѕ' | 'ꜱ' => "s",
        'ß' => "ss",
        'ŧ' | 'ƭ' | 'τ' | 'т' | 'ᴛ' => "t",
        'ʉ' | 'υ' | 'ս' | 'ᴜ' => "u",
        'ʋ' | 'ν' | 'ѵ' | 'ᴠ' => "v",
        'ɯ' | 'ω' | 'ԝ' | 'ա' | 'ᴡ' => "w",
        'χ' | 'х' => "x",
        'ƴ' | 'ɣ' | 'ʏ' | 'γ' | 'у' | 'ү' => "y",
        'ƶ' | 'ȥ' | 'ʐ' | 'ᴢ' => "z",
        '\u{AB}' | '\u{BB}' | '\u{201C}' | '\u{201D}' | '\u{201E}' | '\u{201F}' => "\"",
        'ʼ' | '\u{2018}' | '\u{2019}' | '\u{201A}' | '\u{201B}' | '\u{2032}' | '\u{2039}' | '\u{203A}' => "'",
        '\u{204E}' | '\u{2217}' => "*",
        '\u{2010}' | '\u{2012}' | '\u{2013}' | '\u{2014}' | '\u{2015}' | '\u{2043}' | '\u{2212}' => "-",
        '\u{2044}' | '\u{2215}' => "/",
        'ː' | '\u{2236}' => ":",
        '\u{2223}' => "|",
        '\u{223C}' | '\u{301C}' => "~",
        _ => return None,
    })
}

/// The letter at the same place of the alphabet that begins at `first`.
fn letter(c: char, first: u32) -> &'static str {
    const ALPHABET: &str = "abcdefghijklmnopqrstuvwxyz";
    let at = usize::try_from(u32::from(c) - first).unwrap_or(0);
    ALPHABET.get(at..=at).unwrap_or("")
}
