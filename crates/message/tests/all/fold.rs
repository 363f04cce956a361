//! The normal form: folding twice changes nothing, and what people see stays apart.

use message::normal::{fold, squeeze};
use proptest::prelude::*;

/// Characters that have caused trouble, beside any others.
fn troublesome() -> impl Strategy<Value = char> {
    prop_oneof![
        any::<char>(),
        proptest::char::range('\u{300}', '\u{36F}'),
        proptest::char::range('ぁ', 'ヿ'),
        proptest::char::range('\u{FF00}', '\u{FFEF}'),
        proptest::char::range('\u{200B}', '\u{206F}'),
        proptest::char::range('А', 'ӿ'),
        proptest::char::range('\u{3099}', '\u{309C}'),
        proptest::char::range(' ', '~'),
        proptest::char::range('À', 'ɏ'),
        proptest::char::range('\u{1100}', '\u{11FF}'),
    ]
}

fn text() -> impl Strategy<Value = String> {
    proptest::collection::vec(troublesome(), 0..40).prop_map(|characters| characters.into_iter().collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn folding_twice_is_folding_once(text in text()) {
        let once = fold(&text);
        prop_assert_eq!(fold(&once), once);
    }

    #[test]
    fn squeezing_twice_is_squeezing_once(text in text()) {
        let once = squeeze(&text);
        prop_assert_eq!(squeeze(&once), once);
    }

    #[test]
    fn squeezing_a_folded_text_is_squeezing_the_text(text in text()) {
        prop_assert_eq!(squeeze(&fold(&text)), squeeze(&text));
    }

    #[test]
    fn folded_text_has_no_capitals_and_no_double_spaces(text in text()) {
        let folded = fold(&text);
        prop_assert!(!folded.contains("  "));
        prop_assert!(!folded.chars().any(|c| c.is_ascii_uppercase()));
    }
}
