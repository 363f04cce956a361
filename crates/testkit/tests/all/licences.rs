//! Licences that we may ship, and crates that we do not want (a test over what cargo says, so that no tool is needed).

use crate::tree::linked;

const ALLOWED: &[&str] = &[
    "MIT",
    "MIT-0",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "Zlib",
    "0BSD",
    "Unlicense",
    "BSL-1.0",
    "Unicode-3.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
];

/// File-level copyleft: taken only as they are, in these crates.
const MPL: &[&str] = &["cssparser", "cssparser-macros", "selectors", "dtoa-short", "option-ext", "webdriver"];

/// Crates whose licence field says it another way; what was read in their licence file.
const READ: &[(&str, &str)] = &[];

const BANNED: &[(&str, &str)] = &[
    ("openssl-sys", "one TLS library: rustls with aws-lc-rs"),
    ("openssl", "one TLS library: rustls with aws-lc-rs"),
    ("native-tls", "one TLS library: rustls with aws-lc-rs"),
    ("ring", "one crypto provider: aws-lc-rs"),
    ("sled", "its data format is not settled"),
    ("indymilter", "GPL"),
    ("viaspf", "GPL"),
    ("viadkim", "GPL"),
    ("ffuzzy", "its licence"),
    ("ssdeep", "its licence"),
];

#[test]
fn every_licence_is_one_that_we_may_ship() {
    let linked = linked();
    assert!(linked.len() > 100, "the list of crates is too short to be true");
    let mut wrong = Vec::new();
    for package in &linked {
        let said = READ.iter().find(|(name, _)| *name == package.name).map(|(_, licence)| (*licence).to_owned());
        let licence = said.unwrap_or_else(|| package.license.clone());
        if !may_ship(&licence, MPL.contains(&package.name.as_str())) {
            wrong.push(format!("{} {}: \"{licence}\"", package.name, package.version));
        }
    }
    assert!(wrong.is_empty(), "licences that are not on the list:\n{}", wrong.join("\n"));
}

#[test]
fn banned_crates_are_not_linked() {
    let linked = linked();
    for (banned, why) in BANNED {
        let found = linked.iter().find(|package| package.name == *banned);
        assert!(found.is_none(), "{banned} is linked; {why}");
    }
}

#[test]
fn licence_expressions_are_read_rightly() {
    let rows = [
        ("MIT OR Apache-2.0", true),
        ("MIT/Apache-2.0", true),
        ("(Apache-2.0 OR MIT) AND BSD-3-Clause", true),
        ("Apache-2.0 OR LGPL-2.1-or-later OR MIT", true),
        ("GPL-3.0-or-later", false),
        ("MIT AND GPL-2.0-only", false),
        ("LGPL-3.0-only", false),
        ("(MIT OR GPL-2.0-only) AND AGPL-3.0-only", false),
        ("MPL-2.0", false),
        ("", false),
    ];
    for (expression, expected) in rows {
        assert_eq!(may_ship(expression, false), expected, "{expression}");
    }
    assert!(may_ship("MPL-2.0", true));
}

/// Whether an SPDX expression can be fulfilled with allowed licences.
fn may_ship(expression: &str, with_mpl: bool) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ").replace(" WITH ", "_WITH_");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    let fits = any(&words, &mut at, with_mpl);
    fits && at == words.len()
}

fn any(words: &[&str], at: &mut usize, with_mpl: bool) -> bool {
    let mut fits = all(words, at, with_mpl);
    while words.get(*at) == Some(&"OR") {
        *at += 1;
        fits |= all(words, at, with_mpl);
    }
    fits
}

fn all(words: &[&str], at: &mut usize, with_mpl: bool) -> bool {
    let mut fits = one(words, at, with_mpl);
    while words.get(*at) == Some(&"AND") {
        *at += 1;
        fits &= one(words, at, with_mpl);
    }
    fits
}

fn one(words: &[&str], at: &mut usize, with_mpl: bool) -> bool {
    let Some(word) = words.get(*at) else { return false };
    *at += 1;
    if *word == "(" {
        let fits = any(words, at, with_mpl);
        let closed = words.get(*at) == Some(&")");
        *at += 1;
        return fits && closed;
    }
    let licence = word.replace("_WITH_", " WITH ");
    ALLOWED.contains(&licence.as_str()) || (with_mpl && licence == "MPL-2.0")
}
