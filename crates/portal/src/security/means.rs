//! The second factor of a person: codes of an app, and recovery codes for when the app is gone.

use aws_lc_rs::hmac;
use message::{Address, UnixMillis};
use store::OperatorId;
use store::records::means::{MeansKind, MeansRow};
use store::records::signin::Person;

use crate::problem::Problem;
use crate::security::seal::{self, Whose};
use crate::security::sessions::random;
use crate::security::totp;
use crate::state::Portal;

/// Recovery codes that are made at a time.
const RECOVERY: usize = 10;
/// Crockford's 32 letters and digits: O, I and L are read as the digits that they look like.
const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// What a typed second factor was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Second {
    /// A code of the app.
    App,
    /// A recovery code; so many are left.
    Recovery(usize),
}

fn whose(operator: OperatorId, person: Person, kind: MeansKind) -> Whose {
    Whose { operator, person, kind }
}

/// The row of the app, if there is one.
pub async fn app(portal: &Portal, operator: OperatorId, person: Person) -> Result<Option<MeansRow>, Problem> {
    let rows = portal.records().means_of(operator, person).await?;
    Ok(rows.into_iter().find(|row| row.kind == MeansKind::Totp))
}

/// Recovery codes that are left.
pub async fn recovery_left(portal: &Portal, operator: OperatorId, person: Person) -> Result<usize, Problem> {
    let rows = portal.records().means_of(operator, person).await?;
    Ok(rows.iter().filter(|row| row.kind == MeansKind::Recovery).count())
}

/// Keeps the secret of an app, with the step of the code that confirmed it, so that this code is used up.
pub async fn enrol(
    portal: &Portal,
    operator: OperatorId,
    person: Person,
    secret: &[u8],
    step: i64,
    now: UnixMillis,
) -> Result<(), Problem> {
    let sealed = seal::seal(&portal.options.secret, whose(operator, person, MeansKind::Totp), secret)?;
    let row = MeansRow {
        operator,
        person,
        kind: MeansKind::Totp,
        name: Vec::new(),
        secret: sealed,
        detail: String::new(),
        created_at: now,
        used: step,
    };
    Ok(portal.records().put_means(&row).await?)
}

/// Takes app and recovery codes away.
pub async fn remove(portal: &Portal, operator: OperatorId, person: Person) -> Result<bool, Problem> {
    let had = portal.records().drop_means(operator, person, MeansKind::Totp, None).await?;
    portal.records().drop_means(operator, person, MeansKind::Recovery, None).await?;
    Ok(had > 0)
}

/// Whether a code of the app is right and new. A time step that was taken once is not taken again.
pub async fn try_app(
    portal: &Portal,
    operator: OperatorId,
    person: Person,
    typed: &str,
    now: UnixMillis,
) -> Result<bool, Problem> {
    let Some(row) = app(portal, operator, person).await? else { return Ok(false) };
    let secret = seal::open(&portal.options.secret, whose(operator, person, MeansKind::Totp), &row.secret)?;
    match totp::matches(&secret, &digits(typed), now.0) {
        Some(step) => Ok(portal.records().advance_means(operator, person, MeansKind::Totp, b"", step).await?),
        None => Ok(false),
    }
}

/// A code of the app or a recovery code, whichever was typed.
pub async fn try_second(
    portal: &Portal,
    operator: OperatorId,
    person: Person,
    typed: &str,
    now: UnixMillis,
) -> Result<Option<Second>, Problem> {
    if try_app(portal, operator, person, typed, now).await? {
        return Ok(Some(Second::App));
    }
    let name = recovery_name(portal, operator, person, typed);
    if portal.records().drop_means(operator, person, MeansKind::Recovery, Some(&name)).await? == 1 {
        return Ok(Some(Second::Recovery(recovery_left(portal, operator, person).await?)));
    }
    Ok(None)
}

/// Makes ten recovery codes in place of those there were. They are shown once; only keyed hashes are kept.
pub async fn new_recovery(
    portal: &Portal,
    operator: OperatorId,
    person: Person,
    now: UnixMillis,
) -> Result<Vec<String>, Problem> {
    portal.records().drop_means(operator, person, MeansKind::Recovery, None).await?;
    let mut codes = Vec::with_capacity(RECOVERY);
    for _ in 0..RECOVERY {
        let letters: String =
            random()?.iter().take(10).map(|octet| char::from(LETTERS[usize::from(octet & 31)])).collect();
        let code = format!("{}-{}", &letters[..5], &letters[5..]);
        let row = MeansRow {
            operator,
            person,
            kind: MeansKind::Recovery,
            name: recovery_name(portal, operator, person, &code),
            secret: Vec::new(),
            detail: String::new(),
            created_at: now,
            used: 0,
        };
        portal.records().put_means(&row).await?;
        codes.push(code);
    }
    Ok(codes)
}

fn recovery_name(portal: &Portal, operator: OperatorId, person: Person, typed: &str) -> Vec<u8> {
    let plain: String = half_width(typed)
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| match c.to_ascii_lowercase() {
            'o' => '0',
            'i' | 'l' => '1',
            c => c,
        })
        .collect();
    let key = hmac::Key::new(hmac::HMAC_SHA256, &portal.options.secret);
    let text = format!("recovery\0{}\0{person:?}\0{plain}", operator.0);
    hmac::sign(&key, text.as_bytes()).as_ref().to_vec()
}

/// The telephone number that gets one-time codes.
pub async fn telephone(portal: &Portal, operator: OperatorId, person: Person) -> Result<Option<String>, Problem> {
    kept(portal, operator, person, MeansKind::Telephone).await
}

/// Where letters about the account go, where the person set that apart.
pub async fn letters(portal: &Portal, operator: OperatorId, person: Person) -> Result<Option<Address>, Problem> {
    let text = kept(portal, operator, person, MeansKind::Letters).await?;
    Ok(text.and_then(|text| Address::parse(&text).ok()))
}

/// What a person has one of, as text.
async fn kept(
    portal: &Portal,
    operator: OperatorId,
    person: Person,
    kind: MeansKind,
) -> Result<Option<String>, Problem> {
    let rows = portal.records().means_of(operator, person).await?;
    let Some(row) = rows.into_iter().find(|row| row.kind == kind) else { return Ok(None) };
    let octets = seal::open(&portal.options.secret, whose(operator, person, kind), &row.secret)?;
    Ok(Some(String::from_utf8_lossy(&octets).into_owned()))
}

/// Keeps a telephone number (E.164), or an address for letters, or takes it away.
pub async fn put(
    portal: &Portal,
    operator: OperatorId,
    person: Person,
    (kind, text): (MeansKind, Option<&str>),
    now: UnixMillis,
) -> Result<(), Problem> {
    let Some(text) = text else {
        portal.records().drop_means(operator, person, kind, None).await?;
        return Ok(());
    };
    let secret = seal::seal(&portal.options.secret, whose(operator, person, kind), text.as_bytes())?;
    let row =
        MeansRow { operator, person, kind, name: Vec::new(), secret, detail: String::new(), created_at: now, used: 0 };
    Ok(portal.records().put_means(&row).await?)
}

/// Whether a person can come in without a password: by a passkey, or by the OpenID provider.
pub async fn has_another_way(portal: &Portal, operator: OperatorId, person: Person) -> Result<bool, Problem> {
    let rows = portal.records().means_of(operator, person).await?;
    let has_passkey = offers_passkeys(portal) && rows.iter().any(|row| row.kind == MeansKind::Passkey);
    Ok(has_passkey || comes_by_provider(portal, operator, person).await?)
}

/// Whether a person comes in by the OpenID provider, and there is one.
pub async fn comes_by_provider(portal: &Portal, operator: OperatorId, person: Person) -> Result<bool, Problem> {
    let rows = portal.records().means_of(operator, person).await?;
    Ok(!portal.options.provider_name().is_empty() && rows.iter().any(|row| row.kind == MeansKind::Oidc))
}

/// Whether passkeys are offered here.
#[cfg(feature = "passkeys")]
pub fn offers_passkeys(portal: &Portal) -> bool {
    crate::security::passkeys::Site::of(portal).is_some()
}

/// Whether passkeys are offered here.
#[cfg(not(feature = "passkeys"))]
pub fn offers_passkeys(_: &Portal) -> bool {
    false
}

/// The digits of what was typed: full-width ones are digits too, and blanks between them are none.
pub fn digits(typed: &str) -> String {
    half_width(typed).chars().filter(char::is_ascii_digit).collect()
}

/// With letters and digits of full width as ASCII.
pub fn half_width(typed: &str) -> String {
    typed
        .chars()
        .map(|c| match c {
            '！'..='～' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
            c => c,
        })
        .collect()
}
