//! Operations of the API from the command line: each deed of the pages, by the same code, as staff with a reason.

use std::sync::{Arc, OnceLock};

use message::Address;
use policy::Language;
use portal::api::within::{self, Within};
use portal::forms::Form;
use portal::problem::Problem;
use portal::visit::SignedInPerson;
use store::records::directory::SubscriberRow;
use store::{OperatorId, Reference, StoreError};

use crate::control::Response;
use crate::house::House;

/// What a command asks for.
pub(super) struct Asked {
    pub(super) operation: String,
    pub(super) person: Option<String>,
    pub(super) reason: String,
    pub(super) ground: String,
    pub(super) version: Option<i64>,
    pub(super) fields: Vec<(String, String)>,
    pub(super) language: String,
}

/// Does it.
pub(super) async fn run(house: &Arc<House>, within: &OnceLock<Within>, asked: Asked, file: Vec<u8>) -> Response {
    let within = within.get_or_init(|| Within::new(crate::pages::portal(house, false)));
    match done(house, within, asked, file).await {
        Ok(told) if told.is_done => Response::ok(told.text),
        Ok(told) => Response::no(told.text).with("problem"),
        Err(why) => Response::no(why),
    }
}

async fn done(house: &House, within: &Within, asked: Asked, file: Vec<u8>) -> Result<within::Told, String> {
    let operator = house.gate.directory.first_operator().ok_or("there is no domain yet")?;
    let acting = match &asked.person {
        Some(address) => {
            if asked.reason.chars().count() < 5 {
                return Err("say with --reason why you act for somebody; they see that it happened".into());
            }
            Some((person(house, address).await?, asked.reason.clone()))
        }
        None => None,
    };
    let operator = acting.as_ref().map_or(operator, |(row, _)| row.operator);
    let fields = with_ids(house, operator, asked.fields).await?;
    let ask = within::Ask {
        operator,
        operation: asked.operation,
        acting,
        ground: asked.ground,
        fields,
        version: asked.version,
        language: asked.language,
        file,
    };
    within::begin(within, &ask).await.map_err(|problem| match problem {
        Problem::BadField(why) => why,
        _ => "the record of who acts for whom cannot be written".to_owned(),
    })?;
    within::ask(within, &ask).await
}

/// People quote references; the operations on held mail know ids. Whose it is the operation looks at.
async fn with_ids(
    house: &House,
    operator: OperatorId,
    fields: Vec<(String, String)>,
) -> Result<Vec<(String, String)>, String> {
    let mut out = Vec::new();
    for (name, value) in fields {
        let known = match name.as_str() {
            "id" => ids(house, operator, &value).await?,
            "ids" => {
                let mut all = Vec::new();
                for one in value.split(',') {
                    all.push(ids(house, operator, one.trim()).await?);
                }
                all.join(",")
            }
            _ => value,
        };
        out.push((name, known));
    }
    Ok(out)
}

async fn ids(house: &House, operator: OperatorId, text: &str) -> Result<String, String> {
    let Some(reference) = Reference::parse(text) else { return Ok(text.to_owned()) };
    let row = house.gate.stores.records.junk_by_reference(operator, &reference).await;
    let row = row.map_err(|fault: StoreError| fault.to_string())?;
    Ok(row.map_or_else(|| text.to_owned(), |row| row.id.0.to_string()))
}

/// The subscriber of an address.
async fn person(house: &House, text: &str) -> Result<SubscriberRow, String> {
    let address = Address::parse(text).map_err(|bad| format!("\"{text}\": {bad}"))?;
    let told = |fault: StoreError| fault.to_string();
    let nobody = || format!("{address} belongs to no subscriber; `sekisho subscriber-add` makes one");
    let operator = house.gate.directory.operator_of_domain(address.domain()).ok_or_else(nobody)?;
    let records = &house.gate.stores.records;
    let row = records.address(operator, &address.key()).await.map_err(told)?;
    let id = row.and_then(|row| row.subscriber).ok_or_else(nobody)?;
    records.subscriber(operator, id).await.map_err(told)?.ok_or_else(nobody)
}

/// Makes a token; it is told this once.
pub(super) async fn token(
    house: &Arc<House>,
    owner: &str,
    name: &str,
    scopes: &[String],
    days: u32,
    language: Language,
) -> Response {
    let mut fields = vec![("name".to_owned(), name.into()), ("days".to_owned(), days.to_string().into_bytes())];
    fields.extend(scopes.iter().map(|scope| ("scope".to_owned(), scope.clone().into_bytes())));
    let portal = crate::pages::portal(house, false);
    let (operator, person) = match signed_in(house, owner).await {
        Ok(found) => found,
        Err(why) => return Response::no(why),
    };
    match within::token(&portal, operator, person, &Form::of(fields), language).await {
        Ok(token) => Response::ok(token),
        Err(why) => Response::no(why),
    }
}

async fn signed_in(house: &House, owner: &str) -> Result<(OperatorId, SignedInPerson), String> {
    if let Some(row) = house.gate.stores.records.staff_by_login(owner).await.map_err(|fault| fault.to_string())? {
        return Ok((row.operator, SignedInPerson::Staff(row, None)));
    }
    let row = person(house, owner).await?;
    Ok((row.operator, SignedInPerson::Subscriber(row)))
}
