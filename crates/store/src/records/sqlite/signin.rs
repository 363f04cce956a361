//! Staff, sessions and one-time codes in SQLite.

use message::UnixMillis;
use sqlx::Row;
use sqlx::sqlite::{SqlitePool, SqliteRow};

use super::connect::failed;
use super::writer::Writer;
use crate::records::signin::{CodeRow, Grant, Person, Role, SessionRow, StaffRow};
use crate::{OperatorId, StaffId, StoreError, SubscriberId};

/// A session's last request is noted at most so often.
const SEEN_EVERY_MS: i64 = 60_000;

fn role_name(role: Role) -> &'static str {
    match role {
        Role::Viewer => "viewer",
        Role::Support => "support",
        Role::Administrator => "administrator",
    }
}

fn read_role(name: &str) -> Result<Role, StoreError> {
    match name {
        "viewer" => Ok(Role::Viewer),
        "support" => Ok(Role::Support),
        "administrator" => Ok(Role::Administrator),
        other => Err(StoreError::Corrupt { what: "staff member", why: format!("role {other:?}") }),
    }
}

pub(super) async fn put_staff(writer: &Writer, staff: &StaffRow) -> Result<StaffId, StoreError> {
    let staff = staff.clone();
    writer
        .change(move |connection| {
            Box::pin(async move {
                let statement = if staff.id.0 == 0 {
                    "INSERT INTO staff (operator, login, name, role, password, language)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6) RETURNING id"
                } else {
                    "UPDATE staff SET login = ?2, name = ?3, role = ?4, password = ?5, language = ?6
                     WHERE id = ?7 AND operator = ?1 RETURNING id"
                };
                let mut query = sqlx::query_scalar::<_, i64>(statement)
                    .bind(staff.operator.0)
                    .bind(staff.login)
                    .bind(staff.name)
                    .bind(role_name(staff.role))
                    .bind(staff.password)
                    .bind(staff.language);
                if staff.id.0 != 0 {
                    query = query.bind(staff.id.0);
                }
                let id = query.fetch_optional(connection).await.map_err(failed)?;
                id.map(StaffId).ok_or(StoreError::Absent("staff member"))
            })
        })
        .await
}

fn read_staff(row: &SqliteRow) -> Result<StaffRow, StoreError> {
    Ok(StaffRow {
        id: StaffId(row.try_get("id").map_err(failed)?),
        operator: OperatorId(row.try_get("operator").map_err(failed)?),
        login: row.try_get("login").map_err(failed)?,
        name: row.try_get("name").map_err(failed)?,
        role: read_role(row.try_get("role").map_err(failed)?)?,
        password: row.try_get("password").map_err(failed)?,
        language: row.try_get("language").map_err(failed)?,
    })
}

pub(super) async fn staff_by_login(readers: &SqlitePool, login: &str) -> Result<Option<StaffRow>, StoreError> {
    let row = sqlx::query("SELECT * FROM staff WHERE login = ?1").bind(login);
    row.fetch_optional(readers).await.map_err(failed)?.as_ref().map(read_staff).transpose()
}

pub(super) async fn staff(
    readers: &SqlitePool,
    operator: OperatorId,
    id: StaffId,
) -> Result<Option<StaffRow>, StoreError> {
    let row = sqlx::query("SELECT * FROM staff WHERE id = ?1 AND operator = ?2").bind(id.0).bind(operator.0);
    row.fetch_optional(readers).await.map_err(failed)?.as_ref().map(read_staff).transpose()
}

/// Opens a session. Those that had ended by the time this one begins are swept out with it.
pub(super) async fn put_session(writer: &Writer, session: &SessionRow) -> Result<(), StoreError> {
    let session = session.clone();
    writer
        .change(move |connection| {
            Box::pin(async move {
                let (kind, person) = numbers(session.person);
                sqlx::query("DELETE FROM sessions WHERE expires_at <= ?1")
                    .bind(session.created_at.0)
                    .execute(&mut *connection)
                    .await
                    .map_err(failed)?;
                sqlx::query(
                    "INSERT INTO sessions (token_hash, operator, person_kind, person, csrf, created_at, last_seen,
                         expires_at, ip, agent, grant_name, grant_scopes)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
                )
                .bind(&session.token_hash[..])
                .bind(session.operator.0)
                .bind(kind)
                .bind(person)
                .bind(&session.csrf[..])
                .bind(session.created_at.0)
                .bind(session.last_seen.0)
                .bind(session.expires_at.0)
                .bind(&session.ip)
                .bind(&session.agent)
                .bind(session.grant.as_ref().map_or("", |grant| &grant.name))
                .bind(session.grant.as_ref().map(|grant| grant.scopes.join(" ")).unwrap_or_default())
                .execute(connection)
                .await
                .map_err(failed)?;
                Ok(())
            })
        })
        .await
}

pub(super) fn fixed<const N: usize>(row: &SqliteRow, column: &str, what: &'static str) -> Result<[u8; N], StoreError> {
    let bytes: &[u8] = row.try_get(column).map_err(failed)?;
    bytes.try_into().map_err(|_| StoreError::Corrupt { what, why: format!("{column} has {} octets", bytes.len()) })
}

fn read_session(row: &SqliteRow) -> Result<SessionRow, StoreError> {
    let person: i64 = row.try_get("person").map_err(failed)?;
    Ok(SessionRow {
        token_hash: fixed(row, "token_hash", "session")?,
        operator: OperatorId(row.try_get("operator").map_err(failed)?),
        person: match row.try_get::<i64, _>("person_kind").map_err(failed)? {
            0 => Person::Subscriber(SubscriberId(person)),
            1 => Person::Staff(StaffId(person)),
            other => return Err(StoreError::Corrupt { what: "session", why: format!("person of kind {other}") }),
        },
        csrf: fixed(row, "csrf", "session")?,
        created_at: UnixMillis(row.try_get("created_at").map_err(failed)?),
        last_seen: UnixMillis(row.try_get("last_seen").map_err(failed)?),
        expires_at: UnixMillis(row.try_get("expires_at").map_err(failed)?),
        ip: row.try_get("ip").map_err(failed)?,
        agent: row.try_get("agent").map_err(failed)?,
        grant: read_grant(row)?,
    })
}

fn read_grant(row: &SqliteRow) -> Result<Option<Grant>, StoreError> {
    let scopes: String = row.try_get("grant_scopes").map_err(failed)?;
    if scopes.is_empty() {
        return Ok(None);
    }
    let scopes = scopes.split(' ').map(str::to_owned).collect();
    Ok(Some(Grant { name: row.try_get("grant_name").map_err(failed)?, scopes }))
}

pub(super) async fn session(
    readers: &SqlitePool,
    writer: &Writer,
    token_hash: &[u8; 32],
    now: UnixMillis,
) -> Result<Option<SessionRow>, StoreError> {
    let row = sqlx::query("SELECT * FROM sessions WHERE token_hash = ?1 AND expires_at > ?2")
        .bind(&token_hash[..])
        .bind(now.0)
        .fetch_optional(readers)
        .await
        .map_err(failed)?;
    let Some(mut session) = row.as_ref().map(read_session).transpose()? else { return Ok(None) };
    if now.0 - session.last_seen.0 < SEEN_EVERY_MS {
        return Ok(Some(session));
    }
    session.last_seen = now;
    let token_hash = *token_hash;
    let noted = writer
        .change(move |connection| {
            Box::pin(async move {
                sqlx::query("UPDATE sessions SET last_seen = max(last_seen, ?2) WHERE token_hash = ?1")
                    .bind(&token_hash[..])
                    .bind(now.0)
                    .execute(connection)
                    .await
                    .map_err(failed)?;
                Ok(())
            })
        })
        .await;
    if let Err(why) = noted {
        // A full disk must not sign people out: they may be about to make room.
        tracing::warn!(error = %why, "the time of a session's last request was not noted");
    }
    Ok(Some(session))
}

/// What kind of person, and which.
fn numbers(person: Person) -> (i64, i64) {
    match person {
        Person::Subscriber(id) => (0, id.0),
        Person::Staff(id) => (1, id.0),
    }
}

pub(super) async fn sessions_of(
    readers: &SqlitePool,
    operator: OperatorId,
    person: Person,
    now: UnixMillis,
) -> Result<Vec<SessionRow>, StoreError> {
    let (kind, id) = numbers(person);
    let rows = sqlx::query(
        "SELECT * FROM sessions WHERE operator = ?1 AND person_kind = ?2 AND person = ?3 AND expires_at > ?4
         ORDER BY last_seen DESC LIMIT 100",
    )
    .bind(operator.0)
    .bind(kind)
    .bind(id)
    .bind(now.0)
    .fetch_all(readers)
    .await
    .map_err(failed)?;
    rows.iter().map(read_session).collect()
}

pub(super) async fn end_session(writer: &Writer, token_hash: &[u8; 32]) -> Result<(), StoreError> {
    let token_hash = *token_hash;
    writer
        .change(move |connection| {
            Box::pin(async move {
                let ended = sqlx::query("DELETE FROM sessions WHERE token_hash = ?1").bind(&token_hash[..]);
                ended.execute(connection).await.map_err(failed)?;
                Ok(())
            })
        })
        .await
}

pub(super) async fn put_code(writer: &Writer, code: &CodeRow) -> Result<(), StoreError> {
    let code = code.clone();
    writer
        .change(move |connection| {
            Box::pin(async move {
                sqlx::query(
                    "INSERT INTO codes (operator, login, code_hash, expires_at, tries_left)
                     VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (operator, login) DO UPDATE SET
                         code_hash = excluded.code_hash, expires_at = excluded.expires_at,
                         tries_left = excluded.tries_left",
                )
                .bind(code.operator.0)
                .bind(code.login)
                .bind(&code.code_hash[..])
                .bind(code.expires_at.0)
                .bind(code.tries_left)
                .execute(connection)
                .await
                .map_err(failed)?;
                Ok(())
            })
        })
        .await
}

pub(super) async fn try_code(
    writer: &Writer,
    operator: OperatorId,
    login: &str,
    code_hash: &[u8; 32],
    now: UnixMillis,
) -> Result<bool, StoreError> {
    let (login, code_hash) = (login.to_owned(), *code_hash);
    writer
        .change(move |connection| {
            Box::pin(async move {
                let row = sqlx::query(
                    "SELECT code_hash, expires_at, tries_left FROM codes WHERE operator = ?1 AND login = ?2",
                )
                .bind(operator.0)
                .bind(&login)
                .fetch_optional(&mut *connection)
                .await
                .map_err(failed)?;
                let Some(row) = row else { return Ok(false) };
                let kept: [u8; 32] = fixed(&row, "code_hash", "one-time code")?;
                let expires_at: i64 = row.try_get("expires_at").map_err(failed)?;
                let tries_left: i64 = row.try_get("tries_left").map_err(failed)?;
                let same = aws_lc_rs::constant_time::verify_slices_are_equal(&kept, &code_hash).is_ok();
                let right = same && tries_left > 0 && now.0 < expires_at;
                let statement = if right {
                    "DELETE FROM codes WHERE operator = ?1 AND login = ?2"
                } else {
                    "UPDATE codes SET tries_left = max(tries_left - 1, 0) WHERE operator = ?1 AND login = ?2"
                };
                sqlx::query(statement).bind(operator.0).bind(login).execute(&mut *connection).await.map_err(failed)?;
                // Codes that nobody ever entered go here: somebody else's attempt is the only clock there is.
                let over = sqlx::query("DELETE FROM codes WHERE expires_at <= ?1").bind(now.0);
                over.execute(connection).await.map_err(failed)?;
                Ok(right)
            })
        })
        .await
}
