//! Operations on who asks: who am I, where am I signed in, tokens for programs.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::kind::{Field, Kind};
use super::operation::Operation;
use super::schema::{flag, list, maybe_text, object, text, time};
use super::scope::{SCOPES, Scope};
use super::told;
use crate::account::{sign_ins, tokens};
use crate::forms::Form;
use crate::problem::Problem;
use crate::security::roles::Who;
use crate::security::{csrf, sessions};
use crate::state::Portal;
use crate::visit::{SignedInPerson, Visit};

/// The rows.
pub fn operations() -> Vec<Operation> {
    let names: Vec<&'static str> = SCOPES.iter().map(|scope| scope.name()).collect();
    vec![
        Operation::get("account-show", "/me", Who::Anyone, Scope::Nothing, me)
            .about("Who is signed in, with what, and what it opens. A browser's session is told its form token.")
            .gives(object(&[
                ("login", text()),
                ("name", text()),
                ("kind", text()),
                ("operator", text()),
                ("scopes", list(text())),
                ("form_token", maybe_text()),
            ])),
        Operation::get("account-sign-ins", "/sign-ins", Who::Anyone, Scope::Account, all)
            .about("Where one is signed in, browsers and tokens, the one used last first.")
            .gives(object(&[("items", list(sign_in()))]))
            .like("/sign-ins")
            .like("/staff/sign-ins")
            .like("/tokens")
            .like("/staff/tokens"),
        Operation::delete("account-sign-in-end", "/sign-ins/{session}", Who::Anyone, Scope::Account, sign_ins::end)
            .about("Ends a sign-in, or withdraws a token.")
            .asks("session", Kind::Text(1, 100), "Its id, as account-sign-ins names it.")
            .like("/sign-ins/end")
            .like("/staff/sign-ins/end"),
        Operation::post(
            "account-sign-ins-end-others",
            "/sign-ins/end-others",
            Who::Anyone,
            Scope::Account,
            sign_ins::end_others,
        )
        .about("Ends every sign-in and token but the one that asks.")
        .like("/sign-ins/end-others")
        .like("/staff/sign-ins/end-others"),
        Operation::post("account-token-make", "/tokens", Who::Anyone, Scope::Account, make)
            .about(
                "Makes a token for a program. It is told this once, and opens nothing that the one who asks has not.",
            )
            .takes(vec![
                Field::new("name", Kind::Text(1, 60), "What its owner calls it.").needed(),
                Field::new("scopes", Kind::Names(names), "What it opens.").called("scope").needed(),
                Field::new("days", Kind::Whole(1, 365), "How many days it is good for.").needed(),
            ])
            .gives(object(&[("token", text()), ("name", text()), ("scopes", list(text())), ("expires_at", time())]))
            .like("/tokens")
            .like("/staff/tokens"),
    ]
}

fn sign_in() -> Value {
    object(&[
        ("id", text()),
        ("description", maybe_text()),
        ("from", text()),
        ("since", time()),
        ("last", time()),
        ("until", time()),
        ("this", flag()),
        ("token", json!({"type": ["object", "null"]})),
    ])
}

async fn me(visit: Visit) -> Result<Response, Problem> {
    let who = sign_ins::signed_in(&visit)?;
    let (login, name, kind) = match &who.person {
        SignedInPerson::Subscriber(row) => (&row.login, &row.name, "subscriber"),
        SignedInPerson::Staff(row, _) => (&row.login, &row.name, "staff"),
    };
    let scopes: Vec<&str> = Scope::givable(who).into_iter().map(Scope::name).collect();
    let form_token = who.session.grant.is_none().then(|| csrf::token(&who.session));
    let told = json!({
        "login": login, "name": name, "kind": kind, "operator": visit.operator_name, "scopes": scopes,
        "form_token": form_token,
    });
    Ok(Json(told).into_response())
}

async fn all(State(portal): State<Portal>, visit: Visit) -> Result<Response, Problem> {
    let who = sign_ins::signed_in(&visit)?;
    let rows = sessions::of(&portal, who, visit.now).await?;
    let items = rows.iter().map(|row| {
        json!({
            "id": sign_ins::id(row),
            "description": sign_ins::described(row),
            "from": row.ip,
            "since": told::time(row.created_at),
            "last": told::time(row.last_seen),
            "until": told::time(row.expires_at),
            "this": row.token_hash == who.session.token_hash,
            "token": row.grant.as_ref().map(|grant| json!({"name": grant.name, "scopes": grant.scopes})),
        })
    });
    Ok(Json(json!({"items": items.collect::<Vec<_>>()})).into_response())
}

async fn make(State(portal): State<Portal>, visit: Visit, form: Form) -> Result<Response, Problem> {
    let made = tokens::make(&portal, &visit, &form).await?;
    let told = json!({
        "token": made.token, "name": made.grant.name, "scopes": made.grant.scopes,
        "expires_at": told::time(made.expires_at),
    });
    Ok(Json(told).into_response())
}
