//! Sets of others: a base and the deltas that follow it, each file checked before anything of it is used.

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use content::signatures::file::{Header, PublicKey, load, load_more, peek};
use content::signatures::{SegmentMaker, Set};

use super::local::replace;

/// Extension of the files that are taken from a folder.
const EXTENSION: &str = "sigs";

/// Files of one set, by name and then by serial.
type Found = BTreeMap<String, Vec<(Header, PathBuf)>>;

/// Loads every set. One that cannot be loaded stays as it was before; what is wrong is returned, a line each.
pub(super) fn load_all(places: &[PathBuf], trusted: &[PublicKey], before: &[Set]) -> (Vec<Set>, Vec<String>) {
    let mut problems = Vec::new();
    let mut found = Found::new();
    for path in files(places, &mut problems) {
        match open(&path).map_err(|fault| fault.to_string()).and_then(|file| peek(file).map_err(|bad| bad.to_string()))
        {
            Ok(header) => found.entry(header.name.clone()).or_default().push((header, path)),
            Err(bad) => problems.push(format!("{}: {bad}", path.display())),
        }
    }
    let mut sets = Vec::new();
    for (name, mut files) in found {
        files.sort_by_key(|(header, _)| (header.serial, header.follows));
        let known = before.iter().find(|set| *set.name == *name);
        match load_set(&name, &files, trusted) {
            Ok(set) => sets.push(set),
            Err(bad) => {
                problems.push(bad);
                sets.extend(known.cloned());
            }
        }
    }
    // A set whose files can no longer be told to be its own stays as well, unless all is well.
    if !problems.is_empty() {
        let lost = before.iter().filter(|set| !sets.iter().any(|known: &Set| known.name == set.name)).cloned();
        sets.extend(lost.collect::<Vec<_>>());
    }
    (sets, problems)
}

fn files(places: &[PathBuf], problems: &mut Vec<String>) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for place in places {
        if !place.is_dir() {
            all.push(place.clone());
            continue;
        }
        match std::fs::read_dir(place) {
            Ok(entries) => {
                let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
                paths.retain(|path| path.extension().is_some_and(|found| found == EXTENSION));
                paths.sort();
                all.extend(paths);
            }
            Err(fault) => problems.push(format!("{}: {fault}", place.display())),
        }
    }
    all
}

fn open(path: &Path) -> std::io::Result<BufReader<File>> {
    Ok(BufReader::with_capacity(1 << 18, File::open(path)?))
}

/// The newest base and what follows it without a gap.
fn load_set(name: &str, files: &[(Header, PathBuf)], trusted: &[PublicKey]) -> Result<Set, String> {
    let base = files.iter().rev().find(|(header, _)| header.follows == 0);
    let (mut serial, mut segments, mut withdrawn) = (0, Vec::new(), HashSet::new());
    if let Some((header, path)) = base {
        let loaded = load(|| open(path), trusted).map_err(|bad| format!("{}: {bad}", path.display()))?;
        serial = header.serial;
        withdrawn.extend(loaded.withdrawn);
        segments.push(Arc::new(loaded.segment));
    }
    let mut maker = SegmentMaker::new(0);
    for (header, path) in files.iter().filter(|(header, _)| header.follows > 0) {
        if header.serial <= serial {
            continue;
        }
        if header.follows != serial {
            return Err(format!(
                "{}: brings set {name} from state {} to {}, but here it is at {serial}: a file is missing",
                path.display(),
                header.follows,
                header.serial
            ));
        }
        let file = open(path).map_err(|fault| format!("{}: {fault}", path.display()))?;
        let more = load_more(file, trusted, &mut maker).map_err(|bad| format!("{}: {bad}", path.display()))?;
        withdrawn.extend(more);
        serial = header.serial;
    }
    let later = maker.done();
    if !later.is_empty() {
        segments.push(Arc::new(later));
    }
    Ok(Set { name: name.into(), segments, withdrawn: Arc::new(withdrawn) })
}

/// Checks a file and copies it into a folder. Returns where it is and what it is.
pub(super) fn keep(from: &Path, folder: &Path, trusted: &[PublicKey]) -> Result<(PathBuf, String), String> {
    let loaded = load(|| open(from), trusted).map_err(|bad| format!("{}: {bad}", from.display()))?;
    let header = loaded.header;
    std::fs::create_dir_all(folder).map_err(|fault| format!("{}: {fault}", folder.display()))?;
    // A name comes from outside: what could lead elsewhere does not become part of a path.
    let safe: String = header.name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(64).collect();
    let to = folder.join(format!("{safe}-{:020}-{:020}.{EXTENSION}", header.serial, header.follows));
    let mut source = File::open(from).map_err(|fault| format!("{}: {fault}", from.display()))?;
    replace(&to, |file| std::io::copy(&mut source, file).map(drop))?;
    let said = format!(
        "set {}: state {}, {} entries, {} withdrawn, signed by {}",
        header.name, header.serial, header.entries, header.withdrawn, loaded.signer
    );
    Ok((to, said))
}
