//! Perl's patterns mean here what they mean in Perl.

use spamassassin::pattern::{Pattern, PatternError};

fn matches(pattern: &str, text: &[u8]) -> bool {
    Pattern::delimited(pattern.as_bytes()).unwrap_or_else(|error| panic!("{pattern}: {error}")).is_match(text)
}

#[test]
fn patterns_match_what_perl_matches() {
    // Each was asked of Perl 5.36.
    let cases: &[(&str, &[u8], bool)] = &[
        (r"/^free$/", b"free\n", true),
        (r"/^free$/", b"free\nx", false),
        (r"/^free\z/", b"free\n", false),
        (r"/^b/", b"a\nb", false),
        (r"/^b/m", b"a\nb", true),
        (r"/a.c/", b"a\nc", false),
        (r"/a.c/s", b"a\nc", true),
        (r"/Money/i", b"MONEY", true),
        (r"/a b # c/x", b"ab", true),
        (r"/(?i)a(?-i)B/", b"AB", true),
        (r"/(?i)a(?-i)B/", b"Ab", false),
        (r"/\bcat\b/", b"a cat.", true),
        (r"/\bcat\b/", b"concat", false),
        (r"/\xe9t\xe9/", b"\xe9t\xe9", true),
        (r"/\xe9/i", b"\xc9", false),
        (r"/[]a]b/", b"]b", true),
        (r"/[^]a]b/", b"]b", false),
        (r"/[[:digit:]]{2}/", b"a12", true),
        (r"/x{,3}y/", b"y", true),
        (r"/a{b/", b"a{b", true),
        (r"/(?!free)f\w+/", b"free", false),
        (r"/(?!free)f\w+/", b"fred", true),
        (r"/(?<!un)free/", b"unfree", false),
        (r"/(\w+) \1/", b"very very", true),
        (r"/^(\w+) \1$/", b"very much", false),
        (r"/(?:a++)ab/", b"aaab", false),
        (r"/(?>a*)b/", b"aaab", true),
        (r"/(?<q>['\x22]).*?\k<q>/", b"say 'x'", true),
        (r"m'^https?://x/?$'i", b"HTTP://x/", true),
        (r"m{a/b}", b"a/b", true),
        (r"/\//", b"/", true),
        (r"/\cA/", b"\x01", true),
        (r"/\x{20ac}/", "€".as_bytes(), false),
        (r"/\R\z/", b"\r\n", true),
        (r"/^(?(?=x)y|z)?/", b"", true),
    ];
    for &(pattern, text, expected) in cases {
        match Pattern::delimited(pattern.as_bytes()) {
            Ok(compiled) => assert_eq!(compiled.is_match(text), expected, "{pattern} on {:?}", text.escape_ascii()),
            Err(PatternError::Unsupported(_)) => assert!(pattern.contains("(?(?="), "{pattern}"),
            Err(error) => panic!("{pattern}: {error}"),
        }
    }
}

#[test]
fn hits_are_counted_as_perl_counts_them() {
    let count = |pattern: &str, text: &[u8]| Pattern::new(pattern).expect("a pattern of this test").count(text, 100);
    assert_eq!(count("aa", b"aaaaa"), 2);
    assert_eq!(count(r"\b\w", b"one two three"), 3);
    assert_eq!(count(r"(\w)\1", b"aabbcd"), 2);
    assert_eq!(Pattern::new("a").expect("a pattern").count(b"aaaa", 3), 3);
}

#[test]
fn what_is_no_pattern_is_refused() {
    for wrong in ["/(/", "/)/", "/[a/", "/*a/", r"/\1/", "/a{3,1}/", "/a", "abc", "/[z-a]/", "/(?<n/"] {
        let error = Pattern::delimited(wrong.as_bytes()).expect_err(wrong);
        assert!(matches!(error, PatternError::Syntax(_)), "{wrong}: {error}");
    }
    for unsupported in ["/(?{ 1 })/", "/(?R)/", r"/\p{L}/", "/(*FAIL)/"] {
        let error = Pattern::delimited(unsupported.as_bytes()).expect_err(unsupported);
        assert!(matches!(error, PatternError::Unsupported(_)), "{unsupported}: {error}");
    }
    assert_eq!(Pattern::new("(?:(?:a{1000}){1000}){9}").expect_err("too large"), PatternError::TooLarge);
}

#[test]
fn patterns_that_ruin_others_end_soon() {
    let text = [b"a".repeat(20_000), b"!".to_vec()].concat();
    for pattern in ["/(a+)+$/", "/(a|aa)+$/", "/(?:a*)*b/"] {
        assert!(!matches(pattern, &text), "{pattern}");
    }
    // These need the bounded engine: it gives up, and what gives up does not match.
    for pattern in [r"/^(?=(a+))(\1*)*x/", r"/(a*)*\1b(?<!c)/", r"/(?:(?=a)a+)+x/"] {
        assert!(!matches(pattern, &text[..2_000]), "{pattern}");
    }
}

proptest::proptest! {
    #[test]
    fn any_octets_are_a_pattern_or_an_error(written in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..60), text in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
        if let Ok(pattern) = Pattern::new(&written) {
            pattern.is_match(&text);
        }
    }

    #[test]
    fn any_pattern_of_its_own_signs_can_be_built(written in r"[ab()|*+?\[\]^$.\\{},0-9:=!<>-]{0,24}", text in "[ab0-9\n]{0,40}") {
        if let Ok(pattern) = Pattern::new(&written) {
            proptest::prop_assert!(pattern.is_usable() || written.len() > 6, "{written}");
            pattern.is_match(text.as_bytes());
        }
    }
}
