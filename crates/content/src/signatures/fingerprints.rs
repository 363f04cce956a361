//! The short-string fingerprints of one message: what it is looked up by, and what a signature of it is made of.
//!
//! Of all short strings of a skeleton a message probes with those of lowest rank, and a signature keeps a few of the
//! very lowest that do not overlap. The rank is a hash, so both sides choose the same strings without knowing of each
//! other, and noise before, after or between only adds strings: a variant still holds those of the example.

use message::Message;

use super::hash::{join, mix};
use super::text::Unit;
use super::{Kind, files, links, text};

/// Short strings of all kinds that a message is looked up by, at most.
pub const PROBES: usize = TEXT_PROBES + FRAME_PROBES + LINK_PROBES + FILES * 3 + PICTURES * 8;

/// Short strings of text: five times what a signature holds, so that a variant may have as much added to it.
const TEXT_PROBES: usize = 80;

/// Short strings of the HTML frame.
const FRAME_PROBES: usize = 32;

/// Short strings of links.
const LINK_PROBES: usize = 24;

/// Fingerprints that one signature holds at most.
pub const FINGERPRINTS: usize = 12;

/// What a short string weighs: four words, or six characters of a script without spaces.
const WINDOW: u32 = 12;

/// Elements of an HTML frame that make one short string.
const FRAME: usize = 9;

/// Different short strings that a text must have before it can be told from others.
const TEXT_STRINGS: usize = 16;

/// Different short strings that an HTML frame must have.
const FRAME_STRINGS: usize = 16;

/// Files of a message that are looked up, members of archives counted one by one.
const FILES: usize = 16;

/// Pictures of a message that are looked up.
const PICTURES: usize = 4;

/// Bands of 16 bits of a picture's hash.
const BANDS: u32 = 8;

/// Different short strings of text up to which a picture is what the message has to say.
const PICTURE_TEXT: usize = 60;

/// One short string of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Probe {
    /// What it was taken from.
    pub kind: Kind,
    /// What is looked up.
    pub fingerprint: u32,
    /// Where in the skeleton it begins, in units.
    pub position: u16,
    /// Units that it covers.
    pub length: u16,
}

/// The fingerprints of a message, lowest rank first within each kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fingerprints {
    pub(super) probes: Vec<Probe>,
    /// Perceptual hashes of its pictures.
    pub(super) pictures: Vec<u128>,
    /// Different short strings of each kind.
    strings: [usize; 5],
}

/// A signature of one kind, ready to be put into a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// What of the message it describes.
    pub kind: Kind,
    /// Its short strings.
    pub fingerprints: Vec<u32>,
    /// The perceptual hash, where it describes a picture.
    pub picture: Option<u128>,
}

impl Fingerprints {
    /// Takes the fingerprints of a message.
    pub fn of(message: &Message) -> Self {
        let mut made = Self::default();
        made.add(Kind::Text, windows(&text::skeleton(message)));
        if let Some(html) = &message.html {
            made.add(Kind::Structure, frames(&html.structure));
        }
        let links = links::strings(message);
        made.add(
            Kind::Links,
            links.into_iter().zip(0..).map(|(hash, at)| Ranked { hash, at, length: 1, loose: false }).collect(),
        );
        made.files(message);
        made.pictures(message);
        made
    }

    /// Three strings for each file, one after the other.
    fn files(&mut self, message: &Message) {
        let hashes = files::hashes(message);
        self.strings[Kind::Attachment as usize] = hashes.len();
        for (hash, at) in hashes.into_iter().zip(0_u16..).take(FILES) {
            self.probes.extend((0..files::STRINGS).map(|number| Probe {
                kind: Kind::Attachment,
                fingerprint: join(join(Kind::Attachment as u64, hash), number) as u32,
                position: at,
                length: 1,
            }));
        }
    }

    /// One string for each band of a picture's hash in which there is something to see.
    fn pictures(&mut self, message: &Message) {
        for (likeness, at) in message.likenesses.iter().zip(0_u16..).take(PICTURES) {
            self.pictures.push(likeness.bits);
            for band in 0..BANDS {
                let value = (likeness.bits >> (16 * band)) as u16;
                if value.count_ones() >= 2 {
                    self.probes.push(Probe {
                        kind: Kind::Picture,
                        fingerprint: join(mix(Kind::Picture as u64 + u64::from(band)), u64::from(value)) as u32,
                        position: at,
                        length: 1,
                    });
                }
            }
        }
    }

    /// What a message is looked up by.
    pub fn probes(&self) -> &[Probe] {
        &self.probes
    }

    /// The signatures that this message would make; none of what says too little.
    pub fn signatures(&self) -> Vec<Signature> {
        let mut made = Vec::new();
        for (kind, strings, most, least) in [
            (Kind::Text, TEXT_STRINGS, FINGERPRINTS, 6),
            (Kind::Structure, FRAME_STRINGS, 6, 6),
            (Kind::Links, 3, 6, 3),
        ] {
            if self.strings[kind as usize] < strings {
                continue;
            }
            let fingerprints = self.spread(kind, most);
            if fingerprints.len() >= least {
                made.push(Signature { kind, fingerprints, picture: None });
            }
        }
        made.extend(self.groups(Kind::Attachment).map(|fingerprints| Signature {
            kind: Kind::Attachment,
            fingerprints,
            picture: None,
        }));
        // A logo stands in wanted mail as well; the picture that is the whole message does not.
        if self.strings[Kind::Text as usize] < PICTURE_TEXT {
            made.extend(self.groups(Kind::Picture).zip(&self.pictures).filter(|(bands, _)| bands.len() >= 4).map(
                |(fingerprints, picture)| Signature { kind: Kind::Picture, fingerprints, picture: Some(*picture) },
            ));
        }
        made
    }

    /// The fingerprints of each file or picture.
    fn groups(&self, kind: Kind) -> impl Iterator<Item = Vec<u32>> {
        let of: Vec<&Probe> = self.probes.iter().filter(|probe| probe.kind == kind).collect();
        let last = of.iter().map(|probe| probe.position).max();
        (0..last.map_or(0, |last| last + 1))
            .map(move |at| of.iter().filter(|probe| probe.position == at).map(|probe| probe.fingerprint).collect())
    }

    /// The lowest of a kind that do not overlap; where too few stand apart, overlapping ones after them.
    fn spread(&self, kind: Kind, most: usize) -> Vec<u32> {
        let mut chosen: Vec<Probe> = Vec::new();
        let mut others = Vec::new();
        for probe in self.probes.iter().filter(|probe| probe.kind == kind) {
            if chosen.len() >= most {
                break;
            }
            if chosen.iter().all(|other| probe.is_apart(other)) {
                chosen.push(*probe);
            } else {
                others.push(*probe);
            }
        }
        chosen.extend(others);
        chosen.truncate(most);
        chosen.into_iter().map(|probe| probe.fingerprint).collect()
    }

    /// Keeps the strings of lowest rank.
    fn add(&mut self, kind: Kind, mut strings: Vec<Ranked>) {
        strings.sort_unstable_by_key(|one| (one.loose, one.hash, one.at));
        strings.dedup_by_key(|one| one.hash);
        self.strings[kind as usize] = strings.len();
        let most = match kind {
            Kind::Text => TEXT_PROBES,
            Kind::Structure => FRAME_PROBES,
            _ => LINK_PROBES,
        };
        self.probes.extend(strings.into_iter().take(most).map(|one| Probe {
            kind,
            fingerprint: one.hash as u32,
            position: one.at,
            length: one.length,
        }));
    }
}

impl Probe {
    /// Whether they have no unit in common.
    pub(super) fn is_apart(&self, other: &Self) -> bool {
        self.position >= other.position.saturating_add(other.length)
            || other.position >= self.position.saturating_add(self.length)
    }
}

/// A short string before it is chosen.
#[derive(Clone, Copy)]
struct Ranked {
    hash: u64,
    at: u16,
    length: u16,
    /// Words without any that tie them together: padding is made of such, and ranks behind sentences.
    loose: bool,
}

/// Every run of units that weighs enough, from each unit on.
fn windows(units: &[Unit]) -> Vec<Ranked> {
    let mut found = Vec::with_capacity(units.len());
    for (at, rest) in (0..units.len()).map(|at| (at, &units[at..])) {
        let (mut weight, mut state, mut length, mut ties) = (0, u64::from(Kind::Text as u8), 0, false);
        for unit in rest {
            state = join(state, unit.hash);
            ties |= unit.ties;
            weight += u32::from(unit.weight);
            length += 1;
            if weight >= WINDOW {
                break;
            }
        }
        if weight < WINDOW {
            break;
        }
        found.push(Ranked { hash: state, at: at as u16, length, loose: !ties });
    }
    found
}

fn frames(structure: &[u16]) -> Vec<Ranked> {
    structure
        .windows(FRAME)
        .zip(0..)
        .map(|(window, at)| {
            let state = window.iter().fold(mix(Kind::Structure as u64), |state, one| join(state, u64::from(*one)));
            Ranked { hash: state, at, length: FRAME as u16, loose: false }
        })
        .collect()
}
