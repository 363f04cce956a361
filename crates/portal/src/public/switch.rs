//! The switches at the edge of every page: the language, and the reading of hard words. Each is a cookie for a year and
//! leads back only to a path of our own.

use axum::extract::Path;
use axum::http::HeaderValue;
use axum::http::header::SET_COOKIE;
use axum::response::Response;
use policy::Language;

use crate::forms;
use crate::frame::go;
use crate::security::cookies;
use crate::visit::Visit;

/// Switches and leads back.
pub async fn to(Path(code): Path<String>, visit: Visit) -> Response {
    let back = forms::query(&visit.path).text("back");
    let mut response = go(own_path(&back).unwrap_or("/"));
    let cookie = cookies::set_language(Language::of(&code).code(), visit.secure);
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(SET_COOKIE, value);
    }
    response
}

/// Shows the reading of hard words (`on`), or does not (anything else), and leads back.
pub async fn furigana(Path(code): Path<String>, visit: Visit) -> Response {
    let back = forms::query(&visit.path).text("back");
    let mut response = go(own_path(&back).unwrap_or("/"));
    let shown = if code == "on" { "on" } else { "off" };
    if let Ok(value) = HeaderValue::from_str(&cookies::set_furigana(shown, visit.secure)) {
        response.headers_mut().append(SET_COOKIE, value);
    }
    response
}

/// A path on this host, and nothing that a browser could read as another host.
pub fn own_path(path: &str) -> Option<&str> {
    let own = path.starts_with('/')
        && !path.starts_with("//")
        && path.bytes().all(|b| b.is_ascii_graphic() && b != b'\\')
        && path.len() < 2_000;
    own.then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_address_leads_away_from_here() {
        for away in [
            "https://x.example/",
            "//x.example",
            "/\\x.example",
            "\\\\x",
            "javascript:alert(1)",
            "",
            "x",
            "/a\r\nb",
            "/\t/x",
        ] {
            assert_eq!(own_path(away), None, "{away:?}");
        }
        assert_eq!(own_path("/held?done=released"), Some("/held?done=released"));
    }
}
