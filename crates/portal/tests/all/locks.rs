//! The lock cannot be turned against the owner: any order of tries by owner and guessers, checked against what the
//! lock promises.

use portal::language::Words;
use portal::problem::Problem;
use portal::security::lock::{self, Account, Way};
use portal::visit::Visit;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use store::SubscriberId;
use store::records::signin::Person;

use crate::house::House;

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;

/// One thing that happens.
#[derive(Clone, Debug)]
enum Step {
    /// Somebody guesses from one of many networks, so many times.
    Guess(u8, u8),
    /// Somebody guesses from the network in which the owner once signed in.
    GuessNearby(u8),
    /// Somebody guesses at other accounts from the owner's network.
    GuessOthersNearby(u8),
    /// The owner types a wrong password at their own browser; they do so twice at most in a row.
    Slip,
    /// The owner types the right one there.
    Owner,
    /// Minutes pass.
    Pass(u16),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (any::<u8>(), 1..12u8).prop_map(|(network, times)| Step::Guess(network, times)),
        2 => (1..12u8).prop_map(Step::GuessNearby),
        1 => (1..40u8).prop_map(Step::GuessOthersNearby),
        1 => Just(Step::Slip),
        2 => Just(Step::Owner),
        2 => (0..400u16).prop_map(Step::Pass),
    ];
    prop::collection::vec(step, 1..60)
}

fn visit(house: &House, network: &str) -> Visit {
    Visit {
        words: Words(policy::Language::Ja),
        staff_words: Words(policy::Language::Ja),
        now: house.now(),
        path: "/sign-in".into(),
        from: "192.0.2.1".into(),
        network: network.into(),
        secure: true,
        furigana: false,
        zone: jiff::tz::TimeZone::UTC,
        operator_name: String::new(),
        who: None,
        stored: std::sync::Arc::default(),
    }
}

/// Whether the lock lets a try through. A wrong try stays counted, a right one is given back.
async fn try_at(house: &House, network: &str, account: &Account, right: bool) -> bool {
    let visit = visit(house, network);
    match lock::begin(&house.portal, &visit, Way::Password, account).await {
        Ok(attempt) => {
            if right {
                attempt.succeeded(&house.portal).await.unwrap();
            }
            true
        }
        Err(Problem::Locked) => false,
        Err(other) => panic!("{other:?}"),
    }
}

async fn play(house: &House, person: i64, steps: &[Step]) {
    let whose = Some(Person::Subscriber(SubscriberId(person)));
    let (owner, stranger) = (Account::of(whose, "", Some(format!("browser {person}"))), Account::of(whose, "", None));
    lock::remember(&house.portal, &visit(house, "home"), &owner).await.unwrap();
    let (mut far, mut near, mut slips): (Vec<i64>, Vec<i64>, u8) = (Vec::new(), Vec::new(), 0);
    let in_a_day = |times: &[i64], now: i64| times.iter().filter(|at| now - **at < DAY).count();
    for step in steps {
        match step {
            Step::Guess(network, times) => {
                for _ in 0..*times {
                    if try_at(house, &format!("net {network} of {person}"), &stranger, false).await {
                        far.push(house.now().0);
                    }
                }
            }
            Step::GuessNearby(times) => {
                for _ in 0..*times {
                    if try_at(house, "home", &stranger, false).await {
                        near.push(house.now().0);
                    }
                }
            }
            Step::GuessOthersNearby(times) => {
                for n in 0..*times {
                    try_at(house, "home", &Account::of(None, &format!("other {n}"), None), false).await;
                }
            }
            Step::Slip if slips < 2 => {
                assert!(try_at(house, "home", &owner, false).await, "the owner's second slip is refused");
                slips += 1;
            }
            Step::Slip => {}
            Step::Owner => {
                assert!(try_at(house, "anywhere", &owner, true).await, "the owner is locked out of their own browser");
                slips = 0;
                // At leisure: their own slips are counted for a quarter of an hour, ten of them.
                house.pass(4 * MINUTE);
            }
            Step::Pass(minutes) => house.pass(i64::from(*minutes) * MINUTE),
        }
        let now = house.now().0;
        assert!(in_a_day(&far, now) <= 100, "{} guesses in a day from many networks", in_a_day(&far, now));
        assert!(in_a_day(&near, now) <= 40, "{} guesses in a day from the owner's network", in_a_day(&near, now));
    }
}

#[test]
fn whoever_guesses_the_owner_gets_in_and_the_guesser_gets_so_many_tries_a_day() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let house = runtime.block_on(House::new());
    let person = std::cell::Cell::new(1_000);
    let mut runner = TestRunner::new(Config { cases: 48, failure_persistence: None, ..Config::default() });
    runner
        .run(&steps(), |steps| {
            // Each order is somebody else's, in the same house.
            person.set(person.get() + 1);
            runtime.block_on(async {
                house.pass(2 * DAY);
                play(&house, person.get(), &steps).await;
            });
            Ok(())
        })
        .unwrap();
    runtime.block_on(house.close());
}

#[tokio::test]
async fn guesses_are_really_let_through_until_the_limit_and_not_beyond() {
    let house = House::new().await;
    let account = Account::of(Some(Person::Subscriber(SubscriberId(77))), "", None);
    let mut through = 0;
    for hour in 0..24 {
        for network in 0..30 {
            for _ in 0..4 {
                through += i32::from(try_at(&house, &format!("{hour} {network}"), &account, false).await);
            }
        }
        house.pass(59 * MINUTE);
    }
    assert_eq!(through, 100);
    // A network of the owner's is not held up by all that.
    lock::remember(&house.portal, &visit(&house, "home"), &account).await.unwrap();
    assert!(try_at(&house, "home", &account, true).await);
    assert!(!try_at(&house, "new", &account, true).await);
    lock::reset(&house.portal, &account.key).await.unwrap();
    assert!(try_at(&house, "new", &account, true).await, "staff have let it go");
    house.close().await;
}

#[test]
fn names_for_the_same_mailbox_are_one_account() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let house = House::new().await;
        let mut refused = 0;
        for n in 0..12 {
            let login = format!("hanako+{n}@example.jp");
            let answer = house
                .post("/sign-in", &crate::house::Visitor::default(), &[("login", &login), ("password", "guess")])
                .await;
            refused += i32::from(answer.status == axum::http::StatusCode::TOO_MANY_REQUESTS);
        }
        assert_eq!(refused, 7, "details of an address are no further accounts");
        house.close().await;
    });
}
