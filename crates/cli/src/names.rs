//! What the door needs to judge names, made of the configuration: DNS lists, ranges of changing addresses, call-out.
//! Files are read at the start and again when they change; one that cannot be read leaves the last good ones in force.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use auth::dns::Dns;
use checkpoint::door::callout::{Callout, CalloutSettings};
use checkpoint::door::dynamic_source::Dynamic;
use checkpoint::door::greylist::{Greylisting, Whom};
use checkpoint::door::lists::Lists;
use checkpoint::door::names::Names;
use checkpoint::door::pattern::Pattern;
use checkpoint::door::ranges::Ranges;
use checkpoint::onward::Onward;
use door::GreylistSettings;
use ipnet::IpNet;

use crate::configuration::Configuration;
use crate::links::{Stamps, stamp};

/// Octets of one file of ranges.
const SIZE: u64 = 256 << 20;

/// Everything about names. `fresh` answers without memory; `before` is what is in force until now.
pub fn names(
    configuration: &Configuration,
    fresh: Option<&Arc<dyn Dns>>,
    onward: &Arc<dyn Onward>,
    before: Option<&Names>,
) -> Result<Names, String> {
    let lists = match (configuration.door_lists.is_empty(), fresh) {
        (false, Some(fresh)) => {
            let before = before.and_then(|names| names.lists.as_deref());
            Some(Arc::new(Lists::new(configuration.door_lists.clone(), fresh.clone(), before)))
        }
        (true, _) | (false, None) => None,
    };
    let callout = configuration.switch("door.callout").then(|| {
        let settings = CalloutSettings {
            per_minute: u32::try_from(configuration.number("door.callout_per_minute")).unwrap_or(u32::MAX),
            timeout: configuration.millis("door.callout_timeout_ms"),
            port: 25,
            private: false,
        };
        // What was learned by asking strangers must not be asked again because of a reload.
        match before.and_then(|names| names.callout.as_ref()) {
            Some(callout) if *callout.settings() == settings => callout.clone(),
            _ => Arc::new(Callout::new(settings, onward.clone())),
        }
    });
    let mut ours: Vec<String> = configuration.domains.iter().map(|domain| domain.name.to_string()).collect();
    ours.push(configuration.hostname.to_ascii_lowercase());
    Ok(Names { lists, dynamic: dynamic(configuration)?, ours, callout, greylisting: greylisting(configuration) })
}

fn greylisting(configuration: &Configuration) -> Greylisting {
    let whom = match configuration.text("door.greylist") {
        "everyone" => Whom::Everyone,
        _ => Whom::Suspicious,
    };
    let millis =
        |key: &str, unit: i64| i64::try_from(configuration.number(key)).unwrap_or(i64::MAX).saturating_mul(unit);
    let times = GreylistSettings {
        wait_ms: millis("door.greylist_minutes", 60_000),
        retry_ms: millis("door.greylist_retry_hours", 3_600_000),
        keep_ms: millis("door.greylist_days", 24 * 3_600_000),
        learned_after: u16::try_from(configuration.number("door.greylist_learned")).unwrap_or(u16::MAX),
    };
    Greylisting { whom, times }
}

/// What is known about changing addresses.
pub fn dynamic(configuration: &Configuration) -> Result<Dynamic, String> {
    let mut ranges = Ranges::default();
    for path in files(configuration) {
        let file = path.display().to_string();
        let text = read(&path).map_err(|fault| format!("door.dynamic_ranges: {file}: {fault}"))?;
        ranges.add(&file, &text).map_err(|problem| format!("door.dynamic_ranges: {problem}"))?;
    }
    let mut known = Dynamic { ranges: Arc::new(ranges), ..Dynamic::default() };
    for text in configuration.values.texts("door.dynamic_names") {
        known.names.push(Pattern::parse(&text).map_err(|problem| format!("door.dynamic_names: {problem}"))?);
    }
    for text in configuration.values.texts("door.dynamic_except") {
        match text.parse::<IpNet>().or_else(|_| text.parse().map(|ip: std::net::IpAddr| ip.into())) {
            Ok(network) => known.except_networks.push(network),
            Err(_) => {
                let pattern = Pattern::parse(&text);
                let problem =
                    |_| format!("door.dynamic_except: \"{text}\" is neither a network nor a pattern of names");
                known.except_names.push(pattern.map_err(problem)?);
            }
        }
    }
    Ok(known)
}

/// The stamps of every file of ranges.
pub fn stamps(configuration: &Configuration) -> Stamps {
    files(configuration).iter().map(|path| stamp(path)).collect()
}

fn files(configuration: &Configuration) -> Vec<PathBuf> {
    configuration.values.texts("door.dynamic_ranges").into_iter().map(PathBuf::from).collect()
}

fn read(path: &Path) -> Result<String, String> {
    let size = std::fs::metadata(path).map_err(|fault| fault.to_string())?.len();
    if size > SIZE {
        return Err(format!("{size} octets are more than the {SIZE} that a file of ranges may have"));
    }
    let octets = std::fs::read(path).map_err(|fault| fault.to_string())?;
    String::from_utf8(octets).map_err(|_| "it is not UTF-8".into())
}
