//! From counts to points: how spam-like a message is to the model, and how much of it the model knows.
//!
//! Each feature gives evidence: the log-odds of its (smoothed, Robinson 2003) share of spam. The mean is taken, not
//! the sum, because features of one message repeat each other; a linear correction makes it log-odds that mean what
//! they say; what the model does not know pulls it towards 0.

use super::delta::Delta;
use super::features::Features;
use super::hash::Kind;
use super::model::Model;

/// Messages of each kind after which the filter alone may reach the shipped threshold of 5 points:
/// having seen `n` of each, it is never surer than 2 n + 1 to one.
pub(super) const NEEDED: u32 = 75;

/// Words that decided which are named.
const NAMED: usize = 15;

/// What the Bayesian filter says about one message.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Score {
    /// How probable it is that the message is spam, 0 to 1, calibrated, were spam and wanted mail equally frequent.
    pub probability: f64,
    /// The same as log-odds (natural logarithm): 0 says nothing, 5 is the shipped threshold. Capped.
    pub points: f64,
    /// How much of the message the model has seen the like of, 0 to 1.
    pub knowledge: f64,
    /// The words that decided, weightiest first, at most 15.
    pub deciding: Vec<Deciding>,
}

/// One word (or header trait, link host …) that decided.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Deciding {
    /// The word as a person can read it, with what it was part of, such as `subject:無料`. Empty where the features
    /// were stored ones, which hold no text.
    pub word: String,
    /// What it alone says, in log-odds.
    pub points: f64,
}

/// The constants of the combination; chosen by cross-validation, see [`SHIPPED`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tuning {
    /// How many messages' worth of "says nothing" each feature begins with.
    pub strength: f64,
    /// Features whose evidence is weaker than this, in log-odds, are left out.
    pub least: f64,
    /// A single feature's evidence ends here.
    pub most: f64,
    /// Features that say nothing and are thought to stand in every message, so that a few features decide little.
    pub doubt: f64,
    /// Weight of each kind of feature, in the order of [`Kind`].
    pub kinds: [f64; 8],
    /// The correction: points = `slope` × mean evidence + `shift`.
    pub slope: f64,
    /// See `slope`. It counts in proportion to how many features are not the doubted ones: no evidence is no points.
    pub shift: f64,
    /// Share of known words from which the score counts in full.
    pub known: f64,
    /// What one judgement of a person's own weighs, in messages of the site.
    pub person: f64,
}

/// What the program uses. Chosen by repeated cross-validation on the training half of the SpamAssassin corpus:
/// `cargo run --release -p sekisho-content --example tune -- INDEX.csv MESSAGES_DIR least=2,2.5,3 strength=0.1,0.3 …`,
/// then `… calibrate` for `slope` and `shift`. `known` is the value from which, learned on English and judging
/// Japanese (and three other such crossings, `… transfer`), no wanted mail reaches the threshold. Path, header and
/// link weights stay below what that corpus alone would ask for: they tell its collections apart as well as its spam.
pub const SHIPPED: Tuning = Tuning {
    strength: 0.15,
    least: 2.5,
    most: 8.0,
    doubt: 10.0,
    kinds: [1.5, 0.7, 1.2, 1.2, 1.5, 1.5, 0.5, 0.6],
    slope: 2.5,
    shift: 3.0,
    known: 0.8,
    person: 20.0,
};

impl Score {
    /// Nothing is known.
    pub fn unknown() -> Self {
        Self { probability: 0.5, points: 0.0, knowledge: 0.0, deciding: Vec::new() }
    }
}

/// The messages learned that stand behind a score.
struct Behind {
    ham: f64,
    spam: f64,
}

pub(super) fn score(model: &Model, features: &Features, person: Option<&Delta>, tuning: &Tuning) -> Score {
    let behind = Behind {
        ham: f64::from(model.ham()) + tuning.person * person.map_or(0.0, |delta| f64::from(delta.ham())),
        spam: f64::from(model.spam()) + tuning.person * person.map_or(0.0, |delta| f64::from(delta.spam())),
    };
    if behind.ham == 0.0 || behind.spam == 0.0 {
        return Score::unknown();
    }
    let (mut sum, mut used) = (0.0, 0_usize);
    let (mut words, mut known) = (0_usize, 0_usize);
    let mut weights: Vec<(usize, f64)> = Vec::with_capacity(features.len());
    for (index, &feature) in features.hashes().iter().enumerate() {
        let counts = model.counts(feature);
        let own = person.map(|delta| delta.counts(feature)).unwrap_or_default();
        let kind = Kind::of(feature);
        let seen = counts.ham + counts.spam + own.ham + own.spam;
        if matches!(kind, Kind::Word | Kind::Subject) {
            words += 1;
            known += usize::from(seen > 1);
        }
        if seen == 0 {
            continue;
        }
        let ham = f64::from(counts.ham) + tuning.person * f64::from(own.ham);
        let spam = f64::from(counts.spam) + tuning.person * f64::from(own.spam);
        let evidence = evidence(ham, spam, &behind, tuning);
        if evidence.abs() >= tuning.least {
            let evidence = evidence * tuning.kinds.get(kind as usize).copied().unwrap_or(1.0);
            sum += evidence;
            used += 1;
            weights.push((index, evidence));
        }
    }
    let knowledge = (known + 2) as f64 / (words + 2) as f64;
    let used = used as f64;
    let mean = (tuning.slope * sum + tuning.shift * used) / (used + tuning.doubt).max(1.0);
    let share = (knowledge / tuning.known).min(1.0);
    let points = soften(mean * share, behind.ham.min(behind.spam));
    let scale = if sum == 0.0 { 0.0 } else { (points / sum).abs() };
    Score { probability: probability(points), points, knowledge, deciding: deciding(weights, features, scale) }
}

/// Log-odds of one feature: Robinson's smoothed share of spam, the kinds of mail taken as equally frequent.
fn evidence(ham: f64, spam: f64, behind: &Behind, tuning: &Tuning) -> f64 {
    let (ham_share, spam_share) = (ham / behind.ham, spam / behind.spam);
    let share = spam_share / (spam_share + ham_share);
    let seen = ham + spam;
    let smooth = (tuning.strength * 0.5 + seen * share) / (tuning.strength + seen);
    (smooth / (1.0 - smooth)).ln().clamp(-tuning.most, tuning.most)
}

/// Having seen `n` messages of each kind, nothing is surer than 2 n + 1 to one. The order of scores is kept.
fn soften(points: f64, messages: f64) -> f64 {
    let cap = (2.0 * messages).ln_1p();
    cap * (points / cap).tanh()
}

fn probability(points: f64) -> f64 {
    1.0 / (1.0 + (-points).exp())
}

/// The weightiest features with their names; `scale` makes their weights shares of the points.
fn deciding(mut weights: Vec<(usize, f64)>, features: &Features, scale: f64) -> Vec<Deciding> {
    let heavier = |a: &(usize, f64), b: &(usize, f64)| b.1.abs().total_cmp(&a.1.abs()).then(a.0.cmp(&b.0));
    if weights.len() > NAMED {
        weights.select_nth_unstable_by(NAMED, heavier);
        weights.truncate(NAMED);
    }
    weights.sort_unstable_by(heavier);
    weights
        .into_iter()
        .map(|(index, weight)| Deciding { word: features.name(index).unwrap_or_default(), points: weight * scale })
        .collect()
}
