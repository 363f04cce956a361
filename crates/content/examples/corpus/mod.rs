//! A labelled corpus: `path,label,split` in an index, messages as files beside it.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::Instant;

use content::bayes::{Features, Label};
use message::{Limits, Message};

/// One labelled message.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// As in the index.
    pub(crate) path: String,
    /// As in the index.
    pub(crate) label: Label,
    /// `train`, `test`, or whatever the third column holds.
    pub(crate) split: String,
    /// What the filter knows of it.
    pub(crate) features: Features,
}

/// Reads a corpus; prints what a message cost.
pub(crate) fn read(index: &Path, messages: &Path) -> Result<Vec<Row>, Box<dyn Error>> {
    let mut rows = Vec::new();
    let (mut parse, mut features) = (0.0, 0.0);
    for record in csv::Reader::from_path(index)?.into_records() {
        let record = record?;
        let field = |at: usize| record.get(at).unwrap_or_default().to_owned();
        let raw = fs::read(messages.join(field(0)))?;
        let start = Instant::now();
        let message = Message::parse(raw.into(), &Limits::default());
        parse += start.elapsed().as_secs_f64();
        let start = Instant::now();
        let found = Features::of(&message);
        features += start.elapsed().as_secs_f64();
        let label = if field(1) == "spam" { Label::Spam } else { Label::Ham };
        rows.push(Row { path: field(0), label, split: field(2), features: found });
    }
    let each = |seconds: f64| 1000.0 * seconds / rows.len().max(1) as f64;
    let mean = rows.iter().map(|row| row.features.len()).sum::<usize>() / rows.len().max(1);
    eprintln!("seconds per 1,000: parse {:.3}, features {:.3}; {mean} features each", each(parse), each(features));
    Ok(rows)
}
