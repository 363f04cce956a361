//! The one stylesheet, the one small script, and the icons. Nothing is ever loaded from elsewhere.

use std::io::Write as _;
use std::sync::OnceLock;

use axum::http::HeaderMap;
use axum::http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;

/// The stylesheet.
pub const STYLE: &str = include_str!("assets/style.css");
/// What lists can do more with JavaScript: keys, and fresh decisions for staff.
pub const SCRIPT: &str = include_str!("assets/keys.js");
const MARK: &str = include_str!("assets/mark.svg");

/// The licence of the icons, shown on the page about this program.
pub const ICON_LICENCE: &str = include_str!("assets/icons-LICENSE.txt");

/// Path data of the icons in use: Lucide 1.62.0, ISC (`assets/icons-LICENSE.txt`).
pub const ICONS: &[(&str, &str)] = &[
    (
        "shield-alert",
        r#"<path d="M20 13c0 5-3.5 7.5-7.66 8.95a1 1 0 0 1-.67-.01C7.5 20.5 4 18 4 13V6a1 1 0 0 1 1-1c2 0 4.5-1.2 6.24-2.72a1.17 1.17 0 0 1 1.52 0C14.51 3.81 17 5 19 5a1 1 0 0 1 1 1z"/><path d="M12 8v4"/><path d="M12 16h.01"/>"#,
    ),
    (
        "question",
        r#"<circle cx="12" cy="12" r="10"/><path d="M9.09 9a3 3 0 0 1 5.83 1c0 2-3 3-3 3"/><path d="M12 17h.01"/>"#,
    ),
    ("ban", r#"<circle cx="12" cy="12" r="10"/><path d="M4.929 4.929 19.07 19.071"/>"#),
    ("check", r#"<circle cx="12" cy="12" r="10"/><path d="m16 9-5.5 5.5L8 12"/>"#),
    (
        "alert",
        r#"<path d="m21.73 18-8-14a2 2 0 0 0-3.48 0l-8 14A2 2 0 0 0 4 21h16a2 2 0 0 0 1.73-3"/><path d="M12 9v4"/><path d="M12 17h.01"/>"#,
    ),
    (
        "inbox",
        r#"<polyline points="22 12 16 12 14 15 10 15 8 12 2 12"/><path d="M5.45 5.11 2 12v6a2 2 0 0 0 2 2h16a2 2 0 0 0 2-2v-6l-3.45-6.89A2 2 0 0 0 16.76 4H7.24a2 2 0 0 0-1.79 1.11z"/>"#,
    ),
    ("info", r#"<circle cx="12" cy="12" r="10"/><path d="M12 16v-4"/><path d="M12 8h.01"/>"#),
    (
        "link",
        r#"<path d="M10 13a5 5 0 0 0 7.54.54l3-3a5 5 0 0 0-7.07-7.07l-1.72 1.71"/><path d="M14 11a5 5 0 0 0-7.54-.54l-3 3a5 5 0 0 0 7.07 7.07l1.71-1.71"/>"#,
    ),
    ("lock", r#"<rect width="18" height="11" x="3" y="11" rx="2" ry="2"/><path d="M7 11V7a5 5 0 0 1 10 0v4"/>"#),
    (
        "server",
        r#"<rect width="20" height="8" x="2" y="2" rx="2" ry="2"/><rect width="20" height="8" x="2" y="14" rx="2" ry="2"/><line x1="6" x2="6.01" y1="6" y2="6"/><line x1="6" x2="6.01" y1="18" y2="18"/>"#,
    ),
    ("chevron", r#"<path d="m9 18 6-6-6-6"/>"#),
    ("user", r#"<path d="M19 21v-2a4 4 0 0 0-4-4H9a4 4 0 0 0-4 4v2"/><circle cx="12" cy="7" r="4"/>"#),
    (
        "eye",
        r#"<path d="M2.062 12.348a1 1 0 0 1 0-.696 10.75 10.75 0 0 1 19.876 0 1 1 0 0 1 0 .696 10.75 10.75 0 0 1-19.876 0"/><circle cx="12" cy="12" r="3"/>"#,
    ),
];

/// An icon as inline SVG. It says nothing to a screen reader: a word always stands beside it.
pub fn icon(name: &str) -> String {
    let shape = ICONS.iter().find(|(known, _)| *known == name).map_or("", |(_, shape)| shape);
    format!(
        "<svg class=\"icon icon-{name}\" viewBox=\"0 0 24 24\" width=\"20\" height=\"20\" fill=\"none\" \
         stroke=\"currentColor\" stroke-width=\"2\" stroke-linecap=\"round\" stroke-linejoin=\"round\" \
         aria-hidden=\"true\" focusable=\"false\">{shape}</svg>"
    )
}

/// `/assets/style.css`, as gzip (RFC 1952) where the browser takes that: a third of the octets on a slow telephone. Pages
/// themselves are never compressed: they carry form tokens beside words of strangers (BREACH).
pub async fn style(headers: HeaderMap) -> Response {
    let kind = (CONTENT_TYPE, "text/css; charset=utf-8");
    let kept = (CACHE_CONTROL, "public, max-age=3600");
    let varies = (VARY, "accept-encoding");
    match squeezed().filter(|_| takes_gzip(&headers)) {
        Some(octets) => ([kind, kept, varies, (CONTENT_ENCODING, "gzip")], octets).into_response(),
        None => ([kind, kept, varies], STYLE).into_response(),
    }
}

/// Whether gzip is among what the browser takes (RFC 9110 §12.5.3).
fn takes_gzip(headers: &HeaderMap) -> bool {
    let taken = headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    taken.split(',').map(|one| one.replace(' ', "")).any(|one| {
        let (name, weight) = one.split_once(";q=").unwrap_or((one.as_str(), "1"));
        name.eq_ignore_ascii_case("gzip") && weight.parse::<f32>().is_ok_and(|weight| weight > 0.0)
    })
}

/// The stylesheet, compressed once.
fn squeezed() -> Option<&'static [u8]> {
    static SQUEEZED: OnceLock<Option<Vec<u8>>> = OnceLock::new();
    let squeeze = || {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        gzip.write_all(STYLE.as_bytes()).ok()?;
        gzip.finish().ok()
    };
    SQUEEZED.get_or_init(squeeze).as_deref()
}

/// `/assets/keys.js`.
pub async fn script() -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/javascript; charset=utf-8"), (CACHE_CONTROL, "public, max-age=3600")], SCRIPT)
}

/// `/favicon.ico` and the mark in the header.
pub async fn mark() -> impl IntoResponse {
    ([(CONTENT_TYPE, "image/svg+xml"), (CACHE_CONTROL, "public, max-age=86400")], MARK)
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn the_stylesheet_goes_compressed_to_who_takes_it() {
        let asks = |value: &'static str| {
            takes_gzip(&HeaderMap::from_iter([(ACCEPT_ENCODING, axum::http::HeaderValue::from_static(value))]))
        };
        assert!(asks("gzip, deflate, br") && asks("br;q=1.0, gzip;q=0.8") && asks("GZIP"));
        assert!(!asks("br") && !asks("gzip;q=0") && !asks("") && !takes_gzip(&HeaderMap::new()));
        let octets = squeezed().unwrap_or_default();
        let mut text = String::new();
        assert!(flate2::read::GzDecoder::new(octets).read_to_string(&mut text).is_ok());
        assert_eq!(text, STYLE);
        assert!(octets.len() * 2 < STYLE.len(), "{} of {}", octets.len(), STYLE.len());
    }
}
