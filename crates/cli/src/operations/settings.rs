//! Settings from the command line: each change is a version like any other.

use message::Address;
use policy::settings::Origin;
use policy::{Layer, Profile};
use serde_json::{Value, json};
use store::records::settings::SettingsOwner;
use store::{OperatorId, StoreError};

use crate::control::Response;
use crate::house::House;

/// Whose settings a text names.
async fn owner(house: &House, text: &str) -> Result<Result<(OperatorId, SettingsOwner), Response>, StoreError> {
    let Some(operator) = house.gate.directory.first_operator() else {
        return Ok(Err(Response::no("there is no domain yet")));
    };
    if text == "operator" {
        return Ok(Ok((operator, SettingsOwner::Operator)));
    }
    if let Some(group) = text.strip_prefix("group:") {
        return Ok(Ok((operator, SettingsOwner::Group(group.to_owned()))));
    }
    let address = match Address::parse(text) {
        Ok(address) => address,
        Err(bad) => {
            let problem = format!("\"{text}\" is neither an address ({bad}) nor `operator` nor `group:NAME`");
            return Ok(Err(Response::no(problem)));
        }
    };
    let operator = house.gate.directory.operator_of_domain(address.domain()).unwrap_or(operator);
    let row = house.gate.stores.records.address(operator, &address.key()).await?;
    Ok(match row.and_then(|row| row.subscriber) {
        Some(person) => Ok((operator, SettingsOwner::Subscriber(person))),
        None => Err(Response::no(format!("{address} belongs to no subscriber; `sekisho subscriber-add` makes one"))),
    })
}

/// The layer in force, as JSON.
pub(super) async fn show(house: &House, text: &str) -> Result<Response, StoreError> {
    let (operator, owner) = match owner(house, text).await? {
        Ok(found) => found,
        Err(no) => return Ok(no),
    };
    let (version, layer) = house.gate.directory.layer_of(operator, &owner).await?;
    let json = layer.to_json();
    let found = json!({"version": version, "layer": serde_json::from_str::<Value>(&json).unwrap_or_default()});
    Ok(Response::ok(json).with(&version.to_string()).found(found))
}

/// A new version.
pub(super) async fn set(house: &House, text: &str, note: &str, json: &[u8]) -> Result<Response, StoreError> {
    let (operator, owner) = match owner(house, text).await? {
        Ok(found) => found,
        Err(no) => return Ok(no),
    };
    let Ok(json) = std::str::from_utf8(json) else { return Ok(Response::no("the layer is not UTF-8")) };
    let origin = match &owner {
        SettingsOwner::Operator => Origin::Operator,
        SettingsOwner::Group(_) => Origin::Group,
        SettingsOwner::Subscriber(_) => Origin::Subscriber,
    };
    let layer = match Layer::from_json_of(origin, json) {
        Ok(layer) => layer,
        Err(bad) => return Ok(Response::no(bad.to_string())),
    };
    let directory = &house.gate.directory;
    let (version, _) = directory.layer_of(operator, &owner).await?;
    let version = directory.change_settings(operator, &owner, &layer, version, "staff", "cli", note).await?;
    Ok(Response::ok(format!("version {version} is in force from the next message on")).with(&version.to_string()))
}

/// The profile in force, as TOML.
pub(super) async fn show_profile(house: &House) -> Result<Response, StoreError> {
    let Some(operator) = house.gate.directory.first_operator() else {
        return Ok(Response::no("there is no domain yet"));
    };
    let toml = house.gate.directory.profile_of(operator).await?.to_toml();
    let found = json!({"toml": toml});
    Ok(Response::ok(toml).found(found))
}

/// A new profile in the operator's layer; everything else in it stays.
pub(super) async fn set_profile(house: &House, note: &str, text: &[u8]) -> Result<Response, StoreError> {
    let directory = &house.gate.directory;
    let Some(operator) = directory.first_operator() else { return Ok(Response::no("there is no domain yet")) };
    let Ok(text) = std::str::from_utf8(text) else { return Ok(Response::no("the profile is not UTF-8")) };
    let profile = match Profile::from_toml(text) {
        Ok(profile) => profile,
        Err(wrong) => return Ok(Response::no(wrong.to_string())),
    };
    let (version, layer) = directory.layer_of(operator, &SettingsOwner::Operator).await?;
    let layer = Layer { profile: Some(Box::new(profile)), ..layer };
    let owner = SettingsOwner::Operator;
    let version = directory.change_settings(operator, &owner, &layer, version, "staff", "cli", note).await?;
    Ok(Response::ok(format!("version {version} is in force from the next message on")).with(&version.to_string()))
}
