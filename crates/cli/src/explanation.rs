//! A decision in a language a person reads, on a terminal.

use message::UnixMillis;
use policy::explain::{Explanation, explain};
use policy::profile::ScoreShown;
use policy::record::DecisionRecord;
use policy::{Language, Settings};
use store::StoreError;
use store::records::decisions::{DecisionRow, TransactionRow};

use crate::house::House;

/// Everything about one decision.
pub async fn text(
    house: &House,
    transaction: &TransactionRow,
    row: &DecisionRow,
    language: Language,
) -> Result<String, StoreError> {
    let record = DecisionRecord::from_json(&row.json)
        .map_err(|bad| StoreError::Corrupt { what: "decision", why: format!("{}: {bad}", row.reference) })?;
    let settings = house.gate.directory.settings_at(row.operator, row.subscriber, &record.group, record.layers).await?;
    // Staff see points, whatever people are shown.
    let settings = Settings { shown: ScoreShown::Points, ..Settings::clone(&settings) };
    let explanation = explain(&record.decision, &settings, language);
    let zone = house.configuration.load().text("operator.time_zone").to_owned();
    Ok(lay_out(transaction, row, &explanation, &when(row.at, &zone), language))
}

fn lay_out(
    transaction: &TransactionRow,
    row: &DecisionRow,
    explanation: &Explanation,
    when: &str,
    language: Language,
) -> String {
    let words: [&str; 6] = match language {
        Language::Ja => ["控え番号", "日時", "接続元", "差出人 (エンベロープ)", "宛先", "判定"],
        Language::En => ["Reference", "When", "Peer", "Envelope sender", "Recipient", "Verdict"],
    };
    let sender = if transaction.mail_from.is_empty() { "<>" } else { transaction.mail_from.as_str() };
    let mut out = format!("{}\n\n", explanation.outcome);
    for (word, value) in words.iter().zip([
        row.reference.to_string(),
        when.to_owned(),
        format!("{} ({})", transaction.peer, transaction.helo),
        sender.to_owned(),
        row.recipient.clone(),
        format!("{} {:+.1} → {}", row.class, row.points, row.action),
    ]) {
        out.push_str(&format!("{word}: {value}\n"));
    }
    out.push('\n');
    for (number, line) in explanation.seen.iter().enumerate() {
        let points = line.points.map_or_else(String::new, |points| format!("  {points:+.1}"));
        out.push_str(&format!("{}. {}{points}\n", number + 1, line.text));
    }
    for not_done in &explanation.unknown {
        out.push_str(&format!("- {not_done}\n"));
    }
    out.push_str(&format!("\n{}\n", explanation.class));
    if let Some(otherwise) = &explanation.class_otherwise {
        out.push_str(&format!("{otherwise}\n"));
    }
    out.push_str(&format!("{}\n", explanation.reason));
    if let Some(otherwise) = &explanation.otherwise {
        out.push_str(&format!("{otherwise}\n"));
    }
    out
}

/// A time in the operator's zone.
fn when(at: UnixMillis, zone: &str) -> String {
    let zone = jiff::tz::TimeZone::get(zone).unwrap_or(jiff::tz::TimeZone::UTC);
    match jiff::Timestamp::from_millisecond(at.0) {
        Ok(at) => at.to_zoned(zone).strftime("%Y-%m-%d %H:%M:%S %:z").to_string(),
        Err(_) => String::new(),
    }
}
