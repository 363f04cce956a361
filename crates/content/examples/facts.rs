//! Everything that is found in the messages of a labelled corpus, as text: what a change that is to make it cheaper
//! must leave as it is.
//!
//! usage: facts INDEX.csv MESSAGES_DIR OUT.txt [EVERY]
//!
//! INDEX.csv has path,label,split. The first two fifths are learned, then every EVERYth message (1 if not given) is
//! read, and OUT.txt gets its decoded form, features, rules, score and fingerprints. Under callgrind,
//! `--toggle-collect='*facts::look_at*'` counts that alone.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::net::IpAddr;
use std::path::Path;

use content::bayes::{Features, Label, Model, Score};
use content::heuristics::{HeuristicFacts, Hit, RuleSet};
use content::signatures::Fingerprints;
use message::{Body, Envelope, Limits, Message, Peer, ReversePath, UnixMillis};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [index, messages, out, rest @ ..] = arguments.as_slice() else {
        return Err("usage: facts INDEX.csv MESSAGES_DIR OUT.txt [EVERY]".into());
    };
    let every = rest.first().map_or(Ok(1), |every| every.parse::<usize>())?.max(1);
    let mut all = Vec::new();
    for record in csv::Reader::from_path(index)?.into_records() {
        let record = record?;
        let path = record.get(0).unwrap_or_default().to_owned();
        let label = if record.get(1) == Some("spam") { Label::Spam } else { Label::Ham };
        all.push((fs::read(Path::new(messages).join(&path))?, path, label));
    }
    let mut model = Model::new();
    for (raw, _, label) in all.iter().take(all.len() * 2 / 5) {
        model.learn(&Features::of(&Message::parse(raw.clone().into(), &Limits::default())), *label);
    }
    let rules = RuleSet::shipped();
    let mut text = String::new();
    for (raw, path, _) in all.into_iter().step_by(every) {
        let raw = raw.into();
        let found = look_at(raw, &rules, &model);
        writeln!(text, "==== {path}")?;
        found.write(&mut text)?;
    }
    fs::write(out, text)?;
    Ok(())
}

/// What was found in one message.
struct Found {
    message: Message,
    features: Features,
    hits: Vec<Hit>,
    score: Score,
}

/// What a check does with the content.
#[inline(never)]
fn look_at(raw: bytes::Bytes, rules: &RuleSet, model: &Model) -> Found {
    let envelope = Envelope {
        peer: Peer::at(IpAddr::from([192, 0, 2, 1])),
        mail_from: ReversePath::Null,
        smtp_utf8: false,
        body: Body::EightBit,
        received_at: UnixMillis(0),
    };
    let message = Message::parse(raw, &Limits::default());
    let features = Features::of(&message);
    let hits = rules.evaluate(&HeuristicFacts { message: &message, envelope: &envelope, authentication: None });
    let score = model.score(&features, None, hits.iter().map(|hit| hit.points).sum());
    Found { message, features, hits, score }
}

impl Found {
    fn write(&self, out: &mut String) -> std::fmt::Result {
        let message = &self.message;
        writeln!(out, "fields {:?} {} {}", message.headers.fields, message.headers.body_start, message.headers.cut)?;
        writeln!(out, "text {:?}", message.text)?;
        writeln!(out, "html {:?}", message.html)?;
        writeln!(out, "links {:?}", message.links)?;
        writeln!(out, "attachments {:?}", message.attachments)?;
        writeln!(out, "likenesses {:?}", message.likenesses)?;
        writeln!(out, "normal {:?}", message.normal)?;
        let rest = (&message.content_type, &message.charsets, message.parts, &message.faults);
        writeln!(out, "rest {rest:?} {:?}", message.headers.date())?;
        for name in ["From", "To", "Cc", "Reply-To", "Sender"] {
            writeln!(out, "{name} {:?}", message.headers.mailboxes(name))?;
        }
        writeln!(out, "hops {:?}", message.headers.hops())?;
        writeln!(out, "features {:?}", self.features.hashes())?;
        let names: Vec<Option<String>> = (0..self.features.len()).map(|at| self.features.name(at)).collect();
        writeln!(out, "names {names:?}")?;
        for hit in &self.hits {
            writeln!(out, "hit {hit:?} {:016x}", hit.points.to_bits())?;
        }
        writeln!(out, "score {:?} {:016x}", self.score, self.score.points.to_bits())?;
        writeln!(out, "fingerprints {:?}", Fingerprints::of(message))
    }
}
