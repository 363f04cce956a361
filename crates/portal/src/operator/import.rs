//! Reads a list of subscribers. Nothing is written before every line is right; each fault names line and column.

use std::collections::HashMap;

use jiff::tz::TimeZone;
use message::{Address, charset};
use store::records::directory::{AddressKind, AddressRow, SubscriberRow};
use store::{OperatorId, SubscriberId};

use crate::language::Words;
use crate::operator::import_contract::{self, Dates};
use crate::problem::Problem;
use crate::state::Portal;

/// The columns, in any order; only `login` is needed.
pub const COLUMNS: [&str; 8] =
    ["login", "name", "group", "language", "addresses", "aliases", import_contract::BEGINS, import_contract::OPTIONS];
/// Faults that are listed.
const FAULTS: usize = 50;
/// The longest name, and the longest name of a group, in characters.
const LONGEST: usize = 100;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Line of the file, from 1.
    pub line: u64,
    /// Column by its name; empty for the whole line.
    pub column: String,
    /// What is wrong and what would be right.
    pub problem: String,
}

/// A subscriber with their addresses, ready to be written.
pub type Row = (SubscriberRow, Vec<AddressRow>);

/// A list, ready to be written.
#[derive(Clone, Debug, Default)]
pub struct List {
    /// People with their addresses.
    pub rows: Vec<Row>,
    /// By login, what lines say of contracts, where they say anything.
    pub contracts: Vec<(String, Dates)>,
}

/// Writes a list: the people as a whole, then their contracts. How many are new. The same list again ends the same.
pub async fn store(portal: &Portal, operator: OperatorId, list: &List) -> Result<u64, Problem> {
    let new = portal.records().import_subscribers(&list.rows).await?;
    import_contract::store(portal, operator, &list.contracts).await?;
    Ok(new)
}

struct Reader<'a> {
    portal: &'a Portal,
    operator: OperatorId,
    words: Words,
    faults: Vec<Fault>,
    /// Every address of the file, with the line that named it.
    seen: HashMap<String, u64>,
    /// Those of its sign-in names that are there.
    known: HashMap<String, SubscriberId>,
    /// Those of its addresses that are there, and whose they are.
    owners: HashMap<String, Option<SubscriberId>>,
    zone: TimeZone,
    contracts: Vec<(String, Dates)>,
}

/// Names that are asked for at a time.
const AT_ONCE: usize = 10_000;

/// Reads a file in UTF-8 or Shift_JIS.
pub async fn read(
    portal: &Portal,
    operator: OperatorId,
    bytes: &[u8],
    words: Words,
) -> Result<Result<List, Vec<Fault>>, Problem> {
    let text = decode(bytes);
    let mut reader = Reader {
        portal,
        operator,
        words,
        faults: Vec::new(),
        seen: HashMap::new(),
        known: HashMap::new(),
        owners: HashMap::new(),
        zone: zone_of(portal, operator).await?,
        contracts: Vec::new(),
    };
    let mut lines = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes());
    let header: Vec<String> = match lines.headers() {
        Ok(header) => header.iter().map(str::to_lowercase).collect(),
        Err(fault) => return Ok(Err(vec![reader.whole(1, fault.to_string())])),
    };
    for name in &header {
        if !COLUMNS.contains(&name.as_str()) {
            let problem = words.say1("import-unknown-column", "columns", COLUMNS.join(", "));
            reader.faults.push(Fault { line: 1, column: name.clone(), problem });
        }
    }
    if !header.iter().any(|name| name == "login") {
        reader.fault(1, "login", "import-no-login");
    }
    let mut rows = Vec::new();
    if reader.faults.is_empty() {
        let records: Vec<_> = lines.records().collect();
        reader.ask(&header, &records).await?;
        for record in &records {
            match record {
                Ok(record) => rows.extend(reader.row(&header, record)),
                Err(fault) => {
                    let line = fault.position().map_or(0, csv::Position::line);
                    let fault = reader.whole(line, fault.to_string());
                    reader.faults.push(fault);
                }
            }
            if reader.faults.len() >= FAULTS {
                break;
            }
        }
    }
    if rows.is_empty() && reader.faults.is_empty() {
        reader.fault(1, "", "import-empty");
    }
    let contracts = reader.contracts;
    Ok(if reader.faults.is_empty() { Ok(List { rows, contracts }) } else { Err(reader.faults) })
}

/// The zone in which an operator's days begin.
pub(crate) async fn zone_of(portal: &Portal, operator: OperatorId) -> Result<TimeZone, Problem> {
    let row = portal.records().operators().await?.into_iter().find(|row| row.id == operator);
    Ok(row.and_then(|row| TimeZone::get(&row.time_zone).ok()).unwrap_or(TimeZone::UTC))
}

/// UTF-8, or else Shift_JIS, as spreadsheets in Japan write it.
pub(crate) fn decode(bytes: &[u8]) -> String {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => charset::decode(bytes, Some("shift_jis")).text,
    }
}

impl Reader<'_> {
    /// Asks once for everybody whom the file names: a question for each line would take hours for a million.
    async fn ask(
        &mut self,
        header: &[String],
        records: &[Result<csv::StringRecord, csv::Error>],
    ) -> Result<(), Problem> {
        let columns = ["login", "addresses", "aliases"];
        let columns: Vec<usize> =
            columns.iter().filter_map(|name| header.iter().position(|known| known == name)).collect();
        let fields = records.iter().flatten().flat_map(|record| columns.iter().filter_map(|at| record.get(*at)));
        let words =
            fields.flat_map(|field| field.split([';', ' '])).map(|text| text.strip_prefix('\'').unwrap_or(text));
        let keys: Vec<String> = words.filter_map(|text| Address::parse(text).ok()).map(|one| one.key()).collect();
        for some in keys.chunks(AT_ONCE) {
            self.known.extend(self.portal.records().subscribers_by_login(self.operator, some).await?);
            self.owners.extend(self.portal.records().owners_of(self.operator, some).await?);
        }
        Ok(())
    }

    fn row(&mut self, header: &[String], record: &csv::StringRecord) -> Option<Row> {
        let line = record.position().map_or(0, csv::Position::line);
        let field = |name: &str| {
            let at = header.iter().position(|known| known == name);
            let text = at.and_then(|at| record.get(at)).unwrap_or_default();
            // What the export put before a would-be formula.
            text.strip_prefix('\'').unwrap_or(text).to_owned()
        };
        let before = self.faults.len();
        if record.len() > header.len() {
            self.fault(line, "", "import-too-many-fields");
        }
        let login = self.address(line, "login", &field("login"));
        for name in ["name", "group"] {
            let text = field(name);
            if text.chars().count() > LONGEST || text.chars().any(char::is_control) {
                self.fault(line, name, "import-too-long");
            }
        }
        let language = field("language").to_lowercase();
        if !matches!(language.as_str(), "" | "ja" | "en") {
            self.fault(line, "language", "import-language");
        }
        let dates = self.dates(line, &field(import_contract::BEGINS), &field(import_contract::OPTIONS));
        let login = login?;
        let addresses = self.addresses(line, &login, [field("addresses"), field("aliases")]);
        let own = self.known.get(&login).copied();
        for (key, _) in &addresses {
            let owner = self.owners.get(key).copied().flatten();
            if owner.is_some() && owner != own {
                let problem = self.words.say1("import-owned", "address", key.as_str());
                self.faults.push(Fault { line, column: "addresses".into(), problem });
            }
        }
        if self.faults.len() > before {
            return None;
        }
        if !dates.is_empty() {
            self.contracts.push((login.clone(), dates));
        }
        let subscriber = SubscriberRow {
            id: own.unwrap_or(SubscriberId(0)),
            operator: self.operator,
            login,
            name: field("name"),
            group: field("group"),
            language,
            // A known person's password stays as it is; a new one signs in by mailed code.
            password: None,
        };
        let addresses = addresses
            .into_iter()
            .map(|(key, kind)| AddressRow { operator: self.operator, key, kind, subscriber: own })
            .collect();
        Some((subscriber, addresses))
    }

    /// Every address that a line names, the sign-in name first.
    fn addresses(&mut self, line: u64, login: &str, [own, aliases]: [String; 2]) -> Vec<(String, AddressKind)> {
        let mut out = vec![(login.to_owned(), AddressKind::Mailbox)];
        let alias = AddressKind::Alias(login.to_owned());
        for (column, listed, kind) in [("addresses", own, AddressKind::Mailbox), ("aliases", aliases, alias)] {
            for text in listed.split([';', ' ']).filter(|text| !text.is_empty()) {
                out.extend(self.address(line, column, text).map(|key| (key, kind.clone())));
            }
        }
        out
    }

    /// What a line says of the contract.
    fn dates(&mut self, line: u64, begins: &str, options: &str) -> Dates {
        let begins = import_contract::begins(begins, &self.zone);
        if begins.is_none() {
            self.fault(line, import_contract::BEGINS, "import-day");
        }
        let options = import_contract::options(options, &self.zone);
        if options.is_none() {
            self.fault(line, import_contract::OPTIONS, "import-options");
        }
        Dates { begins: begins.flatten(), options: options.unwrap_or_default() }
    }

    /// An address in one of the operator's domains, for the first time.
    fn address(&mut self, line: u64, column: &str, text: &str) -> Option<String> {
        let Ok(address) = Address::parse(text) else {
            self.fault(line, column, "import-not-an-address");
            return None;
        };
        if self.portal.services.directory.operator_of_domain(address.domain()) != Some(self.operator) {
            let problem = self.words.say1("import-foreign-domain", "domain", address.domain().as_str());
            self.faults.push(Fault { line, column: column.into(), problem });
            return None;
        }
        if let Some(other) = self.seen.insert(address.key(), line) {
            // The sign-in name among the addresses of its own line says nothing new, and many lists have it so.
            if other != line {
                let problem = self.words.say1("import-twice", "line", other);
                self.faults.push(Fault { line, column: column.into(), problem });
            }
            return None;
        }
        Some(address.key())
    }

    fn fault(&mut self, line: u64, column: &str, id: &str) {
        let problem = self.words.say(id);
        self.faults.push(Fault { line, column: column.into(), problem });
    }

    fn whole(&self, line: u64, problem: String) -> Fault {
        Fault { line, column: String::new(), problem }
    }
}
