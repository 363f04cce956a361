//! Examples of the document: a request of each operation that is right as it stands, for who reads it and for who tests it.
//!
//! An operation that needs nothing but what every schema says has none.

use serde_json::{Value, json};

/// The body of an operation; a file as text.
pub fn body(operation: &str) -> Option<Value> {
    Some(match operation {
        "account-token-make" => json!({"name": "Kitchen display", "scopes": ["mail:read"], "days": 30}),
        "held-many" => json!({"deed": "release", "ids": []}),
        "held-delete-many" => json!({"ids": []}),
        "held-sender-save" => json!({"list": "receive", "sender": "a@sumire.example.jp", "proof": "proven"}),
        "waiting-let-in" => {
            json!({"recipient": "hanako@shirakaba.example.jp", "network": "192.0.2.0/24", "identity": "a@sumire.example.jp"})
        }
        "mail-keep" => json!({"keep": "yes"}),
        "mail-report" => json!({"agree": true, "whole": false, "note": "It says that it is my bank."}),
        "settings-level" => json!({"level": "own", "points": 5.5}),
        "settings-actions" => json!({"actions": {"spam": "junk", "newsletter": "deliver", "phishing": "trash"}}),
        "settings-days" => json!({"days": 14}),
        "settings-label" => json!({"label": "[SPAM?]"}),
        "settings-digest" => json!({"send": "24", "at": 7, "days": ["1", "5"], "empty": false}),
        "settings-furigana" => json!({"furigana": true}),
        "settings-senders" => json!({"mode": "named-else-held", "notice": true}),
        "settings-posing" => json!({
            "level": "middle", "then": "junk", "domains": ["bank.example.jp"], "exceptions": ["school.example.jp"],
            "rescue": ["to: club@example.jp"],
        }),
        "settings-conditions" => {
            json!({"conditions": {"html-present": "label-header", "no-subject": "junk"}, "size_kb": 2048})
        }
        "settings-links" => json!({"mode": "refuse-all", "then": "junk"}),
        "address-book-save" => json!({
            "mode": "first",
            "contacts": [{"address": "sayuri@sumire.example.jp", "name": "Sayuri"}, {"address": "ken@minato.example.jp"}],
        }),
        "settings-preset" => json!({"preset": "strong"}),
        "settings-try" => json!({"answers": {"who": "work", "unknown": "hold"}}),
        "list-entry-put" => {
            json!({"then": "junk", "expires": "2098-12-31", "note": "Since the fair", "even_if_unverified": false})
        }
        "list-import" => Value::String("list,entry,note\nrefuse,shop.example.com,too often\n".into()),
        "rule-add" | "rule-try" => json!({
            "name": "Lottery", "join": "any", "then": "junk",
            "conditions": [
                {"field": "subject", "kind": "contains", "text": "lottery"},
                {"field": "header", "header": "X-Mailer", "kind": "prefix", "text": "Blaster"},
            ],
        }),
        "rule-change" => json!({"deed": "switch"}),
        "consent-save" => json!({"consent": "give"}),
        "subscriber-means-reset" | "subscriber-sign-out" | "subscriber-act" => {
            json!({"reason": "asked by telephone, called back"})
        }
        "subscriber-contract" => json!({"begins": "2026-04-01"}),
        "subscriber-import" => Value::String("login,name\nnaoko@shirakaba.example.jp,Naoko\n".into()),
        "operator-settings-save" => json!({"threshold": 5.0, "retention_days": 14}),
        "operator-profile-save" => json!({"toml": "name = \"example\"\n", "note": "an example"}),
        "decision-ground" => json!({"ground": "asked", "reason": "asked by telephone, called back"}),
        "door-reset" => json!({"source": "192.0.2.7", "reason": "asked by their postmaster"}),
        _ => return None,
    })
}

/// A parameter of the path or the query.
pub fn parameter(operation: &str, name: &str) -> Option<Value> {
    Some(match (operation, name) {
        ("list-entry-put" | "list-entry-delete", "list") => json!("refuse"),
        ("list-entry-put" | "list-entry-delete", "entry") => json!("shop.example.com"),
        ("list-import", "list") => json!("refuse"),
        ("version-restore", "version") => json!(0),
        ("door-show", "q") => json!("192.0.2.7"),
        (_, "reference") => json!("7K3Q-92MX-4TDA"),
        (_, "q") => json!("example"),
        (_, "limit") => json!(20),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use policy::Language;

    use super::*;
    use crate::api::operation::Body;
    use crate::api::{body as reader, table};
    use crate::language::Words;

    #[test]
    fn every_example_fits_its_own_operation() {
        let words = Words(Language::En);
        let mut shown = 0;
        for operation in table() {
            let example = body(operation.id);
            shown += usize::from(example.is_some());
            match (&operation.body, example) {
                (Body::Json(fields), Some(example)) => {
                    let read = reader::json(fields, example.to_string().as_bytes(), words);
                    assert!(read.is_ok(), "{}: {example}: {read:?}", operation.id);
                }
                (Body::Json(fields), None) => {
                    assert!(!fields.iter().any(|field| field.is_needed), "{} needs an example", operation.id);
                }
                (Body::File(..), example) => assert!(example.is_some_and(|file| file.is_string()), "{}", operation.id),
                (Body::Nothing, example) => assert_eq!(example, None, "{} has no body", operation.id),
            }
            for field in &operation.query {
                let Some(example) = parameter(operation.id, field.name) else { continue };
                assert!(field.kind.read(field.form, &example).is_some(), "{} {}: {example}", operation.id, field.name);
            }
        }
        assert!(shown > 30, "{shown}");
    }
}
