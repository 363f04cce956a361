//! Runs the Bayesian filter and the rules over a labelled corpus: learns on its training half, scores the rest.
//!
//! usage: split INDEX.csv MESSAGES_DIR OUT.csv [--folds N]
//!
//! INDEX.csv has path,label,split. OUT.csv gets path,label,split,score; with `--folds N` the training half alone is
//! used, cross-validated. CPU time of each phase goes to standard error.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::Instant;

use content::bayes::{Beside, Label, Model};
use corpus::{Row, read};

mod corpus;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [index, messages, out, rest @ ..] = arguments.as_slice() else {
        return Err("usage: split INDEX.csv MESSAGES_DIR OUT.csv [--folds N]".into());
    };
    let folds = match rest {
        [flag, count] if flag == "--folds" => count.parse::<usize>()?,
        _ => 0,
    };
    let rows = read(Path::new(index), Path::new(messages))?;
    let mut writer = csv::Writer::from_path(out)?;
    writer.write_record(["path", "label", "split", "score", "knowledge"])?;
    if folds > 0 {
        let train: Vec<&Row> = rows.iter().filter(|row| row.split == "train").collect();
        for fold in 0..folds {
            let held = |at: usize| at % folds == fold;
            let model = learn(train.iter().enumerate().filter(|(at, _)| !held(*at)).map(|(_, row)| *row));
            write(&model, train.iter().enumerate().filter(|(at, _)| held(*at)).map(|(_, row)| *row), &mut writer)?;
        }
    } else {
        let model = learn(rows.iter().filter(|row| row.split == "train"));
        let progress = model.progress();
        eprintln!("{progress:?}, snapshot of {} octets", model.to_bytes().len());
        write(&model, rows.iter().filter(|row| row.split != "train"), &mut writer)?;
    }
    writer.flush()?;
    Ok(())
}

fn learn<'r>(rows: impl Iterator<Item = &'r Row>) -> Model {
    let start = Instant::now();
    let mut count = 0;
    let model = Model::fold(rows.inspect(|_| count += 1).map(|row| (&row.features, row.label)));
    eprintln!("seconds per 1,000: learn {:.3}", 1000.0 * start.elapsed().as_secs_f64() / f64::from(count));
    model
}

fn write<'r>(
    model: &Model,
    rows: impl Iterator<Item = &'r Row>,
    writer: &mut csv::Writer<fs::File>,
) -> Result<(), Box<dyn Error>> {
    let start = Instant::now();
    let mut count = 0;
    for row in rows {
        count += 1;
        let score = model.score(&row.features, None, Beside::rules(row.rules()));
        let label = if row.label == Label::Spam { "spam" } else { "ham" };
        let (points, knowledge) = (format!("{:.12}", row.rules() + score.points), format!("{:.3}", score.knowledge));
        writer.write_record([&row.path, label, &row.split, &points, &knowledge])?;
    }
    eprintln!("seconds per 1,000: score {:.3}", 1000.0 * start.elapsed().as_secs_f64() / f64::from(count.max(1)));
    Ok(())
}
