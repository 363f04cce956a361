//! Signatures from the command line: our own set is added to, withdrawn from, listed, given to others and taken from them.

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use checkpoint::{Added, Signatures};
use content::heuristics::ClassHint;

use crate::control::Response;
use crate::house::House;

/// Where an addition comes from when nobody says it.
pub const STAFF: &str = "staff";

/// Runs what reads and writes files away from the threads that serve connections.
async fn apart(house: &House, run: impl FnOnce(&Signatures) -> Result<Response, String> + Send + 'static) -> Response {
    let signatures: Arc<Signatures> = house.signatures.clone();
    match tokio::task::spawn_blocking(move || run(&signatures)).await {
        Ok(Ok(response)) => response,
        Ok(Err(problem)) => Response::no(problem),
        Err(fault) => Response::no(format!("this failed inside: {fault}")),
    }
}

/// Adds a message.
pub(super) async fn add(house: &House, class: &str, origin: &str, raw: Bytes) -> Response {
    let class = match class {
        "phishing" => ClassHint::Phishing,
        "fee_fraud" => ClassHint::FeeFraud,
        "dating" => ClassHint::Dating,
        "malware" => ClassHint::Malware,
        _ => ClassHint::Spam,
    };
    let origin = if origin.is_empty() { STAFF } else { origin }.to_owned();
    apart(house, move |signatures| {
        Ok(match signatures.add(raw, class, &origin)? {
            Added::New(numbers) => {
                let numbers: Vec<String> = numbers.iter().map(|number| format!("local:{number}")).collect();
                Response::ok(format!("added as {}", numbers.join(", "))).with("new")
            }
            Added::Known(found) => {
                Response::ok(format!("a variant of {}:{}, nothing to add", found.set, found.number)).with("known")
            }
            Added::TooLittle => {
                Response::ok("it says too little to be told from wanted mail; nothing was added").with("too_little")
            }
        })
    })
    .await
}

/// Withdraws an entry of our own set.
pub(super) async fn withdraw(house: &House, number: u32) -> Response {
    apart(house, move |signatures| {
        Ok(if signatures.withdraw(number)? {
            Response::ok(format!("local:{number} is withdrawn")).with("withdrawn")
        } else {
            Response::no(format!("there is no local:{number} in force")).with("absent")
        })
    })
    .await
}

/// Sets, and entries of our own.
pub(super) async fn list(house: &House) -> Response {
    apart(house, |signatures| Ok(Response::ok(signatures.list()))).await
}

/// Our public key.
pub(super) async fn key(house: &House) -> Response {
    apart(house, |signatures| {
        let key = signatures.public_key().ok_or("this process keeps no signatures")?;
        Ok(Response::ok(key.to_string()))
    })
    .await
}

/// Writes our set to a file.
pub(super) async fn export(house: &House, to: PathBuf, since: u64) -> Response {
    let name = house.configuration.load().hostname.clone();
    apart(house, move |signatures| {
        let serial = signatures.export(&to, &name, since)?;
        Ok(Response::ok(format!("{}: set {name}, state {serial}", to.display())).with(&serial.to_string()))
    })
    .await
}

/// Takes a file in.
pub(super) async fn import(house: &House, from: PathBuf) -> Response {
    apart(house, move |signatures| Ok(Response::ok(signatures.import(&from)?).with("imported"))).await
}
