//! Compares constants of the Bayesian filter by repeated cross-validation on the training half of a corpus.
//!
//! usage: tune INDEX.csv MESSAGES_DIR [KEY=VALUE,VALUE,…]…
//!
//! Every combination of the values is tried; keys are the fields of Tuning. Prints (1-ROCA)%, the spam missed at 0.1 %
//! and 0.5 % of wanted mail called spam, and what is called wrongly at 5 points, rules and filter together: first
//! cross-validated, then for mail unlike what was learned, within the training half (by year, by kind of wanted mail)
//! and to and from each further corpus named by `also=INDEX.csv:DIR`, then judged in order and learned one by one.
//! `calibrate` as a word prints how true the points are.

#![expect(clippy::print_stdout, reason = "a program for the command line: its figures are its output")]

use std::error::Error;
use std::path::Path;

use content::bayes::{Beside, Label, Model, SHIPPED, Tuning};
use corpus::Row;

mod corpus;

/// Folds of one cross-validation.
const FOLDS: usize = 5;

/// Cross-validations, each over another order.
const REPEATS: usize = 3;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [index, messages, keys @ ..] = arguments.as_slice() else {
        return Err("usage: tune INDEX.csv MESSAGES_DIR [KEY=VALUE,VALUE,…]… [calibrate]".into());
    };
    let rows = corpus::read(Path::new(index), Path::new(messages))?;
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return Err("the index is empty".into()) };
    eprintln!("{} messages, {} to {}", rows.len(), first.path, last.path);
    let train: Vec<&Row> = rows.iter().filter(|row| row.split == "train").collect();
    let runs: Vec<Run<'_>> = (0..REPEATS * FOLDS).map(|run| Run::new(&train, run / FOLDS, run % FOLDS)).collect();
    let mut also = Vec::new();
    for (index, messages) in keys.iter().filter_map(|key| key.strip_prefix("also=")?.split_once(':')) {
        also.push((index, corpus::read(Path::new(index), Path::new(messages))?));
    }
    let transfers = transfers(&train, &also);
    let mut tunings = vec![(String::new(), SHIPPED)];
    for (key, values) in keys.iter().filter(|key| !key.starts_with("also=")).filter_map(|key| key.split_once('=')) {
        let mut next = Vec::new();
        for (name, tuning) in &tunings {
            for value in values.split(',') {
                let mut tuning = *tuning;
                set(&mut tuning, key, value.parse()?)?;
                next.push((format!("{name} {key}={value}"), tuning));
            }
        }
        tunings = next;
    }
    for (name, tuning) in &tunings {
        let mut figures = [0.0; 5];
        let mut all = Vec::new();
        for repeat in runs.chunks(FOLDS) {
            let scores: Vec<(f64, Label)> = repeat.iter().flat_map(|run| run.scores(tuning)).collect();
            for (sum, figure) in figures.iter_mut().zip(measure(&scores)) {
                *sum += figure / REPEATS as f64;
            }
            all.extend(scores);
        }
        println!("{name}");
        show("cross-validated", figures);
        for (title, runs) in &transfers {
            show(title, measure(&runs.iter().flat_map(|run| run.scores(tuning)).collect::<Vec<_>>()));
        }
        show("one by one", measure(&one_by_one(&train, tuning)));
        if keys.iter().any(|key| key == "calibrate") {
            calibrate(&all);
        }
    }
    Ok(())
}

/// One fold: a model and what was held out.
struct Run<'r> {
    model: Model,
    held: Vec<&'r Row>,
}

impl<'r> Run<'r> {
    fn new(train: &[&'r Row], repeat: usize, fold: usize) -> Self {
        // The index is in random order; another stride gives another division of it.
        let is_held = |at: usize| (at / [1, 7, 61][repeat % 3]) % FOLDS == fold;
        let (held, learned): (Vec<_>, Vec<_>) = train.iter().enumerate().partition(|&(at, _)| is_held(at));
        let model = Model::fold(learned.into_iter().map(|(_, row)| (&row.features, row.label)));
        Self { model, held: held.into_iter().map(|(_, row)| *row).collect() }
    }

    fn scores(&self, tuning: &Tuning) -> Vec<(f64, Label)> {
        self.held
            .iter()
            .map(|row| {
                (
                    row.rules() + self.model.score_with(&row.features, None, Beside::rules(row.rules()), tuning).points,
                    row.label,
                )
            })
            .collect()
    }
}

/// Immediate feedback: each message is judged by those before it, then learned.
fn one_by_one(train: &[&Row], tuning: &Tuning) -> Vec<(f64, Label)> {
    let mut model = Model::new();
    let judge = |row: &&Row| {
        let points = model.score_with(&row.features, None, Beside::rules(row.rules()), tuning).points;
        model.learn(&row.features, row.label);
        (row.rules() + points, row.label)
    };
    train.iter().map(judge).collect()
}

/// Mail unlike what was learned.
fn transfers<'r>(train: &[&'r Row], also: &'r [(&str, Vec<Row>)]) -> Vec<(String, Vec<Run<'r>>)> {
    let of = |folders: &[&str]| -> Vec<&'r Row> {
        let is_of = |row: &&&Row| folders.iter().any(|folder| row.path.split('/').next() == Some(folder));
        train.iter().filter(is_of).copied().collect()
    };
    let run = |learned: Vec<&'r Row>, held: Vec<&'r Row>| Run {
        model: Model::fold(learned.into_iter().map(|row| (&row.features, row.label))),
        held,
    };
    // Wanted mail of another kind, beside spam of the same kinds: the row that weighs most in the choice.
    let (easy, hard, spam) = (of(&["easy_ham", "easy_ham_2"]), of(&["hard_ham"]), of(&["spam", "spam_2"]));
    let kind = (0..FOLDS).map(|fold| {
        let part = |held: bool| spam.iter().copied().enumerate().filter(move |(at, _)| (at % FOLDS == fold) == held);
        let (learned, asked) = (part(false).map(|(_, row)| row), part(true).map(|(_, row)| row));
        run(easy.iter().copied().chain(learned).collect(), hard.iter().copied().chain(asked).collect())
    });
    let mut all = vec![
        ("2002 to 2003".to_owned(), vec![run(of(&["easy_ham", "spam"]), of(&["easy_ham_2", "spam_2"]))]),
        ("easy to hard".to_owned(), kind.collect()),
    ];
    for (name, rows) in also {
        let name = name.rsplit('/').find(|part| !part.ends_with(".csv")).unwrap_or(name);
        all.push((format!("to {name}"), vec![run(train.to_vec(), rows.iter().collect())]));
        all.push((format!("from {name}"), vec![run(rows.iter().collect(), train.to_vec())]));
    }
    all
}

fn show(title: &str, [area, strict, mild, called, missed]: [f64; 5]) {
    println!(
        "  {title:<18} (1-ROCA)% {area:7.4}  missed at 0.1 % {strict:6.2}, at 0.5 % {mild:6.2}; at 5 points \
         {called:5.2} % of ham, {missed:6.2} % missed"
    );
}

fn set(tuning: &mut Tuning, key: &str, value: f64) -> Result<(), Box<dyn Error>> {
    let field = match key {
        "strength" => &mut tuning.strength,
        "least" => &mut tuning.least,
        "most" => &mut tuning.most,
        "doubt" => &mut tuning.doubt,
        "slope" => &mut tuning.slope,
        "excuse" => &mut tuning.excuse,
        "accused0" => &mut tuning.accused[0],
        "accused1" => &mut tuning.accused[1],
        "rules" => &mut tuning.rules,
        "strange0" => &mut tuning.strange[0],
        "strange1" => &mut tuning.strange[1],
        "unlike0" => &mut tuning.unlike[0],
        "unlike1" => &mut tuning.unlike[1],
        "lent" => &mut tuning.lent,
        "enough" => &mut tuning.enough,
        "late" => &mut tuning.late,
        "suspect" => &mut tuning.suspect,
        "person" => &mut tuning.person,
        "own" => &mut tuning.own,
        _ => return Err(format!("no constant {key}").into()),
    };
    *field = value;
    Ok(())
}

/// (1-ROCA)%, the spam missed where at most 0.1 % and 0.5 % of the wanted mail is called spam, and both errors at
/// the shipped threshold.
fn measure(scores: &[(f64, Label)]) -> [f64; 5] {
    let mut ham: Vec<f64> = scores.iter().filter(|(_, label)| *label == Label::Ham).map(|(score, _)| *score).collect();
    let spam: Vec<f64> = scores.iter().filter(|(_, label)| *label == Label::Spam).map(|(score, _)| *score).collect();
    ham.sort_by(f64::total_cmp);
    let wrong: f64 = spam
        .iter()
        .map(|score| {
            let below = ham.partition_point(|other| other < score);
            let equal = ham.partition_point(|other| other <= score) - below;
            (ham.len() - below) as f64 - equal as f64 / 2.0
        })
        .sum();
    let missed = |share: f64| {
        let allowed = (share * ham.len() as f64).floor() as usize;
        let threshold = ham[ham.len() - 1 - allowed];
        100.0 * spam.iter().filter(|score| **score <= threshold).count() as f64 / spam.len() as f64
    };
    let called = 100.0 * ham.iter().filter(|score| **score >= 5.0).count() as f64 / ham.len() as f64;
    let fooled = 100.0 * spam.iter().filter(|score| **score < 5.0).count() as f64 / spam.len() as f64;
    [100.0 * wrong / (ham.len() * spam.len()) as f64, missed(0.001), missed(0.005), called, fooled]
}

/// Fits log-odds = a × score + b with both kinds weighing the same, and prints how true the result is.
fn calibrate(scores: &[(f64, Label)]) {
    let count = |label| scores.iter().filter(|(_, other)| *other == label).count() as f64;
    let (hams, spams) = (count(Label::Ham), count(Label::Spam));
    let weight = |label| if label == Label::Ham { 0.5 / hams } else { 0.5 / spams };
    let (mut a, mut b) = (1.0_f64, 0.0_f64);
    for _ in 0..100 {
        let (mut ga, mut gb, mut haa, mut hab, mut hbb) = (0.0, 0.0, 1e-9, 0.0, 1e-9);
        for &(score, label) in scores {
            let p = 1.0 / (1.0 + (-(a * score + b)).exp());
            let (error, curve) = (p - f64::from(label == Label::Spam), (p * (1.0 - p)).max(1e-6));
            let weight = weight(label);
            ga += weight * error * score;
            gb += weight * error;
            haa += weight * curve * score * score;
            hab += weight * curve * score;
            hbb += weight * curve;
        }
        let det = haa * hbb - hab * hab;
        a -= (hbb * ga - hab * gb) / det;
        b -= (haa * gb - hab * ga) / det;
    }
    println!("points = {a:.4} × score + {b:.4}");
    for step in -8..=7 {
        let (low, high) = (f64::from(step), f64::from(step) + 1.0);
        let inside = scores.iter().filter(|(score, _)| (low..high).contains(score));
        let (mut ham, mut spam) = (0.0, 0.0);
        inside.for_each(|(_, label)| if *label == Label::Ham { ham += 1.0 } else { spam += 1.0 });
        let odds = ((spam + 0.5) / spams / ((ham + 0.5) / hams)).ln();
        println!("  said {low:>5.1} to {high:>5.1}: {ham:>6} ham, {spam:>6} spam, in truth {odds:>5.2}");
    }
}
