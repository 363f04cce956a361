//! A labelled corpus: `path,label,split` in an index, messages as files beside it.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::Instant;

use content::bayes::{Features, Label};
use content::heuristics::{HeuristicFacts, RuleSet};
use message::{Body, Envelope, Limits, Message, Peer, ReversePath, UnixMillis};

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
    /// Which of the shipped rules hit, with their points, who sent it not being known.
    pub(crate) hits: Vec<(String, f64)>,
}

impl Row {
    /// Points of the rules together.
    pub(crate) fn rules(&self) -> f64 {
        self.hits.iter().map(|(_, points)| points).sum()
    }
}

/// Reads a corpus; prints what a message cost.
pub(crate) fn read(index: &Path, messages: &Path) -> Result<Vec<Row>, Box<dyn Error>> {
    let mut rows = Vec::new();
    let (mut parse, mut features, mut judge) = (0.0, 0.0, 0.0);
    let rules = RuleSet::shipped();
    let envelope = Envelope {
        peer: Peer::at(std::net::IpAddr::from([192, 0, 2, 1])),
        mail_from: ReversePath::Null,
        smtp_utf8: false,
        body: Body::SevenBit,
        received_at: UnixMillis(0),
    };
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
        let start = Instant::now();
        let facts = HeuristicFacts { message: &message, envelope: &envelope, authentication: None };
        let hits = rules.evaluate(&facts).into_iter().map(|hit| (hit.rule, hit.points)).collect();
        judge += start.elapsed().as_secs_f64();
        let label = if field(1) == "spam" { Label::Spam } else { Label::Ham };
        rows.push(Row { path: field(0), label, split: field(2), features: found, hits });
    }
    let each = |seconds: f64| 1000.0 * seconds / rows.len().max(1) as f64;
    let mean = rows.iter().map(|row| row.features.len()).sum::<usize>() / rows.len().max(1);
    eprintln!(
        "seconds per 1,000: parse {:.3}, features {:.3}, rules {:.3}; {mean} features each",
        each(parse),
        each(features),
        each(judge)
    );
    Ok(rows)
}
