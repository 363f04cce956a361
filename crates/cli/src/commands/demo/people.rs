//! The demonstration's people: one administrator, four subscribers whose settings differ. Their passwords are random
//! for each data folder and kept in it, readable by its owner only.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use controls::Class;
use controls::lists::{Entry, Pattern};
use policy::consent::Consent;
use policy::{Digest, Disposition, LabelPlace, Layer, Treatment};
use store::records::directory::{AddressKind, AddressRow, SubscriberRow};
use store::records::settings::SettingsOwner;
use store::records::signin::{Role, StaffRow};
use store::{OperatorId, StaffId, StoreError, SubscriberId};

use crate::house::House;
use crate::passwords;

/// The file in the data folder that keeps the passwords of the demonstration.
const FILE: &str = "demo-passwords.json";

/// Somebody who can sign in.
#[derive(Clone, Debug)]
pub struct Person {
    /// Sign-in name.
    pub login: String,
    /// Password.
    pub password: String,
    /// Who this is.
    pub about: &'static str,
}

/// Everybody.
#[derive(Clone, Debug, Default)]
pub struct People {
    /// In the order in which they are shown.
    pub people: Vec<Person>,
}

struct Subscriber {
    address: &'static str,
    alias: Option<&'static str>,
    name: &'static str,
    language: &'static str,
    about: &'static str,
}

const STAFF: &str = "admin";

const SUBSCRIBERS: [Subscriber; 4] = [
    Subscriber {
        address: "hanako@shirakaba.example.jp",
        alias: Some("hana@shirakaba.example.jp"),
        name: "花子",
        language: "ja",
        about: "agreed to filtering; spam is held, a digest comes at seven",
    },
    Subscriber {
        address: "taro@shirakaba.example.jp",
        alias: None,
        name: "太郎",
        language: "ja",
        about: "agreed; spam is delivered with [MEIWAKU] in the subject",
    },
    Subscriber {
        address: "midori@minato.example.jp",
        alias: None,
        name: "みどり",
        language: "ja",
        about: "has not agreed; only who sent it is checked",
    },
    Subscriber {
        address: "ken@minato.example.jp",
        alias: None,
        name: "Ken",
        language: "en",
        about: "agreed; strict: low threshold, spam is refused, HTML is held, lists",
    },
];

/// Makes them, or finds them again.
pub async fn settle(house: &House, data: &Path) -> Result<People, String> {
    let known = read(data)?;
    let mut all = known.clone();
    let mut people = People::default();
    let operator = house.gate.directory.first_operator().ok_or("no operator")?;
    for subscriber in &SUBSCRIBERS {
        let password = match known.get(subscriber.address) {
            Some(password) => password.clone(),
            None => make(house, operator, subscriber).await.map_err(|fault| fault.to_string())?,
        };
        all.insert(subscriber.address.to_owned(), password.clone());
        people.people.push(Person { login: subscriber.address.to_owned(), password, about: subscriber.about });
    }
    let password = match known.get(STAFF) {
        Some(password) => password.clone(),
        None => staff(house, operator).await.map_err(|fault| fault.to_string())?,
    };
    all.insert(STAFF.to_owned(), password.clone());
    people.people.push(Person { login: STAFF.to_owned(), password, about: "the operator's administrator" });
    if all != known {
        write(data, &all).map_err(|fault| format!("{}: {fault}", data.join(FILE).display()))?;
    }
    Ok(people)
}

fn read(data: &Path) -> Result<BTreeMap<String, String>, String> {
    let path = data.join(FILE);
    match std::fs::read_to_string(&path) {
        Ok(text) => serde_json::from_str(&text).map_err(|bad| format!("{}: {bad}", path.display())),
        Err(fault) if fault.kind() == std::io::ErrorKind::NotFound => Ok(BTreeMap::new()),
        Err(fault) => Err(format!("{}: {fault}", path.display())),
    }
}

fn write(data: &Path, all: &BTreeMap<String, String>) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(data.join(FILE))?;
    file.write_all(&serde_json::to_vec_pretty(all)?)?;
    file.sync_all()
}

async fn make(house: &House, operator: OperatorId, one: &Subscriber) -> Result<String, StoreError> {
    let records = &house.gate.stores.records;
    let (password, hash) = passwords::new()?;
    let known = records.subscriber_by_login(operator, one.address).await?;
    let row = SubscriberRow {
        id: known.map_or(SubscriberId(0), |row| row.id),
        operator,
        login: one.address.to_owned(),
        name: one.name.to_owned(),
        group: String::new(),
        language: one.language.to_owned(),
        password: Some(hash),
    };
    let id = records.put_subscriber(&row).await?;
    let key = one.address.to_owned();
    records
        .put_address(&AddressRow { operator, key: key.clone(), kind: AddressKind::Mailbox, subscriber: Some(id) })
        .await?;
    if let Some(alias) = one.alias {
        let kind = AddressKind::Alias(key);
        records.put_address(&AddressRow { operator, key: alias.to_owned(), kind, subscriber: Some(id) }).await?;
    }
    let owner = SettingsOwner::Subscriber(id);
    let directory = &house.gate.directory;
    let (version, _) = directory.layer_of(operator, &owner).await?;
    if let Some(layer) = layer(one.address).filter(|_| version == 0) {
        directory.change_settings(operator, &owner, &layer, version, "demo", "demo", "").await?;
    }
    Ok(password)
}

/// What each of them chose.
fn layer(address: &str) -> Option<Layer> {
    let consent = Some(Consent { given: true, at: checkpoint::now(), text: 1 });
    let unwanted = [Class::Spam, Class::Phishing, Class::FeeFraud, Class::Dating];
    match address {
        "hanako@shirakaba.example.jp" => {
            let digest = Some(Digest::Every { hours: 24, at: 7, days: Vec::new(), also_empty: false });
            Some(Layer { consent, digest, ..Layer::default() })
        }
        "taro@shirakaba.example.jp" => {
            let labelled = Treatment { then: Disposition::Deliver, label: LabelPlace::Both };
            let actions = unwanted.into_iter().map(|class| (class, labelled)).collect();
            Some(Layer { consent, actions, label: Some("[MEIWAKU]".into()), ..Layer::default() })
        }
        "ken@minato.example.jp" => {
            let refused = Treatment { then: Disposition::Refuse, label: LabelPlace::None };
            Some(Layer {
                consent,
                threshold: Some(3.5),
                suspect: Some(2.0),
                actions: unwanted.into_iter().map(|class| (class, refused)).collect(),
                conditions: BTreeMap::from([("html-present".to_owned(), Treatment::JUNK)]),
                receive: vec![entry(Pattern::Domain("minato.example.jp".into()))],
                refuse: vec![entry(Pattern::Subdomains("bulk.example".into()))],
                ..Layer::default()
            })
        }
        _ => None,
    }
}

fn entry(pattern: Pattern) -> Entry {
    Entry::new(pattern)
}

async fn staff(house: &House, operator: OperatorId) -> Result<String, StoreError> {
    let (password, hash) = passwords::new()?;
    let known = house.gate.stores.records.staff_by_login(STAFF).await?;
    let row = StaffRow {
        id: known.map_or(StaffId(0), |row| row.id),
        operator,
        login: STAFF.to_owned(),
        name: "管理者".to_owned(),
        role: Role::Administrator,
        password: hash,
        language: String::new(),
    };
    house.gate.stores.records.put_staff(&row).await?;
    Ok(password)
}
