//! Every room put together from a configuration: stores, directory, learning, junk, judge, the way onward, the gate.

pub mod doors;
mod reload;
pub mod rules;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::{ArcSwap, ArcSwapOption};
use auth::AuthSettings;
use auth::dns::{Cache, CacheSettings, Dns, Resolver, ResolverSettings};
use checkpoint::door::Names;
use checkpoint::judge::SourcesInForce;
use checkpoint::{
    Directory, Gate, GateSettings, Judge, Junk, Learning, LocalDomain, Metrics, Ring, Signatures, Sources, Stores,
};
use content::heuristics::RuleSet;
use edge::onward::{OnwardSettings, OnwardTls, Ways};
use message::{Limits, UnixMillis};
use policy::consent::DefaultOn;
use store::records::directory::OperatorRow;
use store::records::settings::SettingsOwner;
use store::{Embedded, OperatorId, StoreError};

use crate::configuration::{Configuration, DomainTable};
use crate::countries::Countries;
use crate::links;
use crate::names;
use crate::scanners;

/// Everything that a running Sekisho is.
pub struct House {
    /// The gate, through which all the other rooms are reached.
    pub gate: Arc<Gate>,
    /// Signatures of reported mail.
    pub signatures: Arc<Signatures>,
    /// Ways onward.
    pub ways: Arc<Ways>,
    /// The configuration in force.
    pub configuration: ArcSwap<Configuration>,
    /// Reads the configuration again.
    pub reader: ArcSwapOption<Reader>,
    /// What is wrong with the files of rules, where the last good ones stand in for them.
    wrong_rules: ArcSwapOption<String>,
    /// Countries of networks, as the operator gives them.
    pub countries: ArcSwap<Countries>,
    /// Key of one-time codes, and of links in mail.
    pub portal_secret: [u8; 32],
    /// Held while digests are sent: the clock and staff do not send one twice.
    pub digests: tokio::sync::Mutex<()>,
    /// Answers names instead of the configured resolvers (the demonstration's own zone).
    names: Option<Arc<dyn Dns>>,
    embedded: tokio::sync::Mutex<Option<Embedded>>,
}

/// Reads the configuration again, and tells listeners about it.
pub type Reader = Box<dyn Fn() -> Result<Configuration, String> + Send + Sync>;

impl House {
    /// Opens the data folder and puts the rooms together.
    pub async fn open(configuration: &Configuration) -> Result<Self, String> {
        Self::open_asking(configuration, None).await
    }

    /// The same, with `names` answering instead of the configured resolvers.
    pub async fn open_asking(configuration: &Configuration, names: Option<Arc<dyn Dns>>) -> Result<Self, String> {
        let embedded = Embedded::open(&configuration.data).await.map_err(|fault| fault.to_string())?;
        let say = |fault: StoreError| fault.to_string();
        let stores = Stores {
            records: embedded.records.clone(),
            counters: embedded.counters.clone(),
            blobs: embedded.blobs.clone(),
        };
        let domains = operators(&stores, configuration).await.map_err(say)?;
        let directory = Arc::new(Directory::new(stores.clone(), domains));
        let ways = Arc::new(Ways::new(onward(configuration)));
        let keys = embedded.keys.clone();
        let name = Box::new(move |operator: OperatorId, raw: &[u8]| {
            let mut named = operator.0.to_be_bytes().to_vec();
            named.extend_from_slice(&keys.hmac("learned message", raw));
            keys.hmac("learned message of operator", &named)
        });
        let learning = Arc::new(Learning::new(stores.clone(), name));
        for row in stores.records.operators().await.map_err(say)? {
            learning.load(row.id).await.map_err(say)?;
        }
        filter_by_default(&directory, configuration).await.map_err(say)?;
        let release_via = configuration.release_via.clone();
        let junk = Arc::new(Junk::new(stores.clone(), directory.clone(), ways.clone(), release_via));
        let signatures = signatures(configuration).await?;
        let in_force = rules::read(configuration, true)?;
        let judged = names_of(configuration, names.as_ref(), &ways, None)?;
        let sources = sources(configuration, names.as_ref(), in_force.set, &signatures).await?;
        let sources = Sources { lists: judged.lists.clone(), ..sources };
        let sources = ArcSwap::from_pointee(SourcesInForce(sources));
        let judge = Judge { sources, directory, learning, door: None };
        let settings = gate_settings(configuration);
        let ring = Ring::open(stores.clone(), configuration.data.join("ring.jsonl"));
        let door = doors::open(configuration, &stores).await?;
        door.names.store(Arc::new(judged));
        let gate = Gate::new(stores, judge, junk, ways.clone(), Arc::new(Metrics::default()), settings, door);
        Ok(Self {
            gate: Arc::new(gate.with_ring(ring)),
            signatures,
            ways,
            configuration: ArcSwap::from_pointee(configuration.clone()),
            reader: ArcSwapOption::empty(),
            wrong_rules: ArcSwapOption::from_pointee(in_force.wrong),
            countries: ArcSwap::from_pointee(crate::countries::read(configuration)?),
            portal_secret: embedded.keys.portal_secret(),
            digests: tokio::sync::Mutex::new(()),
            names,
            embedded: tokio::sync::Mutex::new(Some(embedded)),
        })
    }

    /// Every operator of this installation.
    pub async fn operators(&self) -> Result<Vec<OperatorId>, StoreError> {
        Ok(self.gate.stores.records.operators().await?.into_iter().map(|row| row.id).collect())
    }

    /// Days that decisions are kept.
    pub fn decision_days(&self) -> usize {
        self.configuration.load().number("data.decision_days")
    }

    /// One line about what is going on.
    pub fn status(&self) -> String {
        let wrong = self.wrong_rules.load_full();
        format!(
            "sekisho {} (process {}), {} messages passed the gate since the start{}",
            env!("CARGO_PKG_VERSION"),
            std::process::id(),
            self.gate.metrics.transactions(),
            wrong.map_or_else(String::new, |wrong| format!("\n{wrong}; the last good rules are in force"))
        )
    }

    /// Writes everything to the disk and lets go of the data folder.
    pub async fn close(&self) {
        let memory = self.gate.door.memory.clone();
        if let Ok(Err(fault)) = tokio::task::spawn_blocking(move || memory.close()).await {
            tracing::error!(%fault, "what the door remembers could not be written in order");
        }
        if let Some(embedded) = self.embedded.lock().await.take()
            && let Err(fault) = embedded.close().await
        {
            tracing::error!(%fault, "the data folder could not be closed in order");
        }
    }

    /// What has to be done now and then: what is past its time is let go.
    pub async fn housekeeping(&self) {
        let days = u32::try_from(self.decision_days()).unwrap_or(u32::MAX);
        let stores = &self.gate.stores;
        let now = checkpoint::now();
        while let Ok(gone @ 1..) = self.gate.junk.expire().await {
            tracing::info!(gone, "held mail past its time was let go");
        }
        let done = async {
            if let Some(ring) = &self.gate.ring {
                ring.housekeeping(&self.gate.directory, self.gate.settings.load().ring).await?;
            }
            stores.records.expire_decisions(now, days).await?;
            self.expire_headers(now).await?;
            stores.counters.expire(now).await?;
            stores.blobs.sweep().await
        };
        if let Err(fault) = done.await {
            tracing::warn!(%fault, "housekeeping could not be done; it is tried again later");
        }
    }
}

impl House {
    /// Header sections go when they are older than the operator's profile shows them; all go where it shows none.
    async fn expire_headers(&self, now: UnixMillis) -> Result<(), StoreError> {
        const DAY_MS: i64 = 86_400_000;
        for operator in self.operators().await? {
            let view = self.gate.directory.profile_of(operator).await?.header_view;
            let days = view.map_or(0, |view| view.days.unwrap_or(HEADER_DAYS));
            let before = UnixMillis(now.0 - i64::from(days) * DAY_MS);
            self.gate.stores.records.erase_headers(operator, None, Some(before)).await?;
        }
        Ok(())
    }
}

/// Days that header sections are kept where the operator's profile names none.
const HEADER_DAYS: u16 = 30;

/// Operators of the configuration, and its domains as the directory takes them.
async fn operators(stores: &Stores, configuration: &Configuration) -> Result<Vec<LocalDomain>, StoreError> {
    let first = put_operator(stores, configuration.text("operator.name"), configuration).await?;
    let mut domains = Vec::with_capacity(configuration.domains.len());
    for table in &configuration.domains {
        let operator = match table.operator.as_str() {
            "" => first,
            name => put_operator(stores, name, configuration).await?,
        };
        domains.push(local(table, operator));
    }
    Ok(domains)
}

async fn put_operator(stores: &Stores, name: &str, configuration: &Configuration) -> Result<OperatorId, StoreError> {
    let time_zone = configuration.text("operator.time_zone").to_owned();
    stores.records.put_operator(&OperatorRow { id: OperatorId(0), name: name.to_owned(), time_zone }).await
}

fn local(table: &DomainTable, operator: OperatorId) -> LocalDomain {
    LocalDomain {
        operator,
        name: table.name.clone(),
        next_hop: table.next_hop.clone(),
        known: table.known,
        catch_all: table.catch_all.clone(),
        detail: table.detail,
    }
}

/// Filtering by default, where the file says so: a version of the operator's settings like any other.
async fn filter_by_default(directory: &Directory, configuration: &Configuration) -> Result<(), StoreError> {
    let said = configuration.values.keys.get("operator.filter_by_default");
    let Some(operator) = directory.first_operator().filter(|_| said.is_some_and(|value| value.origin != "default"))
    else {
        return Ok(());
    };
    let wanted = configuration.switch("operator.filter_by_default").then_some(DefaultOn {
        changeable_any_time: true,
        same_terms_otherwise: true,
        scope_is_limited: true,
        typically_agreeable: true,
        told_beforehand: true,
    });
    let (version, mut layer) = directory.layer_of(operator, &SettingsOwner::Operator).await?;
    if layer.default_on == wanted {
        return Ok(());
    }
    layer.default_on = wanted;
    let origin = said.map(|value| value.origin.as_str()).unwrap_or_default();
    directory
        .change_settings(
            operator,
            &SettingsOwner::Operator,
            &layer,
            version,
            "configuration",
            origin,
            "filter_by_default",
        )
        .await?;
    Ok(())
}

/// Opens our own set and loads the others. A set that cannot be loaded must not keep mail from passing.
async fn signatures(configuration: &Configuration) -> Result<Arc<Signatures>, String> {
    let (folder, settings) = (configuration.data.join("signatures"), configuration.signatures.clone());
    let opened = tokio::task::spawn_blocking(move || Signatures::open(&folder, settings)).await;
    let (signatures, problems) = opened.map_err(|fault| fault.to_string())??;
    for problem in problems {
        tracing::error!(problem, "a signature set is not in force");
    }
    Ok(Arc::new(signatures))
}

async fn sources(
    configuration: &Configuration,
    names: Option<&Arc<dyn Dns>>,
    rules: RuleSet,
    signatures: &Arc<Signatures>,
) -> Result<Sources, String> {
    let dns: Option<Arc<dyn Dns>> = match (names, &configuration.dns_servers) {
        (Some(names), _) => Some(names.clone()),
        (None, None) => None,
        (None, Some(servers)) => {
            let resolver = resolver(configuration, servers)?;
            Some(Arc::new(Cache::new(Arc::new(resolver), CacheSettings::default())))
        }
    };
    let rules = rules.with_brands(links::brands(configuration)?);
    let spamassassin = crate::rules::spamassassin(&configuration.values.texts("rules.spamassassin"))?;
    let theirs = spamassassin.iter().flat_map(|rules| rules.rules()).map(|rule| (&rule.name, rule.score));
    let yara = scanners::yara(configuration).await?;
    let mut decides = format!("{:?}{:?}", rules.rules(), theirs.collect::<Vec<_>>());
    for text in yara.iter().flat_map(|yara| yara.text()) {
        decides.push_str(&String::from_utf8_lossy(text));
    }
    Ok(Sources {
        dns,
        auth: AuthSettings { authserv_id: configuration.hostname.clone(), ..AuthSettings::default() },
        limits: limits(configuration),
        rules_version: short_hash(&decides),
        rules: Arc::new(rules),
        clamd: scanners::clamd(configuration),
        yara,
        signatures: signatures.clone(),
        url_categories: Arc::new(links::categories(configuration)?),
        lists: None,
        spamassassin,
    })
}

/// What the door needs to judge names. Lists are tested through a resolver without memory.
fn names_of(
    configuration: &Configuration,
    names: Option<&Arc<dyn Dns>>,
    ways: &Arc<Ways>,
    before: Option<&Names>,
) -> Result<Names, String> {
    let fresh: Option<Arc<dyn Dns>> = match (names, &configuration.dns_servers) {
        (Some(names), _) => Some(names.clone()),
        (None, None) => None,
        (None, Some(servers)) => Some(Arc::new(resolver(configuration, servers)?)),
    };
    let onward: Arc<dyn checkpoint::Onward> = ways.clone();
    names::names(configuration, fresh.as_ref(), &onward, before)
}

fn resolver(configuration: &Configuration, servers: &[SocketAddr]) -> Result<Resolver, String> {
    let settings = ResolverSettings {
        servers: servers.to_vec(),
        query_timeout: configuration.millis("dns.timeout_ms"),
        ..ResolverSettings::default()
    };
    Resolver::new(&settings).map_err(|fault| fault.to_string())
}

/// Eight hexadecimal digits that differ where what decides differs.
fn short_hash(text: &str) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in text.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    format!("{:08x}", (hash >> 32) ^ (hash & 0xffff_ffff))
}

fn limits(configuration: &Configuration) -> Limits {
    Limits { message: configuration.number("smtp.size"), ..Limits::default() }
}

fn gate_settings(configuration: &Configuration) -> GateSettings {
    let url = configuration.text("portal.url").trim_end_matches('/');
    GateSettings {
        hostname: configuration.hostname.clone(),
        limits: limits(configuration),
        recipients: configuration.number("smtp.recipients"),
        ring: (configuration.number("replay.ring_mb") as u64).saturating_mul(1_000_000),
        decision_days: u32::try_from(configuration.number("data.decision_days")).unwrap_or(u32::MAX),
        configuration: short_hash(&format!("{:?}", configuration.values)),
        lookup_page: (!url.is_empty()).then(|| format!("{url}/reference/")),
    }
}

fn onward(configuration: &Configuration) -> OnwardSettings {
    let tls = match configuration.text("onward.tls") {
        "off" => OnwardTls::Off,
        _ => OnwardTls::Opportunistic,
    };
    OnwardSettings {
        tls,
        idle: configuration.seconds("onward.idle_seconds").max(Duration::from_secs(1)),
        ..OnwardSettings::new(configuration.hostname.clone())
    }
}
