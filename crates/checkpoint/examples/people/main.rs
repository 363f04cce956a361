//! Ten million subscribers in the embedded store, and how long it takes to decide for one of them.
//!
//! `cargo run --release -p sekisho-checkpoint --example people -- make FOLDER [THOUSANDS]` writes them, under operators
//! with the shipped profiles; `… ask FOLDER [THOUSANDS]` opens that folder and asks. Run by `bench/people`.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a measuring program says what it measured")]

mod ask;
mod made;

use std::error::Error;
use std::path::{Path, PathBuf};

use message::Domain;
use policy::Profile;
use store::OperatorId;

/// An operator of the shipped profiles.
pub(crate) struct Operator {
    /// Its id in the store.
    pub id: OperatorId,
    /// Its domain.
    pub domain: Domain,
    /// What it offers.
    pub profile: Profile,
}

/// Every shipped profile, by the name of its file.
fn profiles() -> Result<Vec<(String, Profile)>, Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../profiles");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    files.retain(|file| file.extension().is_some_and(|ending| ending == "toml"));
    files.sort();
    let read = |file: PathBuf| -> Result<_, Box<dyn Error>> {
        let name = file.file_stem().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        Ok((name, Profile::from_toml(&std::fs::read_to_string(&file)?)?))
    };
    files.into_iter().map(read).collect()
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (deed, folder) = (arguments.next(), arguments.next().map(PathBuf::from));
    let people = arguments.next().map_or(Ok(10_000), |text| text.parse::<u64>())? * 1_000;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    match (deed.as_deref(), folder) {
        (Some("make"), Some(folder)) => runtime.block_on(made::make(&folder, people)),
        (Some("ask"), Some(folder)) => runtime.block_on(ask::ask(&folder, people)),
        _ => Err("usage: people make|ask FOLDER [THOUSANDS]".into()),
    }
}
