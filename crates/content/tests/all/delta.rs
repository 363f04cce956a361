//! A person's own judgements on top of the site's model.

use content::bayes::{Beside, DELTA_LIMIT, Delta, Features, Label, Model};
use message::Message;

use crate::mail::{letter, spam, wanted};

fn site() -> Model {
    let ham: Vec<Features> = wanted(150).iter().map(Features::of).collect();
    let spam: Vec<Features> = spam(150).iter().map(Features::of).collect();
    let ham = ham.iter().map(|features| (features, Label::Ham));
    Model::fold(ham.chain(spam.iter().map(|features| (features, Label::Spam))).collect::<Vec<_>>())
}

fn shop(number: usize) -> Message {
    let body = format!("buy now: cheap garden tools, offer {number}, http://garden.example.net/{number}");
    letter("news@garden.example.net", &format!("hot offer {number} for you"), &body)
}

fn learned(messages: &[Message], label: Label, site: &Model) -> Delta {
    let features: Vec<Features> = messages.iter().map(Features::of).collect();
    Delta::fold(features.iter().map(|features| (features, label)), site)
}

#[test]
fn ten_corrections_visibly_matter() {
    let site = site();
    let next = Features::of(&shop(99));
    let before = site.score(&next, None, Beside::default()).points;
    assert!(before > 1.0, "the site takes it for spam: {before}");
    let own: Vec<Message> = (0..10).map(shop).collect();
    let delta = learned(&own, Label::Ham, &site);
    let after = site.score(&next, Some(&delta), Beside::default()).points;
    assert!(after < 0.0, "{before} before, {after} after ten times \"not spam\"");
    let other = Features::of(&spam(1)[0]);
    let (without, with) = (
        site.score(&other, None, Beside::default()).points,
        site.score(&other, Some(&delta), Beside::default()).points,
    );
    assert!(with > 0.6 * without, "other spam stays spam: {without} before, {with} after");
}

#[test]
fn a_month_of_nothing_but_ham_does_not_make_everything_spam() {
    let site = site();
    let month: Vec<Message> = wanted(400);
    let delta = learned(&month, Label::Ham, &site);
    let unknown = letter("someone@elsewhere.example", "garden club", "the roses are in flower, come and visit us soon");
    let good = Features::of(&wanted(1)[0]);
    for features in [Features::of(&unknown), good] {
        let (without, with) = (
            site.score(&features, None, Beside::default()).points,
            site.score(&features, Some(&delta), Beside::default()).points,
        );
        assert!(with <= without + 0.5, "{without} without, {with} with");
        assert!(with < 2.0, "{with}");
    }
}

#[test]
fn nothing_but_spam_does_not_make_everything_spam_either() {
    let site = site();
    let delta = learned(&spam(200), Label::Spam, &site);
    let good = Features::of(&wanted(1)[0]);
    assert!(site.score(&good, Some(&delta), Beside::default()).points < 0.0);
}

#[test]
fn a_delta_fits_its_limit_and_comes_back() {
    let site = site();
    let many: Vec<Message> = (0..300)
        .map(|at| letter(&format!("a{at}@b{at}.example"), &format!("s{at} t{at}"), &format!("w{at} v{at}")))
        .collect();
    let delta = learned(&many, Label::Spam, &site);
    let bytes = delta.to_bytes();
    assert!(bytes.len() <= DELTA_LIMIT, "{} octets", bytes.len());
    assert_eq!(Delta::from_bytes(&bytes), Ok(delta.clone()));
    assert_eq!(delta.spam(), 300);
    assert!(Delta::from_bytes(&bytes[..bytes.len() - 1]).is_err());
    assert_eq!(Delta::from_bytes(&Delta::new().to_bytes()), Ok(Delta::new()));
}

#[test]
fn folding_without_a_judgement_is_never_having_made_it() {
    let site = site();
    let own: Vec<Message> = (0..20).map(shop).collect();
    let (with, without) = (learned(&own, Label::Ham, &site), learned(&own[1..], Label::Ham, &site));
    assert_ne!(with.to_bytes(), without.to_bytes());
    assert_eq!(without.to_bytes(), learned(&own[1..], Label::Ham, &site).to_bytes());
}
