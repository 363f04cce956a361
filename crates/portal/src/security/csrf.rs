//! Forms are taken only from our own pages: an Origin check, and a token that only the session's pages know.

use aws_lc_rs::{constant_time, hmac};
use axum::http::HeaderMap;
use axum::http::header::{HOST, ORIGIN};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use store::records::signin::SessionRow;

/// The token that every form of a session carries.
pub fn token(session: &SessionRow) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, &session.csrf);
    URL_SAFE_NO_PAD.encode(hmac::sign(&key, b"form"))
}

/// Whether this is the session's token. Takes the same time for every wrong one.
pub fn token_holds(session: &SessionRow, given: &[u8]) -> bool {
    constant_time::verify_slices_are_equal(token(session).as_bytes(), given).is_ok()
}

/// Whether a POST comes from a page of this host. Browsers send Origin with every POST; `Sec-Fetch-Site` stands in
/// where a browser leaves it out. Neither: it is not a browser that shows our pages, and it is refused.
pub fn same_origin(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    match (text(ORIGIN), text(HOST)) {
        (Some(origin), Some(host)) => {
            let site = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
            site.is_some_and(|site| site.eq_ignore_ascii_case(host))
        }
        (None, _) => headers.get("sec-fetch-site").is_some_and(|value| value == "same-origin"),
        (Some(_), None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_pages_may_post() {
        let rows: [(&[(&str, &str)], bool); 8] = [
            (&[("origin", "https://mail.example.jp"), ("host", "mail.example.jp")], true),
            (&[("origin", "http://127.0.0.1:8025"), ("host", "127.0.0.1:8025")], true),
            (&[("origin", "http://127.0.0.1:8026"), ("host", "127.0.0.1:8025")], false),
            (&[("origin", "https://mail.example.jp.example.com"), ("host", "mail.example.jp")], false),
            (&[("origin", "null"), ("host", "mail.example.jp")], false),
            (&[("sec-fetch-site", "same-origin"), ("host", "mail.example.jp")], true),
            (&[("sec-fetch-site", "cross-site"), ("host", "mail.example.jp")], false),
            (&[("host", "mail.example.jp")], false),
        ];
        for (fields, expected) in rows {
            let mut headers = HeaderMap::new();
            for (name, value) in fields {
                headers.insert(axum::http::HeaderName::from_static(name), axum::http::HeaderValue::from_static(value));
            }
            assert_eq!(same_origin(&headers), expected, "{fields:?}");
        }
    }
}
