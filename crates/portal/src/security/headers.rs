//! Headers on every answer: nothing is loaded from elsewhere, nothing is framed, nothing private is cached.

use std::sync::OnceLock;

use aws_lc_rs::digest;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, HeaderValue, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The policy of our own pages.
pub const PAGES: &str = "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; \
                         form-action 'self'; frame-src 'self'; frame-ancestors 'none'; base-uri 'none'";

/// The little style of a shown message, allowed by its hash.
pub const MESSAGE_STYLE: &str = "body{font:16px/1.7 system-ui,sans-serif;margin:12px;overflow-wrap:anywhere;\
                                 color:#1b1d28;background:#fff}table{max-width:100%}td,th{vertical-align:top}";

/// The policy of a message's own HTML: a sandbox of another origin in which nothing runs, loads, or leads anywhere.
pub fn message_policy() -> &'static str {
    static POLICY: OnceLock<String> = OnceLock::new();
    POLICY.get_or_init(|| {
        let hash = STANDARD.encode(digest::digest(&digest::SHA256, MESSAGE_STYLE.as_bytes()));
        format!(
            "sandbox; default-src 'none'; style-src 'sha256-{hash}'; form-action 'none'; base-uri 'none'; \
             frame-ancestors 'self'"
        )
    })
}

/// Puts the headers on an answer; what a page has set itself stays.
pub fn protect(response: &mut Response, secure: bool) {
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    set(CONTENT_SECURITY_POLICY, PAGES);
    set(X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(X_FRAME_OPTIONS, "DENY");
    // `no-referrer` would make browsers send `Origin: null` with our own forms.
    set(REFERRER_POLICY, "same-origin");
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    set(HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()");
    set(CACHE_CONTROL, "no-store");
    if secure {
        set(STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
}
