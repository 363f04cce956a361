//! Which scripts a text is written in, by counting letters.

/// How many letters of each script a text holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Scripts {
    /// Hiragana and katakana, half-width ones too.
    pub kana: usize,
    /// Chinese characters.
    pub han: usize,
    /// Korean.
    pub hangul: usize,
    /// Latin letters, full-width ones too.
    pub latin: usize,
    /// Cyrillic letters.
    pub cyrillic: usize,
    /// Letters of any other script.
    pub other: usize,
}

impl Scripts {
    /// Counts the letters of a text.
    pub fn of(text: &str) -> Self {
        // Most text is ASCII, which is counted by octets.
        let letters = |piece: &[u8]| piece.iter().map(|octet| u8::from(octet.is_ascii_alphabetic())).sum::<u8>();
        let latin = text.as_bytes().chunks(255).map(|piece| usize::from(letters(piece))).sum();
        let mut scripts = Self { latin, ..Self::default() };
        if text.is_ascii() {
            return scripts;
        }
        for c in text.chars().filter(|c| !c.is_ascii()) {
            match u32::from(c) {
                0xc0..=0x24f | 0x1e00..=0x1eff | 0xff21..=0xff3a | 0xff41..=0xff5a => {
                    scripts.latin += 1;
                }
                0x3041..=0x30ff | 0x31f0..=0x31ff | 0xff66..=0xff9f => scripts.kana += 1,
                0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xf900..=0xfaff | 0x2_0000..=0x3_ffff => scripts.han += 1,
                0xac00..=0xd7af | 0x1100..=0x11ff | 0x3130..=0x318f => scripts.hangul += 1,
                0x400..=0x52f => scripts.cyrillic += 1,
                _ if c.is_alphabetic() => scripts.other += 1,
                _ => {}
            }
        }
        scripts
    }

    /// All letters.
    pub fn letters(&self) -> usize {
        self.kana + self.han + self.hangul + self.latin + self.cyrillic + self.other
    }

    /// SUB-16 "English only": there are letters, and every one is Latin.
    pub fn latin_only(&self) -> bool {
        self.latin > 0 && self.latin == self.letters()
    }

    /// Kana is there: Japanese.
    pub fn japanese(&self) -> bool {
        self.kana > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_counted_by_script() {
        let scripts = Scripts::of("Ａb 日本ゴ ｶﾅ 한 Ж 12!");
        assert_eq!(scripts, Scripts { kana: 3, han: 2, hangul: 1, latin: 2, cyrillic: 1, other: 0 });
        assert!(scripts.japanese());
        assert!(!scripts.latin_only());
        assert!(Scripts::of("Hello, world 1").latin_only());
        assert!(!Scripts::of("123").latin_only());
    }
}
