//! The Bayesian filter: learning, unlearning, snapshots, and what it says about what it does not know.

use content::bayes::{Beside, FEATURES_LIMIT, Features, Label, Model, SnapshotError};
use message::{Limits, Message};

use crate::mail::{letter, mail, spam, wanted};

fn examples(count: usize) -> Vec<(Features, Label)> {
    let ham = wanted(count).into_iter().map(|message| (Features::of(&message), Label::Ham));
    ham.chain(spam(count).iter().map(|message| (Features::of(message), Label::Spam))).collect()
}

fn fold(examples: &[(Features, Label)]) -> Model {
    Model::fold(examples.iter().map(|(features, label)| (features, *label)))
}

#[test]
fn an_untrained_model_says_nothing() {
    let score = Model::new().score(&Features::of(&spam(1)[0]), None, Beside::default());
    assert_eq!((score.points, score.probability), (0.0, 0.5));
    assert!(score.deciding.is_empty());
    let mut model = Model::new();
    model.learn(&Features::of(&spam(1)[0]), Label::Spam);
    assert_eq!(
        model.score(&Features::of(&spam(1)[0]), None, Beside::default()).points,
        0.0,
        "spam alone is half a lesson"
    );
}

#[test]
fn it_tells_spam_from_wanted_mail_and_names_the_words() {
    let model = fold(&examples(100));
    let bad = letter("new@bulk.example.com", "cheap pills", "buy cheap pills from our pharmacy today");
    let good = letter("new@office.example.jp", "the minutes", "thank you for the agenda, see you then");
    let (bad, good) = (
        model.score(&Features::of(&bad), None, Beside::default()),
        model.score(&Features::of(&good), None, Beside::default()),
    );
    assert!(bad.points > 3.0, "{bad:?}");
    assert!(good.points < -3.0, "{good:?}");
    assert!(bad.probability > 0.95 && good.probability < 0.05);
    assert!(bad.deciding.len() <= 15);
    let words: Vec<&str> = bad.deciding.iter().map(|deciding| deciding.word.as_str()).collect();
    assert!(words.iter().any(|word| word.contains("pills") || word.contains("bulk.example.com")), "{words:?}");
    let weights: Vec<f64> = bad.deciding.iter().map(|deciding| deciding.points.abs()).collect();
    assert!(weights.is_sorted_by(|a, b| a >= b), "{weights:?}");
}

#[test]
fn few_lessons_do_not_reach_the_threshold() {
    let model = fold(&examples(10));
    let score = model.score(&Features::of(&spam(1)[0]), None, Beside::default());
    assert!(score.points > 0.0 && score.points < 5.0, "{score:?}");
    let progress = model.progress();
    assert_eq!((progress.ham, progress.spam), (10, 10));
    assert!(progress.reached > 0.0 && progress.reached < 1.0 && progress.vocabulary > 50);
}

#[test]
fn what_it_has_never_seen_the_like_of_is_not_spam() {
    let model = fold(&examples(100));
    let foreign = mail(
        "From: x1@bulk.example.com\nSubject: 来週の打ち合わせ",
        "議事録を添付します。ご確認のうえ、ご返信をお願いいたします。",
    );
    let score = model.score(&Features::of(&foreign), None, Beside::default());
    assert!(score.knowledge < 0.75, "the sender is known, what is written is not: {score:?}");
    assert!(score.points < 4.0, "{score:?}");
}

/// Spam leaves by the servers that also send what people asked for, so a header section known from spam is not enough.
#[test]
fn wanted_mail_of_a_kind_never_learned_is_suspect_at_most_whatever_server_sent_it() {
    let model = fold(&examples(200));
    let same_server = letter(
        "x7@bulk.example.com",
        "new in our workshop this spring",
        "The potters of the village open their kiln on Saturday. Bring children; tea will be served under the old oak, \
         and whoever wishes may glaze a bowl. Subscribers find their voucher for firing at the gate.",
    );
    let known = model.score(&Features::of(&spam(1)[0]), None, Beside::default());
    let unknown = model.score(&Features::of(&same_server), None, Beside { rules: 3.0, others: 0.0 });
    assert!(known.points >= 5.0, "the like of what was learned is still called: {known:?}");
    assert!(3.0 + unknown.points < 5.0, "{unknown:?}");
    assert!(3.0 + unknown.points > 1.0, "suspect it may be: {unknown:?}");
}

#[test]
fn unlearned_is_equal_to_never_learned() {
    let examples = examples(30);
    let (mut model, never) = (fold(&examples), fold(&examples[1..]));
    model.unlearn(&examples[0].0, examples[0].1);
    assert_eq!(model, never);
    assert_eq!(model.to_bytes(), never.to_bytes());
    for (features, label) in &examples[1..] {
        model.unlearn(features, *label);
    }
    assert_eq!(model.to_bytes(), Model::new().to_bytes());
}

#[test]
fn the_order_of_the_log_does_not_matter() {
    let mut examples = examples(30);
    let model = fold(&examples);
    examples.reverse();
    assert_eq!(fold(&examples).to_bytes(), model.to_bytes());
}

#[test]
fn a_snapshot_comes_back() {
    let model = fold(&examples(30));
    assert_eq!(Model::from_bytes(&model.to_bytes()), Ok(model));
    assert_eq!(Model::from_bytes(&Model::new().to_bytes()), Ok(Model::new()));
}

#[test]
fn a_damaged_snapshot_says_so() {
    let bytes = fold(&examples(5)).to_bytes();
    assert!(matches!(Model::from_bytes(b"not a model at all"), Err(SnapshotError::Magic { .. })));
    for end in [0, 3, 8, 13, bytes.len() / 2, bytes.len() - 1] {
        assert!(Model::from_bytes(&bytes[..end]).is_err(), "cut at {end}");
    }
    for at in (0..bytes.len()).step_by(7) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x20;
        assert!(Model::from_bytes(&damaged).is_err(), "octet {at} changed");
    }
}

#[test]
fn examples_fit_their_limit_hold_no_text_and_come_back() {
    let mut body = String::new();
    for at in 0..20_000_u32 {
        body.push_str(&format!("secretword{} ", at.wrapping_mul(2_654_435_761)));
    }
    for message in
        [letter("a@example.jp", "long", &body), letter("a@example.jp", "short", "two words"), mail("X: y", "")]
    {
        let features = Features::of(&message);
        let bytes = features.to_bytes();
        assert!(bytes.len() <= FEATURES_LIMIT, "{} octets", bytes.len());
        assert!(!bytes.windows(6).any(|window| window == b"secret"));
        assert_eq!(Features::from_bytes(&bytes), Ok(features.clone()));
        assert!(Features::from_bytes(&bytes[..bytes.len() - 1]).is_err());
        assert!(Features::from_bytes(&[&bytes[..], b"x"].concat()).is_err());
    }
}

#[test]
fn features_do_not_depend_on_when_the_mail_was_written() {
    let written = |date: &str, year: &str| {
        let headers = format!(
            "Received: from a.example.jp (a.example.jp [192.0.2.5]) by b.example.jp with ESMTP; {date}\n\
             From: a@example.jp\nDate: {date}\nSubject: report {year}\nMessage-ID: <{year}0102.77@example.jp>"
        );
        Features::of(&mail(&headers, &format!("Copyright {year}. The report of {year} is ready.")))
    };
    let (then, now) =
        (written("Wed, 02 Jan 2002 10:00:00 +0900", "2002"), written("Fri, 02 Jan 2026 10:00:00 +0900", "2026"));
    assert_eq!(then, now);
}

#[test]
fn other_filters_opinions_are_not_learned() {
    let plain = Features::of(&letter("a@example.jp", "hello", "a letter"));
    let told = mail("X-Spam-Flag: YES\nFrom: a@example.jp\nTo: hanako@example.jp\nSubject: hello", "a letter");
    let told = Features::of(&told);
    let differing = told.hashes().iter().filter(|hash| plain.hashes().binary_search(hash).is_err()).count();
    assert!(differing <= 1, "{differing} features more; only the size may differ");
}

#[test]
fn hostile_bytes_are_only_features() {
    for raw in [&b""[..], b"\r\n", b"\0\0\0\0", b"Subject: \xff\xfe\r\n\r\n\xff\x1b$B", &[0xe3; 5000]] {
        let message = Message::parse(raw.to_vec().into(), &Limits::default());
        let features = Features::of(&message);
        assert_eq!(Features::from_bytes(&features.to_bytes()), Ok(features));
    }
}

proptest::proptest! {
    #[test]
    fn any_bytes_are_a_snapshot_or_an_error(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
        let _ = Model::from_bytes(&bytes);
        let _ = Features::from_bytes(&bytes);
    }
}
