//! Held mail from the command line.

use checkpoint::Released;
use message::Address;
use serde_json::json;
use store::records::junk::{JunkQuery, JunkRow, JunkState};
use store::{Reference, StoreError};

use super::time;
use crate::control::Response;
use crate::house::House;

/// At most so many lines.
const MOST: u32 = 1_000;

/// A line for each held message of an address. Subjects stay closed: staff open them in the portal, with a ground.
pub(super) async fn list(house: &House, text: &str) -> Result<Response, StoreError> {
    let address = match Address::parse(text) {
        Ok(address) => address,
        Err(bad) => return Ok(Response::no(format!("\"{text}\": {bad}"))),
    };
    let Some(operator) = house.gate.directory.operator_of_domain(address.domain()) else {
        return Ok(Response::no(format!("{} is not a domain here", address.domain())));
    };
    let query = JunkQuery {
        operator: Some(operator),
        recipient: Some(address.key()),
        states: vec![JunkState::Held, JunkState::Trash, JunkState::Releasing, JunkState::Released],
        limit: MOST,
        ..JunkQuery::default()
    };
    let rows = house.gate.stores.records.find_junk(&query).await?;
    let lines: Vec<String> = rows
        .iter()
        .map(|row| {
            let state = format!("{:?}", row.state).to_lowercase();
            let points = format!("{:.1}", row.points);
            [
                row.reference.as_str(),
                &state,
                &row.held_at.0.to_string(),
                &row.class,
                &points,
                &row.size.to_string(),
                &row.mail_from,
            ]
            .join("\t")
        })
        .collect();
    let items = rows.iter().map(|row| {
        json!({
            "reference": row.reference.to_string(), "state": format!("{:?}", row.state).to_lowercase(),
            "held_at": time(row.held_at), "expires_at": time(row.expires_at), "class": row.class, "points": row.points,
            "size": row.size, "mail_from": row.mail_from,
        })
    });
    let found = json!({"items": items.collect::<Vec<_>>()});
    Ok(Response::ok(lines.join("\n")).with(&rows.len().to_string()).found(found))
}

async fn find(house: &House, text: &str) -> Result<Result<JunkRow, Response>, StoreError> {
    let Some(reference) = Reference::parse(text) else {
        return Ok(Err(Response::no(format!("\"{text}\" is not a reference"))));
    };
    for operator in house.operators().await? {
        if let Some(row) = house.gate.stores.records.junk_by_reference(operator, &reference).await? {
            return Ok(Ok(row));
        }
    }
    Ok(Err(Response::no(format!("nothing is held under {reference}")).with("absent")))
}

/// Delivers after all.
pub(super) async fn release(house: &House, text: &str) -> Result<Response, StoreError> {
    let row = match find(house, text).await? {
        Ok(row) => row,
        Err(no) => return Ok(no),
    };
    Ok(match house.gate.junk.release(row.operator, row.id, "staff", "cli").await {
        Ok(Released::Now) => Response::ok("delivered").with("released"),
        Ok(Released::Before) => Response::ok("it had been delivered before").with("before"),
        Err(why) => Response::no(format!("still held: {why}")).with("held"),
    })
}

/// Throws away.
pub(super) async fn delete(house: &House, text: &str) -> Result<Response, StoreError> {
    let row = match find(house, text).await? {
        Ok(row) => row,
        Err(no) => return Ok(no),
    };
    Ok(if house.gate.junk.delete(row.operator, row.id, "staff", "cli").await? {
        Response::ok("deleted").with("deleted")
    } else {
        Response::no("it is not held any more").with("absent")
    })
}
