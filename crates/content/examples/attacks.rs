//! What attacks on the learning filter gain, on a labelled corpus: it learns the training half, then spam of the other
//! half is changed as spammers change it, and judged by filter and rules together.
//!
//! usage: attacks INDEX.csv MESSAGES_DIR
//!
//! Prints for each attack the spam missed at the shipped threshold and where 0.1 % of the wanted mail is called spam,
//! before and after. Only spam of one part in plain text or HTML is changed, so that the change is known to be read.

#![expect(clippy::print_stdout, reason = "a program for the command line: its figures are its output")]

use std::error::Error;
use std::fs;
use std::path::Path;

use content::bayes::{Beside, Features, Label, Model};
use content::heuristics::{HeuristicFacts, RuleSet};
use message::{Body, Envelope, Limits, Message, Peer, ReversePath, UnixMillis};

mod corpus;

/// Points from which a message is called spam.
const THRESHOLD: f64 = 5.0;

/// Changes the body of a message; the number tells messages apart.
type Attack = fn(&str, &[String], usize) -> String;

const ATTACKS: [(&str, Attack); 5] = [
    ("innocent text appended, as long as the spam", |body, innocent, number| {
        let added: String = pick(innocent, number).chars().take(body.chars().count()).collect();
        format!("{body}\n\n{added}\n")
    }),
    ("innocent text appended, four times as long", |body, innocent, number| {
        let added: String =
            (0..4).flat_map(|part| pick(innocent, number + part).chars().take(body.chars().count())).collect();
        format!("{body}\n\n{added}\n")
    }),
    ("every third long word split by signs", |body, _, _| each_third(body, |word| join(word, "_"))),
    ("every third long word in look-alikes", |body, _, _| {
        each_third(body, |word| {
            word.replace(['a', 'A'], "@").replace(['o', 'O'], "0").replace('i', "1").replace('e', "3")
        })
    }),
    ("a picture only", |_, _, number| {
        format!("<html><body><a href=\"http://h{number}.example.net/\"><img src=\"cid:p{number}\"></a></body></html>\n")
    }),
];

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [index, messages] = arguments.as_slice() else { return Err("usage: attacks INDEX.csv MESSAGES_DIR".into()) };
    let rows = corpus::read(Path::new(index), Path::new(messages))?;
    let model = Model::fold(rows.iter().filter(|row| row.split == "train").map(|row| (&row.features, row.label)));
    let judge = Judge { model, rules: RuleSet::shipped() };
    let held = || rows.iter().filter(|row| row.split != "train");
    let mut ham: Vec<f64> = held()
        .filter(|row| row.label == Label::Ham)
        .map(|row| row.rules() + judge.model.score(&row.features, None, Beside::rules(row.rules())).points)
        .collect();
    ham.sort_by(f64::total_cmp);
    let strict = ham[ham.len() - 1 - ham.len() / 1_000];
    let read =
        |path: &str| fs::read(Path::new(messages).join(path)).map(|raw| String::from_utf8_lossy(&raw).into_owned());
    let mut innocent = Vec::new();
    for row in held().filter(|row| row.label == Label::Ham).take(200) {
        if let Some((_, body)) = read(&row.path)?.split_once("\n\n") {
            innocent.push(body.to_owned());
        }
    }
    let mut spam = Vec::new();
    for row in held().filter(|row| row.label == Label::Spam) {
        let text = read(&row.path)?;
        let Some((head, body)) = text.split_once("\n\n") else { continue };
        let lower = head.to_lowercase();
        if !lower.contains("multipart/") && !lower.contains("base64") && !lower.contains("quoted-printable") {
            spam.push((head.to_owned(), body.to_owned()));
        }
    }
    let report = |title: &str, points: &[f64]| {
        let missed = |bound: f64| 100.0 * points.iter().filter(|&&of| of < bound).count() as f64 / points.len() as f64;
        let mean = points.iter().sum::<f64>() / points.len() as f64;
        println!(
            "{title:<46} mean {mean:5.2} points; missed at 5 points {:5.1} %, at 0.1 % of ham called {:5.1} %",
            missed(THRESHOLD),
            missed(strict)
        );
    };
    println!("{} spam messages of one plain part, {} wanted ones", spam.len(), ham.len());
    let before: Vec<f64> = spam.iter().map(|(head, body)| judge.points(head, body)).collect();
    report("as they were", &before);
    for (title, attack) in ATTACKS {
        let after: Vec<f64> = spam
            .iter()
            .enumerate()
            .map(|(number, (head, body))| judge.points(&headed(title, head), &attack(body, &innocent, number)))
            .collect();
        report(title, &after);
    }
    Ok(())
}

/// The picture comes as HTML, whatever the message was.
fn headed(title: &str, head: &str) -> String {
    if title != "a picture only" {
        return head.to_owned();
    }
    let kept: Vec<&str> = head.lines().filter(|line| !line.to_lowercase().starts_with("content-type")).collect();
    format!("{}\nContent-Type: text/html; charset=utf-8", kept.join("\n"))
}

fn pick(innocent: &[String], number: usize) -> &str {
    innocent.get(number % innocent.len().max(1)).map_or("", String::as_str)
}

fn each_third(body: &str, change: impl Fn(&str) -> String) -> String {
    let mut long = 0;
    let word = |word: &str| {
        long += usize::from(word.len() >= 5 && word.bytes().all(|octet| octet.is_ascii_alphabetic()));
        if word.len() >= 5 && word.bytes().all(|octet| octet.is_ascii_alphabetic()) && long % 3 == 0 {
            change(word)
        } else {
            word.to_owned()
        }
    };
    body.split_inclusive([' ', '\n'])
        .map({
            let mut word = word;
            move |piece| {
                let bare = piece.trim_end();
                format!("{}{}", word(bare), &piece[bare.len()..])
            }
        })
        .collect()
}

fn join(word: &str, sign: &str) -> String {
    word.chars().map(String::from).collect::<Vec<_>>().join(sign)
}

/// Filter and rules.
struct Judge {
    model: Model,
    rules: RuleSet,
}

impl Judge {
    fn points(&self, head: &str, body: &str) -> f64 {
        let raw = format!("{head}\n\n{body}").into_bytes();
        let message = Message::parse(raw.into(), &Limits::default());
        let envelope = Envelope {
            peer: Peer::at(std::net::IpAddr::from([192, 0, 2, 1])),
            mail_from: ReversePath::Null,
            smtp_utf8: false,
            body: Body::SevenBit,
            received_at: UnixMillis(0),
        };
        let facts = HeuristicFacts { message: &message, envelope: &envelope, authentication: None };
        let rules: f64 = self.rules.evaluate(&facts).iter().map(|hit| hit.points).sum();
        rules + self.model.score(&Features::of(&message), None, Beside::rules(rules)).points
    }
}
