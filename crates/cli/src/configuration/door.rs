//! `[door]`: from checked values to the settings of the door.

use std::time::Duration;

use checkpoint::DoorSettings;
use checkpoint::door::{CannotSlow, ReceptionLimit};
use controls::Mode;
use controls::inbound::CONTROLS;
use door::{ReputationSettings, UnknownSettings};
use policy::door::Rules;

use super::typed::Maker;

/// What `[door]` says. The operators of limits are known by name until the records are open.
#[derive(Clone, Debug, Default)]
pub struct DoorTable {
    /// Everything but the limits.
    pub settings: DoorSettings,
    /// Limits with the name of the operator, where one is named.
    pub limits: Vec<(Option<String>, ReceptionLimit)>,
}

/// Makes it, and complains of what cannot be taken.
pub(super) fn of(maker: &mut Maker<'_>) -> DoorTable {
    let trusted = maker.networks("door.trusted");
    let mut table = DoorTable::default();
    modes(maker, &mut table.settings);
    match Rules::parse(&maker.values.texts("door.then")) {
        Ok(rules) => table.settings.rules = rules,
        Err(problem) => wrong(maker, "door.then", &problem),
    }
    for name in maker.values.texts("door.defer_unknown") {
        if known(&name) {
            table.settings.defer_unknown.push(name);
        } else {
            wrong(maker, "door.defer_unknown", &format!("\"{name}\" is not a control of the door"));
        }
    }
    for text in maker.values.texts("door.limits") {
        match ReceptionLimit::parse(&text) {
            Ok((operator, limit)) => table.limits.push((operator.map(str::to_owned), limit)),
            Err(problem) => wrong(maker, "door.limits", &problem),
        }
    }
    table.settings = DoorSettings {
        trusted,
        longest_pause: Duration::from_secs(number(maker, "door.longest_pause_seconds")),
        slowed: usize::try_from(number(maker, "door.slowed")).unwrap_or(usize::MAX),
        cannot_slow: match maker.values.text("door.cannot_slow") {
            "defer" => CannotSlow::Defer,
            _ => CannotSlow::Pass,
        },
        prefixes: (prefix(maker, "door.network_ipv4", 32), prefix(maker, "door.network_ipv6", 128)),
        unknown: unknown(maker),
        unknown_in_message: u32::try_from(number(maker, "door.unknown_in_message")).unwrap_or(u32::MAX),
        reputation: reputation(maker),
        gather: Duration::from_millis(number(maker, "door.gather_ms")),
        ..table.settings
    };
    table
}

fn modes(maker: &mut Maker<'_>, settings: &mut DoorSettings) {
    for text in maker.values.texts("door.modes") {
        let (name, mode) = text.split_once('=').map_or((text.as_str(), ""), |(a, b)| (a.trim(), b.trim()));
        let mode = [Mode::Off, Mode::Observe, Mode::Label, Mode::Enforce].into_iter().find(|one| one.name() == mode);
        match mode {
            Some(mode) if known(name) => drop(settings.modes.insert(name.to_owned(), mode)),
            Some(_) => wrong(maker, "door.modes", &format!("\"{name}\" is not a control of the door")),
            None => wrong(maker, "door.modes", &format!("\"{text}\" is not CONTROL=off, observe, label or enforce")),
        }
    }
}

fn unknown(maker: &Maker<'_>) -> UnknownSettings {
    let hours = |key: &str| i64::try_from(number(maker, key)).unwrap_or(i64::MAX).saturating_mul(3_600_000);
    let count = |key: &str| f64::from(u32::try_from(number(maker, key)).unwrap_or(u32::MAX));
    UnknownSettings {
        tolerated: count("door.unknown_tolerated"),
        refused_from: count("door.unknown_refused_from"),
        refused_ms: hours("door.unknown_refused_hours"),
        refused_most_ms: hours("door.unknown_refused_most_hours"),
        ..UnknownSettings::default()
    }
}

fn reputation(maker: &Maker<'_>) -> ReputationSettings {
    let days = i64::try_from(number(maker, "door.reputation_half_life_days").max(1)).unwrap_or(i64::MAX);
    ReputationSettings { half_life_ms: days.saturating_mul(86_400_000), ..ReputationSettings::default() }
}

fn prefix(maker: &mut Maker<'_>, key: &str, most: u8) -> u8 {
    match u8::try_from(number(maker, key)) {
        Ok(bits) if (1..=most).contains(&bits) => bits,
        _ => {
            wrong(maker, key, &format!("a prefix has 1 to {most} bits"));
            most
        }
    }
}

fn number(maker: &Maker<'_>, key: &str) -> u64 {
    let value = maker.values.keys.get(key).and_then(|value| value.toml.as_integer());
    value.and_then(|number| u64::try_from(number).ok()).unwrap_or(0)
}

fn known(name: &str) -> bool {
    CONTROLS.iter().any(|control| control.is_of_the_door() && control.name == name)
}

fn wrong(maker: &mut Maker<'_>, key: &str, problem: &str) {
    let value = maker.values.keys.get(key);
    maker.complain(value, format!("{key}: {problem}"));
}
