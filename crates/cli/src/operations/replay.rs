//! What rules would have done to the mail of the last days, told to an operator.

use std::collections::BTreeMap;

use checkpoint::replay::{Flip, Replayed};
use content::heuristics::RuleSet;
use message::UnixMillis;
use store::StoreError;

use crate::control::Response;
use crate::house::House;

const HOUR_MS: i64 = 3_600_000;

/// Tries the rules on every operator's mail.
pub(super) async fn run(house: &House, hours: u32, shown: u32, bytes: &[u8]) -> Result<Response, StoreError> {
    let files: Vec<(String, String)> = match serde_json::from_slice(bytes) {
        Ok(files) => files,
        Err(bad) => return Ok(Response::no(format!("the rules did not arrive: {bad}"))),
    };
    let texts: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let rules = match RuleSet::own(&texts) {
        Ok(rules) => rules,
        Err(wrong) => return Ok(Response::no(wrong.to_string())),
    };
    let since = UnixMillis(checkpoint::now().0 - i64::from(hours) * HOUR_MS);
    let mut said = String::new();
    for operator in house.operators().await? {
        let replayed = house.gate.replay(operator, since, &rules).await?;
        said.push_str(&lay_out(&replayed, hours, &rules, shown as usize));
    }
    Ok(Response::ok(said))
}

fn lay_out(replayed: &Replayed, hours: u32, rules: &RuleSet, shown: usize) -> String {
    let judged = replayed.decisions - replayed.not_looked_at;
    let share = |part: u64| if judged == 0 { 0.0 } else { 100.0 * part as f64 / judged as f64 };
    let mut out = format!(
        "{} decisions in {hours} hours, {} of them without consent to look at content (no rule runs there).\n\
         Replayed: {} by reading the message again, {} by what the record keeps.\n\
         Could not be replayed, because the message is gone: {} ({:.1} %).\n",
        replayed.decisions,
        replayed.not_looked_at,
        replayed.from_message,
        replayed.from_record,
        replayed.unknown,
        share(replayed.unknown),
    );
    for rule in rules.rules() {
        let hits = replayed.hits.get(&rule.id).copied().unwrap_or(0);
        out.push_str(&format!("{}: {} applies to {hits}, {:+.1} points\n", rule.place, rule.id, rule.points));
    }
    out.push_str(&format!("\n{} decisions would come out otherwise", replayed.flips.len()));
    let mut people: BTreeMap<&str, usize> = BTreeMap::new();
    for flip in &replayed.flips {
        *people.entry(&flip.recipient).or_default() += 1;
    }
    out.push_str(&format!(", for {} people.\n", people.len()));
    for (person, count) in &people {
        out.push_str(&format!("  {person}: {count}\n"));
    }
    for flip in replayed.flips.iter().take(shown) {
        out.push_str(&line(flip));
    }
    if replayed.flips.len() > shown {
        out.push_str(&format!("… and {} more; --show shows more\n", replayed.flips.len() - shown));
    }
    out
}

fn line(flip: &Flip) -> String {
    let Flip { reference, recipient, before, after, rules, .. } = flip;
    format!(
        "{reference}\t{recipient}\t{} {:+.1} {} → {} {:+.1} {}\t{}\n",
        before.0,
        before.2,
        before.1,
        after.0,
        after.2,
        after.1,
        rules.join(", ")
    )
}
