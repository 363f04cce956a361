//! Staff sign in at the operator's own OpenID provider: authorization code flow with PKCE (OpenID Connect Core 1.0 §3.1,
//! RFC 7636), nothing else of it.

mod token;

use std::path::PathBuf;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use message::UnixMillis;
use serde_json::Value;
use tokio::sync::Mutex;

use crate::fetch::{self, Question};
use crate::forms::encode;
use crate::problem::Problem;
use crate::security::sessions::{hash, random};
pub use token::{Expected, Refused};

/// How long one answer of the provider may take.
const TIME: Duration = Duration::from_secs(10);
/// How long what the provider says of itself is believed, milliseconds.
const KEPT: i64 = 60 * 60_000;
/// A key that is not known is looked for again, at most so often.
const AGAIN: i64 = 60_000;

/// What the configuration says of the provider.
#[derive(Clone)]
pub struct Settings {
    /// Its issuer identifier, an `https` address.
    pub issuer: String,
    /// What it calls us.
    pub client_id: String,
    /// Our password there; empty for none.
    pub client_secret: String,
    /// What people call it.
    pub name: String,
    /// Claim that holds the sign-in name of staff, the first time: `email`, `preferred_username` …
    pub claim: String,
    /// PEM file with the certification authorities that are trusted.
    pub roots: PathBuf,
}

/// The provider, with what it said of itself last.
pub struct Provider {
    /// What the configuration says.
    pub settings: Settings,
    said: Mutex<Option<Said>>,
}

impl std::fmt::Debug for Provider {
    /// Without our password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Provider").field("issuer", &self.settings.issuer).finish_non_exhaustive()
    }
}

/// Where the provider is, and its keys.
#[derive(Clone, Debug)]
struct Said {
    authorize: String,
    token: String,
    jwks: String,
    keys: Value,
    at: UnixMillis,
}

/// What has to come back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Started {
    /// Ties the answer to this browser.
    pub state: String,
    /// Ties the token to this sign-in.
    pub nonce: String,
    /// What the code is exchanged with (RFC 7636 §4.1).
    pub verifier: String,
}

impl Started {
    /// Fresh ones.
    pub fn new() -> Result<Self, Problem> {
        let fresh = || random().map(|octets| URL_SAFE_NO_PAD.encode(octets));
        Ok(Self { state: fresh()?, nonce: fresh()?, verifier: fresh()? })
    }
}

/// Who the provider says it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The provider's own name for the person; never used again for another.
    pub subject: String,
    /// The claim that holds the sign-in name, if the provider stands by it.
    pub login: Option<String>,
}

impl Provider {
    /// A provider that has not been asked anything yet.
    pub fn new(settings: Settings) -> Self {
        Self { settings, said: Mutex::new(None) }
    }

    /// Where to send the browser.
    pub async fn address(&self, back: &str, started: &Started, now: UnixMillis) -> Result<String, String> {
        let said = self.said(now, KEPT).await?;
        let challenge = URL_SAFE_NO_PAD.encode(hash(&started.verifier));
        let between = if said.authorize.contains('?') { '&' } else { '?' };
        Ok(format!(
            "{}{between}response_type=code&scope={}&client_id={}&redirect_uri={}&state={}&nonce={}&code_challenge={}\
             &code_challenge_method=S256",
            said.authorize,
            encode("openid email profile"),
            encode(&self.settings.client_id),
            encode(back),
            started.state,
            started.nonce,
            challenge
        ))
    }

    /// Exchanges the code, and checks the token that comes for it.
    pub async fn exchange(
        &self,
        code: &str,
        back: &str,
        started: &Started,
        now: UnixMillis,
    ) -> Result<Identity, String> {
        let said = self.said(now, KEPT).await?;
        let token = self.token(&said.token, code, back, &started.verifier).await?;
        let settings = &self.settings;
        let expected = Expected {
            issuer: &settings.issuer,
            client_id: &settings.client_id,
            nonce: &started.nonce,
            now: now.0.div_euclid(1000),
        };
        let claims = match token::check(&token, &said.keys, &expected) {
            // Providers change their keys; the new ones are fetched, but not for everybody who invents one.
            Err(Refused::Key) => token::check(&token, &self.said(now, AGAIN).await?.keys, &expected),
            other => other,
        };
        let claims = claims.map_err(|refused| format!("its token is refused: {refused}"))?;
        Ok(self.identity(&claims))
    }

    fn identity(&self, claims: &Value) -> Identity {
        let claim = self.settings.claim.as_str();
        let is_verified = claim != "email" || claims["email_verified"].as_bool() == Some(true);
        let login = claims[claim].as_str().filter(|_| is_verified).map(str::to_lowercase);
        Identity { subject: claims["sub"].as_str().unwrap_or_default().to_owned(), login }
    }

    /// Name under which a person of this provider is kept.
    pub fn name_of(&self, identity: &Identity) -> [u8; 32] {
        hash(&format!("{}\0{}", self.settings.issuer, identity.subject))
    }

    async fn token(&self, at: &str, code: &str, back: &str, verifier: &str) -> Result<String, String> {
        let settings = &self.settings;
        let mut body = format!(
            "grant_type=authorization_code&code={}&redirect_uri={}&code_verifier={verifier}",
            encode(code),
            encode(back)
        );
        let mut fields = vec![("Content-Type", "application/x-www-form-urlencoded".to_owned())];
        if settings.client_secret.is_empty() {
            body.push_str(&format!("&client_id={}", encode(&settings.client_id)));
        } else {
            // RFC 6749 §2.3.1: both are form-encoded first.
            let pair = format!("{}:{}", encode(&settings.client_id), encode(&settings.client_secret));
            fields.push(("Authorization", format!("Basic {}", STANDARD.encode(pair))));
        }
        let question =
            Question { method: "POST", url: at, fields, body: body.into_bytes(), time: TIME, roots: &settings.roots };
        let answer = json(question).await?;
        answer["id_token"].as_str().map(str::to_owned).ok_or_else(|| "it gave no token".into())
    }

    /// What the provider says of itself, not older than `most` milliseconds.
    async fn said(&self, now: UnixMillis, most: i64) -> Result<Said, String> {
        let mut kept = self.said.lock().await;
        if let Some(said) = kept.as_ref().filter(|said| now.0 - said.at.0 < most) {
            return Ok(said.clone());
        }
        let issuer = self.settings.issuer.as_str();
        let at = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
        let configuration = self.get(&at).await?;
        // OpenID Connect Discovery 1.0 §4.3: or somebody else's keys would be believed.
        if configuration["issuer"].as_str() != Some(issuer) {
            return Err(format!("{at} is about another issuer"));
        }
        let place = |name: &str| {
            let found = configuration[name].as_str().filter(|url| is_safe(url, issuer));
            found.map(str::to_owned).ok_or_else(|| format!("{at} has no {name} that can be used"))
        };
        let jwks = place("jwks_uri")?;
        let said = Said {
            authorize: place("authorization_endpoint")?,
            token: place("token_endpoint")?,
            keys: self.get(&jwks).await?["keys"].clone(),
            jwks,
            at: now,
        };
        tracing::debug!(keys = %said.jwks, "the OpenID provider was asked about itself");
        *kept = Some(said.clone());
        Ok(said)
    }

    async fn get(&self, url: &str) -> Result<Value, String> {
        let (fields, roots) = (vec![("Accept", "application/json".to_owned())], &self.settings.roots);
        json(Question { method: "GET", url, fields, body: Vec::new(), time: TIME, roots }).await
    }
}

/// Over TLS, unless the issuer itself is on loopback without.
fn is_safe(url: &str, issuer: &str) -> bool {
    url.starts_with("https://") || (issuer.starts_with("http://") && url.starts_with("http://"))
}

async fn json(question: Question<'_>) -> Result<Value, String> {
    let answer = fetch::ask(question).await?;
    if answer.status != 200 {
        return Err(format!("it answered {}", answer.status));
    }
    serde_json::from_slice(&answer.body).map_err(|bad| format!("its answer is not JSON: {bad}"))
}
