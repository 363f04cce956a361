//! What a program sends to the REST API: body, query and path of every operation, measured by the operation's own fields.
//! What is taken becomes a form within those bounds, and the same value, written again, becomes the same form.
//!
//! An input is the number of an operation (one octet), a path with its query up to the end of the line, and a body.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use policy::Language;
use portal::api::kind::{Field, Kind};
use portal::api::operation::Body;
use portal::api::{body, table};
use portal::language::Words;

/// Paths, fields of the query and the path, fields of the body.
static OPERATIONS: LazyLock<Vec<(String, Vec<Field>, Vec<Field>)>> = LazyLock::new(|| {
    let fields = |body: &Body| match body {
        Body::Json(fields) => fields.clone(),
        Body::Nothing | Body::File(..) => Vec::new(),
    };
    table().into_iter().map(|one| (one.path.clone(), one.query.clone(), fields(&one.body))).collect()
});

fuzz_target!(|bytes: &[u8]| {
    let Some((which, rest)) = bytes.split_first() else { return };
    let end = rest.iter().position(|octet| *octet == b'\n').unwrap_or(rest.len());
    let (target, json) = (String::from_utf8_lossy(&rest[..end]), rest.get(end + 1..).unwrap_or_default());
    let words = Words(Language::En);
    let (path, asked, taken) = &OPERATIONS[usize::from(*which) % OPERATIONS.len()];
    let _ = body::query(asked, &target, words);
    if let Ok(pairs) = body::path(asked, path, &target, words) {
        assert!(pairs.len() <= asked.len());
    }
    let Ok(pairs) = body::json(taken, json, words) else { return };
    let value: serde_json::Value = match json {
        [] => serde_json::json!({}),
        json => serde_json::from_slice(json).expect("it was read before"),
    };
    let again = serde_json::to_vec(&value).expect("JSON can be written");
    assert_eq!(body::json(taken, &again, words).ok().as_ref(), Some(&pairs));
    for field in taken {
        let Kind::Text(least, most) = field.kind else { continue };
        for (_, text) in pairs.iter().filter(|(name, _)| name == field.form) {
            let text = std::str::from_utf8(text).expect("JSON is UTF-8");
            assert!((least..=most).contains(&text.chars().count()) && !text.contains(['\r', '\n', '\0']), "{text:?}");
        }
    }
    let form = body::form(pairs);
    let _ = portal::subscriber::rules::read(&form, "tried".into());
});
