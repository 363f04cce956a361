//! A subscriber's own program: the REST API of the running server, with a token of theirs.

use serde_json::Value;
use testkit::{Sekisho, http};

/// A program with a token that opens everything of its owner.
pub(crate) struct Api<'s> {
    sekisho: &'s Sekisho,
    token: String,
}

impl<'s> Api<'s> {
    /// For this subscriber.
    pub(crate) fn of(sekisho: &'s Sekisho, address: &str) -> Self {
        let mut arguments = vec!["token-add", address, "--name", "test", "--days", "7"];
        for scope in ["account", "mail:read", "mail:write", "settings:read", "settings:write"] {
            arguments.extend(["--scope", scope]);
        }
        Self { sekisho, token: sekisho.run(&arguments).trim().to_owned() }
    }

    /// Status and JSON of an answer; `version`: what goes into `If-Match`.
    pub(crate) fn ask(&self, method: &str, path: &str, version: Option<i64>, body: &Value) -> (u16, Value) {
        let mut fields = format!("Authorization: Bearer {}\r\nAccept-Language: en\r\n", self.token);
        if let Some(version) = version {
            fields.push_str(&format!("If-Match: \"{version}\"\r\n"));
        }
        let body = if body.is_null() { String::new() } else { body.to_string() };
        if !body.is_empty() {
            fields.push_str("Content-Type: application/json\r\n");
        }
        let path = format!("/api/v1{path}");
        let answer = http::request(self.sekisho.portal, method, &path, &fields, body.as_bytes());
        let (status, text) = answer.expect("the portal answers");
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    /// What is there.
    pub(crate) fn get(&self, path: &str) -> Value {
        let (status, told) = self.ask("GET", path, None, &Value::Null);
        assert_eq!(status, 200, "{path}: {told}");
        told
    }

    /// A deed that has to be done.
    pub(crate) fn post(&self, path: &str, body: &Value) -> Value {
        let (status, told) = self.ask("POST", path, None, body);
        assert_eq!(status, 200, "{path}: {told}");
        told
    }

    /// A change of settings from the version in force, which has to be taken.
    pub(crate) fn change(&self, method: &str, path: &str, body: &Value) -> Value {
        let (status, told) = self.try_to_change(method, path, body);
        assert_eq!(status, 200, "{method} {path}: {told}");
        told
    }

    /// The same, whatever comes of it.
    pub(crate) fn try_to_change(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let version = self.get("/settings")["version"].as_i64().expect("settings have a version");
        self.ask(method, path, Some(version), body)
    }

    /// Ids of held mail, the newest first.
    pub(crate) fn held(&self) -> Vec<String> {
        let told = self.get("/held");
        let items = told["items"].as_array().expect("a list").iter();
        items.map(|item| item["id"].as_str().expect("an id").to_owned()).collect()
    }
}
