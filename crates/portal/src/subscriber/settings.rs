//! placeholder
use crate::visit::Visit;

/// The named levels by their points.
pub const LEVELS: [(&str, f64); 3] = [("strict", 3.5), ("standard", 5.0), ("gentle", 8.0)];

/// The name of a level; a value of one's own is shown as the number.
pub fn level_name(visit: &Visit, threshold: f64) -> String {
    match LEVELS.iter().find(|(_, points)| (points - threshold).abs() < 0.05) {
        Some(("strict", _)) => visit.words.say("level-strict"),
        Some(("gentle", _)) => visit.words.say("level-gentle"),
        Some(_) => visit.words.say("level-standard"),
        None => visit.words.say1("level-own", "points", format!("{threshold:.1}")),
    }
}
