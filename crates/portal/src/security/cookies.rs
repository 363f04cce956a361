//! Cookies: the session's, and the chosen language.

use axum::http::HeaderMap;
use axum::http::header::COOKIE;

/// The session cookie's name. Over TLS the `__Host-` prefix binds it to this very host (RFC 6265bis §4.1.3.2).
pub fn session_name(secure: bool) -> &'static str {
    if secure { "__Host-sekisho" } else { "sekisho" }
}

/// The language cookie's name.
pub const LANGUAGE: &str = "sekisho-language";

/// The cookie that says whether hard words stand with their reading on this device: `on` or `off`.
pub const FURIGANA: &str = "sekisho-furigana";

/// The value of a cookie.
pub fn read<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(known, value)| (known == name).then_some(value))
}

/// Set-Cookie for a session. It ends with the browser or with our row, whichever is first.
pub fn set_session(token: &str, secure: bool) -> String {
    format!("{}={token}; Path=/; HttpOnly; SameSite=Lax{}", session_name(secure), suffix(secure))
}

/// Set-Cookie that takes the session's away.
pub fn clear_session(secure: bool) -> String {
    format!("{}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0{}", session_name(secure), suffix(secure))
}

/// Set-Cookie for the language, kept a year.
pub fn set_language(code: &str, secure: bool) -> String {
    format!("{LANGUAGE}={code}; Path=/; HttpOnly; SameSite=Lax; Max-Age=31536000{}", suffix(secure))
}

/// Set-Cookie for the reading of hard words, kept a year.
pub fn set_furigana(shown: &str, secure: bool) -> String {
    format!("{FURIGANA}={shown}; Path=/; HttpOnly; SameSite=Lax; Max-Age=31536000{}", suffix(secure))
}

/// Set-Cookie that leaves the reading of hard words to the person's own setting.
pub fn clear_furigana(secure: bool) -> String {
    format!("{FURIGANA}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0{}", suffix(secure))
}

fn suffix(secure: bool) -> &'static str {
    if secure { "; Secure" } else { "" }
}
