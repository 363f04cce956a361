//! A small labelled set by itself: cross-validated, and each category judged by what was learned from the others, by
//! charset, with every error named.
//!
//! usage: leave_out INDEX.csv MESSAGES_DIR
//!
//! INDEX.csv has path,label,category,charset. Filter and rules judge together; who sent it is not known.

#![expect(clippy::print_stdout, reason = "a program for the command line: its figures are its output")]

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;

use content::bayes::{Beside, Label, Model, Score};
use corpus::Row;

mod corpus;

/// Points from which a message is called spam.
const THRESHOLD: f64 = 5.0;

/// Folds of the cross-validation.
const FOLDS: usize = 10;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [index, messages] = arguments.as_slice() else { return Err("usage: leave_out INDEX.csv MESSAGES_DIR".into()) };
    let rows = corpus::read(Path::new(index), Path::new(messages))?;
    let mut charsets = BTreeMap::new();
    for record in csv::Reader::from_path(index)?.into_records() {
        let record = record?;
        charsets.insert(record[0].to_owned(), record.get(3).unwrap_or_default().to_owned());
    }
    let charset = |row: &Row| charsets.get(&row.path).cloned().unwrap_or_default();
    let order: BTreeMap<&str, usize> = rows.iter().zip(0..).map(|(row, at)| (row.path.as_str(), at)).collect();
    let fold = |row: &Row| order.get(row.path.as_str()).copied().unwrap_or_default() * 7 % FOLDS;
    let validated: Vec<(&Row, f64)> =
        rows.iter().map(|row| (row, judge(row, &rows, |other| fold(other) != fold(row)))).collect();
    let apart: Vec<(&Row, f64)> =
        rows.iter().map(|row| (row, judge(row, &rows, |other| other.split != row.split))).collect();
    let alone: Vec<(&Row, f64)> = rows.iter().map(|row| (row, row.rules())).collect();
    for (title, judged) in
        [("rules alone", &alone), ("cross-validated", &validated), ("each category by the others", &apart)]
    {
        println!("{title}: {}", figures(judged.iter()));
        let mut names: Vec<String> = rows.iter().map(&charset).collect();
        names.sort();
        names.dedup();
        for name in names {
            println!("  {name:<14} {}", figures(judged.iter().filter(|(row, _)| charset(row) == name)));
        }
    }
    println!("errors, cross-validated:");
    for (row, points) in &validated {
        let called = *points >= THRESHOLD;
        if called != (row.label == Label::Spam) {
            let what = if called { "wanted, called spam" } else { "spam, missed" };
            println!(
                "  {} {} {}: {what}, {points:.1} points; {}",
                row.path,
                row.split,
                charset(row),
                reason(row, &learned(row, &rows, |other| fold(other) != fold(row)))
            );
        }
    }
    Ok(())
}

/// Points of a message by what was learned from the others that count.
fn judge(row: &Row, rows: &[Row], counts: impl Fn(&Row) -> bool) -> f64 {
    row.rules() + learned(row, rows, counts).points
}

/// What the filter says of a message by what was learned from the others that count.
fn learned(row: &Row, rows: &[Row], counts: impl Fn(&Row) -> bool) -> Score {
    let model = Model::fold(rows.iter().filter(|other| counts(other)).map(|other| (&other.features, other.label)));
    model.score(&row.features, None, Beside::rules(row.rules()))
}

/// Why a message was judged as it was: rules that spoke, how like what was learned it is, the words that misled.
fn reason(row: &Row, score: &Score) -> String {
    let hits: Vec<String> = row.hits.iter().map(|(rule, points)| format!("{rule} {points:.1}")).collect();
    let wrong_way = if row.label == Label::Spam { -1.0 } else { 1.0 };
    let misled: Vec<&str> =
        score.deciding.iter().filter(|one| one.points * wrong_way > 0.0).take(4).map(|one| one.word.as_str()).collect();
    format!(
        "rules: {}; filter {:+.1}, knows its like by {:.0} %{}{}",
        if hits.is_empty() { "none".to_owned() } else { hits.join(", ") },
        score.points,
        100.0 * score.knowledge,
        if misled.is_empty() { "" } else { ", misled by: " },
        misled.join(" | ")
    )
}

fn figures<'r>(judged: impl Iterator<Item = &'r (&'r Row, f64)>) -> String {
    let (mut ham, mut spam) = (Vec::new(), Vec::new());
    for (row, points) in judged {
        if row.label == Label::Spam { spam.push(*points) } else { ham.push(*points) }
    }
    let called = ham.iter().filter(|points| **points >= THRESHOLD).count();
    let missed = spam.iter().filter(|points| **points < THRESHOLD).count();
    let wrong: f64 = spam
        .iter()
        .map(|of| {
            ham.iter()
                .map(|other| {
                    if other > of {
                        1.0
                    } else if other == of {
                        0.5
                    } else {
                        0.0
                    }
                })
                .sum::<f64>()
        })
        .sum();
    let area = 100.0 * wrong / (ham.len() * spam.len()).max(1) as f64;
    format!("{called} of {} wanted called spam, {missed} of {} spam missed, (1-ROCA)% {area:.2}", ham.len(), spam.len())
}
