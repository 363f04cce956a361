//! Releasing held mail: also when the process dies in the middle, and never twice because somebody asks twice.

use std::process::{Command, Stdio};
use std::time::Duration;

use testkit::{Answer, NextHop, wait};

use crate::house::{HOLDS_ALL, PLAIN, PROGRAM, SOON, junk};

const KEN: &str = "ken@minato.example.jp";

#[test]
fn a_release_cut_short_by_a_kill_is_finished_after_the_restart() {
    let hop = NextHop::start();
    let mut sekisho =
        testkit::Setup::new(PROGRAM).domain("minato.example.jp", &hop.as_value(), &[("known", "\"any\"")]).start();
    sekisho.subscriber(KEN, HOLDS_ALL);
    assert_eq!(sekisho.client().send_message("s@example.com", &[KEN], PLAIN).unwrap().code, 250);
    let reference = junk(&sekisho, KEN)[0].reference.clone();

    hop.answer_data(Answer::AcceptAfter(Duration::from_secs(20)));
    let mut asking = Command::new(PROGRAM)
        .args(["junk", "release", &reference, "-c"])
        .arg(sekisho.configuration())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    hop.wait_for(1);
    sekisho.kill();
    asking.wait().unwrap();

    hop.answer_data(Answer::Accept);
    sekisho.start_again();
    let taken = hop.wait_for(2);
    assert_eq!(taken[1].message, testkit::maildir::with_crlf(PLAIN), "the very same bytes, without a field of ours");
    assert_eq!((taken[1].from.as_str(), taken[1].recipients.as_slice()), ("s@example.com", &[KEN.to_owned()][..]));
    wait::until("end of the release", SOON, || {
        junk(&sekisho, KEN).iter().all(|row| row.state == "released").then_some(())
    });
    sekisho.run(&["junk", "release", &reference]);
    assert_eq!(hop.taken().len(), 2, "asked again, it is not sent again");
    sekisho.must_not_have_panicked();
}

#[test]
fn a_release_that_the_next_hop_does_not_take_stays_held() {
    let hop = NextHop::start();
    let sekisho =
        testkit::Setup::new(PROGRAM).domain("minato.example.jp", &hop.as_value(), &[("known", "\"any\"")]).start();
    sekisho.subscriber(KEN, HOLDS_ALL);
    assert_eq!(sekisho.client().send_message("s@example.com", &[KEN], PLAIN).unwrap().code, 250);
    let reference = junk(&sekisho, KEN)[0].reference.clone();
    hop.answer_data(Answer::Say("451 4.3.0 come again".into()));
    assert!(!sekisho.command(&["junk", "release", &reference]).status.success());
    assert_eq!(junk(&sekisho, KEN)[0].state, "held");
    hop.answer_data(Answer::Accept);
    sekisho.run(&["junk", "release", &reference]);
    assert_eq!(hop.taken().len(), 1);
}

#[test]
fn a_release_goes_the_way_that_the_configuration_names() {
    let (hop, way) = (NextHop::start(), NextHop::start());
    let sekisho = testkit::Setup::new(PROGRAM)
        .domain("minato.example.jp", &hop.as_value(), &[("known", "\"any\"")])
        .key("release", "via", &format!("\"{}\"", way.as_value()))
        .start();
    sekisho.subscriber(KEN, HOLDS_ALL);
    assert_eq!(sekisho.client().send_message("s@example.com", &[KEN], PLAIN).unwrap().code, 250);
    sekisho.run(&["junk", "release", &junk(&sekisho, KEN)[0].reference]);
    assert_eq!((hop.taken().len(), way.taken().len()), (0, 1));
}
