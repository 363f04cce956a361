//! The marked campaigns of the fictional Japanese mail: every variant is found from any one other, and no wanted mail is.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use content::heuristics::ClassHint;
use content::signatures::{Entry, Fingerprints, Level, Library, Segment, Set};
use message::{Limits, Message};

fn library(messages: &[&Message]) -> Library {
    let mut entries: Vec<Entry> = Vec::new();
    for message in messages {
        for signature in Fingerprints::of(message).signatures() {
            let number = entries.len() as u32 + 1;
            entries.push(Entry { number, class: ClassHint::Spam, expires: 9, origin: "test".into(), signature });
        }
    }
    let segment = Segment::of(&entries).expect("few entries fit");
    Library { sets: vec![Set { name: "test".into(), segments: vec![segment.into()], withdrawn: Default::default() }] }
}

fn is_hit(library: &Library, message: &Message) -> bool {
    library.look_up(&Fingerprints::of(message), 1).iter().any(|found| found.level >= Level::default())
}

#[test]
fn one_example_finds_its_campaign_and_no_wanted_mail() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let shared = std::env::var("SEKISHO_SHARED").map_or_else(|_| here.join("../../../shared"), PathBuf::from);
    let folder = shared.join("corpora/japanese-dev");
    let Ok(index) = csv::Reader::from_path(folder.join("index.csv")) else {
        println!("not here, skipped: japanese-dev");
        return;
    };
    let (mut ham, mut spam, mut campaigns) = (Vec::new(), Vec::new(), BTreeMap::<String, Vec<Message>>::new());
    for record in index.into_records() {
        let record = record.expect("a row");
        let raw = std::fs::read(folder.join(&record[0])).expect("a message of the index");
        let message = Message::parse(raw.into(), &Limits::default());
        let campaign = record[4].split("campaign=").nth(1).and_then(|rest| rest.split(' ').next());
        if let Some(name) = campaign {
            campaigns.entry(name.to_owned()).or_default().push(message.clone());
        }
        if &record[1] == "ham" { ham.push(message) } else { spam.push(message) }
    }
    assert!(campaigns.len() >= 3 && ham.len() > 50, "{} campaigns, {} ham", campaigns.len(), ham.len());
    let (mut all, mut found) = (0, 0);
    for variants in campaigns.values() {
        for (at, example) in variants.iter().enumerate() {
            let library = library(&[example]);
            let others = variants.iter().enumerate().filter(|(other, _)| *other != at);
            for (_, variant) in others {
                all += 1;
                found += usize::from(is_hit(&library, variant));
            }
        }
    }
    assert!(found * 100 >= all * 98, "{found} of {all} variants");
    let of_all_spam = library(&spam.iter().collect::<Vec<_>>());
    let hit: Vec<String> = ham
        .iter()
        .filter(|message| is_hit(&of_all_spam, message))
        .map(|message| format!("{}: {:?}", message.subject(), of_all_spam.look_up(&Fingerprints::of(message), 1)))
        .collect();
    assert!(hit.is_empty(), "wanted mail was hit: {hit:#?}");
}
