//! From counts to points: how spam-like a message is to the model, and how far the model may say so.
//!
//! Each feature gives evidence: the log-odds of its (smoothed) shares in spam and in wanted mail. Weak evidence is
//! left out, strong evidence is squared, and the mean is taken, not the sum, because features of one message repeat
//! each other. How familiar the message is decides what this counts: of mail that is nothing like what was learned
//! the rules alone judge, and mail that is unlike the learned spam is suspect at most, whatever its words are.

use std::borrow::Cow;
use std::sync::LazyLock;

use super::delta::Delta;
use super::familiar::Familiar;
use super::features::Features;
use super::gather::Name;
use super::hash::Kind;
use super::model::{Counts, Label, Model};

/// Messages of each kind after which the filter alone may reach the shipped threshold of 5 points:
/// having seen `n` of each, it is never surer than 2 n + 1 to one.
pub(super) const NEEDED: u32 = 75;

/// Words that decided which are named.
const NAMED: usize = 15;

/// Weightiest features that are named; several are about the same word.
const NAMED_FROM: usize = 60;

/// Logarithms that are worked out beforehand.
const LOGARITHMS: usize = 128;

/// What the Bayesian filter says about one message.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Score {
    /// How probable the filter by itself finds it that the message is spam, 0 to 1.
    pub probability: f64,
    /// What to add to the points of the rules, in log-odds: 0 says nothing, 5 is the shipped threshold of the sum.
    pub points: f64,
    /// How much the filter's word counts, 0 (the message is like nothing it learned) to 1.
    pub knowledge: f64,
    /// The words that decided, weightiest first, at most 15.
    pub deciding: Vec<Deciding>,
}

/// One word (or header trait, link host …) that decided.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Deciding {
    /// The word as a person can read it, with the field it was part of, such as `from: a@example.jp`. Empty where the
    /// features were stored ones, which hold no text.
    pub word: String,
    /// What it alone says, as a share of what the filter says by itself, in log-odds.
    pub points: f64,
}

/// The constants of the combination; chosen by cross-validation, see [`SHIPPED`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tuning {
    /// Messages' worth that every feature begins with, of each kind.
    pub strength: f64,
    /// Features whose evidence is weaker than this, in log-odds, are left out.
    pub least: f64,
    /// A single feature's evidence ends here.
    pub most: f64,
    /// Features that say nothing and are thought to stand in every message, so that a few features decide little.
    pub doubt: f64,
    /// Points for one unit of mean squared evidence.
    pub slope: f64,
    /// How much less the innocence of one half of a message counts where the other half is like spam: innocent text is
    /// easily appended, and spam through a mailing list has the list's header section.
    pub excuse: f64,
    /// Mean evidence of the other half from which that begins, and at which it is so in full.
    pub accused: [f64; 2],
    /// How much less the rules count where the filter's word counts in full.
    pub rules: f64,
    /// Messages of each kind after which it takes half of that from them.
    pub enough: f64,
    /// Familiarity below which the filter says nothing, and from which its word counts in full.
    pub strange: [f64; 2],
    /// Likeness to spam below which the sum is suspect at most, and from which it may be spam.
    pub unlike: [f64; 2],
    /// What of that likeness a familiar header section lends to a less familiar text, 0 to 1.
    pub lent: f64,
    /// How slowly the one goes over into the other: 1 evenly, more than 1 late.
    pub late: f64,
    /// Points of the sum from which "suspect at most" bends it.
    pub suspect: f64,
    /// What one judgement of a person's own weighs, in messages of the site.
    pub person: f64,
    /// How many features of the site one whole name that a person's judgements held counts for.
    pub own: f64,
}

/// What the program uses. Chosen by repeated cross-validation on the training half of the SpamAssassin corpus and on
/// transfers within it and to other sets:
/// `cargo run --release -p sekisho-content --example tune -- INDEX.csv MESSAGES_DIR least=2,2.5,3 strength=0.1,0.3 …`.
/// Of what does about the same, that was taken which calls the least wanted mail of an unlearned kind spam.
pub const SHIPPED: Tuning = Tuning {
    strength: 0.15,
    least: 2.5,
    most: 8.0,
    doubt: 20.0,
    slope: 0.6,
    excuse: 0.9,
    accused: [0.0, 8.0],
    rules: 1.0,
    enough: 200.0,
    strange: [0.35, 0.6],
    unlike: [0.9, 1.2],
    lent: 0.9,
    late: 2.0,
    suspect: 3.5,
    person: 20.0,
    own: 12.0,
};

/// The sum of points stays this far below the shipped threshold for mail unlike the learned spam.
const BELOW: f64 = 0.1;

/// The shipped threshold.
const THRESHOLD: f64 = 5.0;

impl Score {
    /// Nothing is known.
    fn unknown() -> Self {
        Self { probability: 0.5, points: 0.0, knowledge: 0.0, deciding: Vec::new() }
    }
}

pub(super) fn score(
    model: &Model,
    features: &Features,
    person: Option<&Delta>,
    beside: Beside,
    tuning: &Tuning,
) -> Score {
    let Some(scale) = Scale::new(model, person, tuning) else { return Score::unknown() };
    let mut read = Read { weights: Vec::with_capacity(features.len() / 2), ..Read::default() };
    // All look-ups first: each waits for memory, and where nothing depends on them in between they wait together.
    let counts: Vec<Counts> = features.hashes().iter().map(|&feature| model.counts(feature)).collect();
    for ((index, &feature), site) in features.hashes().iter().enumerate().zip(counts) {
        let own = person.map(|delta| delta.counts(feature)).unwrap_or_default();
        read.feature(index, feature, site, own, &scale);
    }
    let (evidence, mean) = read.weigh(tuning);
    let learned = soften(tuning.slope * mean, scale.messages);
    let coverage = model.coverage();
    let familiar =
        if learned > 0.0 { read.spam.against(coverage, Label::Spam) } else { read.ham.against(coverage, Label::Ham) };
    let knowledge = ramp(familiar, tuning.strange);
    let doubted = tuning.rules * knowledge * scale.messages / (scale.messages + tuning.enough);
    let rest = (1.0 - doubted) * beside.rules + beside.others;
    let sum = rest + knowledge * learned;
    let like_spam = ramp(read.spam.like(coverage, Label::Spam, tuning.lent), tuning.unlike);
    let bent = bend(sum, like_spam.powf(tuning.late), tuning.suspect);
    // The rules and the other controls by themselves may call it spam.
    let sum = bent.max(sum.min(beside.rules + beside.others));
    let points = sum - beside.rules - beside.others;
    let share = if evidence == 0.0 { 0.0 } else { ((sum - rest) / evidence).abs() };
    let probability = probability(sum - rest);
    Score { probability, points, knowledge, deciding: deciding(read.weights, features, share) }
}

/// The points that stand beside the filter's.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Beside {
    /// Points of the rules about what a message says; they count less where the filter knows its like.
    pub rules: f64,
    /// Points of all other controls; they count in full.
    pub others: f64,
}

/// What counts are measured by.
struct Scale<'t> {
    tuning: &'t Tuning,
    /// Logarithm of how many more spam messages than wanted ones were learned.
    base: f64,
    /// Messages learned, of the kind of which there are fewer.
    messages: f64,
    /// Logarithms of the smoothed small counts.
    logarithms: Cow<'static, [f64; LOGARITHMS]>,
}

/// Those of the shipped constants.
static SHIPPED_LOGARITHMS: LazyLock<[f64; LOGARITHMS]> = LazyLock::new(|| logarithms(SHIPPED.strength));

fn logarithms(strength: f64) -> [f64; LOGARITHMS] {
    std::array::from_fn(|count| (count as f64 + strength).ln())
}

impl<'t> Scale<'t> {
    /// `None` where spam or wanted mail was never seen.
    fn new(model: &Model, person: Option<&Delta>, tuning: &'t Tuning) -> Option<Self> {
        let of = |site: u32, own: u16| if site > 0 { f64::from(site) } else { tuning.person * f64::from(own) };
        let ham = of(model.ham(), person.map_or(0, Delta::ham));
        let spam = of(model.spam(), person.map_or(0, Delta::spam));
        if ham == 0.0 || spam == 0.0 {
            return None;
        }
        let base = ((spam + 2.0 * tuning.strength) / (ham + 2.0 * tuning.strength)).ln();
        let logarithms = match tuning.strength == SHIPPED.strength {
            true => Cow::Borrowed(&*SHIPPED_LOGARITHMS),
            false => Cow::Owned(logarithms(tuning.strength)),
        };
        Some(Self { tuning, base, messages: ham.min(spam), logarithms })
    }

    fn logarithm(&self, count: u32) -> f64 {
        let small = self.logarithms.get(count as usize).copied();
        small.unwrap_or_else(|| (f64::from(count) + self.tuning.strength).ln())
    }

    /// Log-odds of one feature, and for how many features it counts.
    fn evidence(&self, kind: Kind, site: Counts, own: Counts) -> (f64, f64) {
        let most = self.tuning.most;
        let evidence = (self.logarithm(site.spam) - self.logarithm(site.ham) - self.base).clamp(-most, most);
        let judged = own.ham + own.spam;
        if judged == 0 {
            return (if site == Counts::default() { 0.0 } else { evidence }, 1.0);
        }
        // A person's judgements take from what the site says of a feature; a whole name they also give a word of its own.
        let kept = evidence / (1.0 + 2.0 * f64::from(judged));
        if kind != Kind::Identity {
            return (kept, 1.0);
        }
        let weighed = |count: u32| (f64::from(count) * self.tuning.person + self.tuning.strength).ln();
        let said = (weighed(own.spam) - weighed(own.ham)).clamp(-most, most);
        (kept + said * (1.0 - 1.0 / (1.0 + 2.0 * f64::from(judged))), self.tuning.own)
    }
}

impl Beside {
    /// Points of the rules, and nothing else.
    pub fn rules(points: f64) -> Self {
        Self { rules: points, others: 0.0 }
    }
}

/// Which half of a message a feature is of. Names (sender, list, link hosts) go with the header section.
fn half(kind: Kind) -> usize {
    match kind {
        Kind::Header | Kind::Identity => 0,
        Kind::Text => 1,
    }
}

/// Evidence of one kind in one half of a message: its sum, and for how many features it counts.
#[derive(Clone, Copy, Debug, Default)]
struct Evidence {
    sum: f64,
    used: f64,
}

/// What was read of a message.
#[derive(Default)]
struct Read {
    /// For the header section and for the text: what speaks for wanted mail, and what speaks for spam.
    halves: [[Evidence; 2]; 2],
    /// Of the header section, what names say; they are excused by the text, but do not accuse it.
    names: Evidence,
    ham: Familiar,
    spam: Familiar,
    weights: Vec<Weight>,
}

/// What one feature says.
struct Weight {
    index: usize,
    half: usize,
    evidence: f64,
}

impl Read {
    fn feature(&mut self, index: usize, feature: u32, site: Counts, own: Counts, scale: &Scale<'_>) {
        self.ham.add(feature, site.ham + own.ham > 0);
        self.spam.add(feature, site.spam + own.spam > 0);
        let kind = Kind::of(feature);
        let (evidence, weight) = scale.evidence(kind, site, own);
        if evidence.abs() < scale.tuning.least {
            return;
        }
        let (half, squared) = (half(kind), weight * evidence * evidence.abs());
        let counted = &mut self.halves[half][usize::from(squared > 0.0)];
        counted.sum += squared;
        counted.used += weight;
        if kind == Kind::Identity {
            self.names.sum += squared;
            self.names.used += weight;
        }
        self.weights.push(Weight { index, half, evidence: squared });
    }

    /// Takes from the innocence of each half what the other half accuses. Returns the sum of evidence, and its mean.
    fn weigh(&mut self, tuning: &Tuning) -> (f64, f64) {
        let accused =
            self.halves.map(|[innocent, accusing]| (innocent.sum + accusing.sum, innocent.used + accusing.used));
        let [header, text] = accused;
        let header = (header.0 - self.names.sum) / (header.1 - self.names.used + tuning.doubt);
        let text = text.0 / (text.1 + tuning.doubt);
        let kept = [text, header].map(|other| 1.0 - tuning.excuse * ramp(other, tuning.accused));
        let (mut sum, mut used) = (0.0, tuning.doubt);
        for ([innocent, accusing], kept) in self.halves.iter().zip(kept) {
            sum += kept * innocent.sum + accusing.sum;
            used += kept * innocent.used + accusing.used;
        }
        for weight in self.weights.iter_mut().filter(|weight| weight.evidence < 0.0) {
            weight.evidence *= kept[weight.half];
        }
        (sum, sum / used)
    }
}

/// 0 below the first, 1 from the second, straight between them.
fn ramp(value: f64, [from, to]: [f64; 2]) -> f64 {
    ((value - from) / (to - from)).clamp(0.0, 1.0)
}

/// Mail unlike the learned spam stays below the threshold: what lies above `suspect` is squeezed in between. The order
/// of sums is kept.
fn bend(sum: f64, like_spam: f64, suspect: f64) -> f64 {
    let above = sum - suspect;
    if above <= 0.0 {
        return sum;
    }
    let room = THRESHOLD - BELOW - suspect;
    suspect + like_spam * above + (1.0 - like_spam) * room * (1.0 - (-above / room).exp())
}

/// Having seen `n` messages of each kind, what is surer than 2 n + 1 to one grows only as a logarithm. The order of
/// scores is kept.
fn soften(points: f64, messages: f64) -> f64 {
    let cap = (2.0 * messages).ln_1p();
    let beyond = (points.abs() - cap).max(0.0);
    points.signum() * (points.abs().min(cap) + 0.5 * beyond.ln_1p())
}

fn probability(points: f64) -> f64 {
    1.0 / (1.0 + (-points).exp())
}

/// The weightiest words; `share` makes their weights shares of the points.
fn deciding(mut weights: Vec<Weight>, features: &Features, share: f64) -> Vec<Deciding> {
    let heavier = |a: &Weight, b: &Weight| b.evidence.abs().total_cmp(&a.evidence.abs()).then(a.index.cmp(&b.index));
    if weights.len() > NAMED_FROM {
        weights.select_nth_unstable_by(NAMED_FROM, heavier);
        weights.truncate(NAMED_FROM);
    }
    // Sixty are compared, a few are told: only those become texts of their own.
    let mut words: Vec<(Name<'_>, f64)> = Vec::with_capacity(weights.len());
    for weight in weights {
        let (word, points) = (features.name_of(weight.index).unwrap_or_default(), weight.evidence * share);
        match words.iter_mut().find(|(known, _)| *known == word && !word.is_empty()) {
            Some((_, known)) => *known += points,
            None => words.push((word, points)),
        }
    }
    words.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()).then_with(|| a.0.cmp(&b.0)));
    words.truncate(NAMED);
    words.into_iter().map(|(word, points)| Deciding { word: word.to_string(), points }).collect()
}
