//! `[portal]`: how people sign in, from checked values.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use portal::sms::Gateway;
use store::records::signin::Role;

use super::typed::Maker;

/// What `[portal]` says of signing in.
#[derive(Clone, Debug, Default)]
pub struct SigningIn {
    /// The gateway for messages to telephones.
    pub sms: Option<Arc<Gateway>>,
    /// Staff roles that need a second factor.
    pub second_factor: Vec<Role>,
    /// Staff roles that do not come in by a password once they can do without.
    pub without_password: Vec<Role>,
    /// The OpenID provider of the staff.
    #[cfg(feature = "oidc")]
    pub oidc: Option<Arc<portal::security::oidc::Provider>>,
}

/// Makes it, and complains of what cannot be taken.
pub(super) fn of(maker: &mut Maker<'_>) -> SigningIn {
    #[cfg(not(feature = "oidc"))]
    no_provider(maker);
    SigningIn {
        second_factor: roles(maker, "portal.second_factor"),
        without_password: roles(maker, "portal.without_password"),
        sms: gateway(maker),
        #[cfg(feature = "oidc")]
        oidc: provider(maker),
    }
}

fn roles(maker: &mut Maker<'_>, key: &str) -> Vec<Role> {
    let mut out = Vec::new();
    for name in maker.values.texts(key) {
        match name.as_str() {
            "viewer" => out.push(Role::Viewer),
            "support" => out.push(Role::Support),
            "administrator" => out.push(Role::Administrator),
            other => wrong(maker, key, &format!("roles are viewer, support and administrator, not \"{other}\"")),
        }
    }
    out
}

#[cfg(feature = "oidc")]
fn provider(maker: &mut Maker<'_>) -> Option<Arc<portal::security::oidc::Provider>> {
    use portal::security::oidc::{Provider, Settings};
    let text = |key: &str| maker.values.text(key).to_owned();
    let issuer = text("portal.oidc_issuer");
    if issuer.is_empty() {
        return None;
    }
    let settings = Settings {
        issuer: issuer.clone(),
        client_id: text("portal.oidc_client_id"),
        client_secret: text("portal.oidc_client_secret"),
        name: text("portal.oidc_name"),
        claim: text("portal.oidc_claim"),
        roots: PathBuf::from(text("tls.roots")),
    };
    if !is_safe(&issuer) {
        wrong(maker, "portal.oidc_issuer", "it begins with https://, or is on loopback");
    }
    if settings.client_id.is_empty() {
        wrong(maker, "portal.oidc_client_id", "the provider gives one, and needs it");
    }
    if maker.values.text("portal.url").is_empty() {
        wrong(maker, "portal.url", "portal.oidc_issuer needs it: the provider sends people back there");
    }
    Some(Arc::new(Provider::new(settings)))
}

#[cfg(not(feature = "oidc"))]
fn no_provider(maker: &mut Maker<'_>) {
    if !maker.values.text("portal.oidc_issuer").is_empty() {
        wrong(maker, "portal.oidc_issuer", "this Sekisho was built without the feature oidc");
    }
}

fn gateway(maker: &mut Maker<'_>) -> Option<Arc<Gateway>> {
    let text = |key: &str| maker.values.text(key).to_owned();
    let (url, body, country) = (text("portal.sms_url"), text("portal.sms_body"), text("portal.sms_country"));
    if url.is_empty() {
        return None;
    }
    let seconds = maker.values.keys.get("portal.sms_seconds").and_then(|value| value.toml.as_integer());
    let seconds = seconds.and_then(|seconds| u64::try_from(seconds).ok()).unwrap_or(10);
    let made = Gateway {
        body: body.clone(),
        content_type: text("portal.sms_type"),
        authorization: text("portal.sms_authorization"),
        time: Duration::from_secs(seconds.clamp(1, 60)),
        roots: PathBuf::from(text("tls.roots")),
        country: country.clone(),
        url: url.clone(),
    };
    // A key in the address must not cross the network in the clear.
    if !is_safe(&url) {
        wrong(maker, "portal.sms_url", "it begins with https://, or is on loopback");
    }
    if !body.contains("{number}") || !body.contains("{text}") {
        wrong(maker, "portal.sms_body", "it holds {number} and {text}");
    }
    if !country.starts_with('+') || !country[1..].bytes().all(|b| b.is_ascii_digit()) {
        wrong(maker, "portal.sms_country", "it is a country's prefix such as +81");
    }
    Some(Arc::new(made))
}

/// Over TLS, or to a program of this machine.
fn is_safe(url: &str) -> bool {
    let rest = |start: &str| url.strip_prefix(start).is_some_and(|rest| rest.starts_with([':', '/']));
    url.starts_with("https://") || ["http://127.0.0.1", "http://[::1]", "http://localhost"].into_iter().any(rest)
}

fn wrong(maker: &mut Maker<'_>, key: &str, problem: &str) {
    maker.complain(maker.values.keys.get(key), format!("{key}: {problem}"));
}
