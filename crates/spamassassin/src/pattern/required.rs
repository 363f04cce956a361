//! Which texts must be there for a pattern to match, in lower case: one pass over a message looks for those of all
//! rules at once, and only rules whose text was seen are tried.

use super::tree::{Node, Octets};

/// Texts that one place of a pattern may be written out to.
const MOST: usize = 96;

/// Octets of a text beyond which it is cut.
const LONGEST: usize = 24;

/// Octets of the shortest text worth looking for.
const LEAST: usize = 3;

/// Texts of which at least one must be there, lower case; empty: nothing can be said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Required(Vec<Vec<u8>>);

impl Required {
    pub(super) fn of(tree: &Node) -> Self {
        let found = look(tree);
        let best =
            found.exact.into_iter().chain(found.required).filter(|set| worth(set) > 0).max_by_key(|set| worth(set));
        Self(best.unwrap_or_default())
    }

    pub(crate) fn texts(&self) -> &[Vec<u8>] {
        &self.0
    }
}

/// What is known about a part of a pattern.
struct Found {
    /// Everything it can match, written out.
    exact: Option<Vec<Vec<u8>>>,
    /// Texts of which one is in everything it matches.
    required: Option<Vec<Vec<u8>>>,
}

impl Found {
    fn nothing() -> Self {
        Self { exact: None, required: None }
    }

    fn exactly(texts: Vec<Vec<u8>>) -> Self {
        Self { exact: Some(texts), required: None }
    }

    /// The better of what is known, to be looked for.
    fn best(self) -> Option<Vec<Vec<u8>>> {
        self.exact.into_iter().chain(self.required).filter(|set| worth(set) > 0).max_by_key(|set| worth(set))
    }
}

/// How much it is worth to look for one of these: 0 where it is not.
fn worth(set: &[Vec<u8>]) -> usize {
    let shortest = set.iter().map(|text| text.len()).min().unwrap_or(0);
    if shortest < LEAST || set.len() > MOST * 4 {
        return 0;
    }
    // A longer text is rarer; many texts are found more often than one.
    (shortest.min(8) * 16).saturating_sub(set.len().ilog2() as usize * 6).max(1)
}

fn look(node: &Node) -> Found {
    match node {
        Node::Empty | Node::Place(_) | Node::Look { .. } => Found::exactly(vec![Vec::new()]),
        Node::Octets(set) => octets(*set),
        Node::Concat(list) => concat(list),
        Node::Any(list) => any(list),
        Node::Group(inner) | Node::Atomic(inner) => look(inner),
        Node::Repeat { inner, least, most, .. } => repeat(inner, *least, *most),
        Node::Back { .. } => Found::nothing(),
        Node::If { yes, no, .. } => any(&[(**yes).clone(), (**no).clone()]),
    }
}

fn octets(set: Octets) -> Found {
    let mut texts: Vec<Vec<u8>> = set.iter().map(|octet| vec![octet.to_ascii_lowercase()]).collect();
    texts.sort_unstable();
    texts.dedup();
    if texts.len() > 12 { Found::nothing() } else { Found::exactly(texts) }
}

fn concat(list: &[Node]) -> Found {
    let mut current = vec![Vec::new()];
    let mut whole = true;
    let mut best: Option<Vec<Vec<u8>>> = None;
    let mut offer = |set: Vec<Vec<u8>>| {
        if worth(&set) > best.as_deref().map_or(0, worth) {
            best = Some(set);
        }
    };
    for node in list {
        let found = look(node);
        match &found.exact {
            Some(texts) if current.len() * texts.len() <= MOST && longest(&current) + longest(texts) <= LONGEST => {
                current = cross(&current, texts);
                continue;
            }
            _ => {}
        }
        whole = false;
        // The text so far ends here; what is known of this part may begin the next one.
        offer(std::mem::replace(&mut current, vec![Vec::new()]));
        match found.exact {
            Some(texts) => current = texts,
            None => found.required.into_iter().for_each(&mut offer),
        }
    }
    if whole {
        return Found::exactly(current);
    }
    offer(current);
    Found { exact: None, required: best }
}

fn longest(set: &[Vec<u8>]) -> usize {
    set.iter().map(|text| text.len()).max().unwrap_or(0)
}

fn cross(left: &[Vec<u8>], right: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut texts: Vec<Vec<u8>> =
        left.iter().flat_map(|start| right.iter().map(move |end| [start.as_slice(), end].concat())).collect();
    texts.sort_unstable();
    texts.dedup();
    texts
}

fn any(list: &[Node]) -> Found {
    let found: Vec<Found> = list.iter().map(look).collect();
    if found.iter().all(|one| one.exact.is_some()) {
        let mut texts: Vec<Vec<u8>> = found.into_iter().filter_map(|one| one.exact).flatten().collect();
        texts.sort_unstable();
        texts.dedup();
        if texts.len() <= MOST {
            return Found::exactly(texts);
        }
        return Found { exact: None, required: Some(texts) };
    }
    let mut texts = Vec::new();
    for one in found {
        match one.best() {
            Some(set) => texts.extend(set),
            None => return Found::nothing(),
        }
    }
    Found { exact: None, required: Some(texts) }
}

fn repeat(inner: &Node, least: u32, most: Option<u32>) -> Found {
    let found = look(inner);
    match (least, most, found.exact) {
        (0, Some(1), Some(mut texts)) if texts.len() < MOST => {
            texts.push(Vec::new());
            texts.sort_unstable();
            texts.dedup();
            Found::exactly(texts)
        }
        (0, ..) => Found::nothing(),
        (1, Some(1), Some(texts)) => Found::exactly(texts),
        (least, most, Some(texts)) => {
            let mut all = texts.clone();
            let mut times = 1;
            while times < least && all.len() * texts.len() <= MOST && longest(&all) + longest(&texts) <= LONGEST {
                all = cross(&all, &texts);
                times += 1;
            }
            if times == least && most == Some(least) {
                Found::exactly(all)
            } else {
                Found { exact: None, required: Some(all) }
            }
        }
        (.., None) => Found { exact: None, required: found.required },
    }
}
