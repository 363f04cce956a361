//! Time that does not jump although the wall clock does.

use std::time::Duration;

use door::Steady;
use message::UnixMillis;

const START: i64 = 1_780_000_000_000;
const HOUR: i64 = 3_600_000;

#[test]
fn a_clock_that_is_set_by_an_hour_frees_nobody_and_holds_nobody() {
    for step in [HOUR, -HOUR] {
        let mut steady = Steady::new(UnixMillis(START), Duration::ZERO);
        let mut last = START;
        for second in 1..=20 * 3_600_u64 {
            let passed = second as i64 * 1_000;
            let wall = START + passed + if second >= 60 { step } else { 0 };
            let now = steady.now(UnixMillis(wall), Duration::from_secs(second)).0;
            assert!((900..=1_100).contains(&(now - last)) || (wall - now).abs() <= 200, "second {second}");
            assert!(now > last);
            last = now;
        }
        assert_eq!(last, START + 20 * HOUR + step, "after ten hours it is the wall clock's again");
    }
}

#[test]
fn small_corrections_are_followed_and_short_moments_are_not_lost() {
    let mut steady = Steady::new(UnixMillis(START), Duration::ZERO);
    for tick in 1..=10_000_u64 {
        steady.now(UnixMillis(START + tick as i64 / 10), Duration::from_micros(tick * 100));
    }
    assert_eq!(steady.now(UnixMillis(START + 1_001), Duration::from_millis(1_001)), UnixMillis(START + 1_001));
    assert_eq!(
        steady.now(UnixMillis(START + 950), Duration::from_millis(1_002)),
        UnixMillis(START + 1_001),
        "never back"
    );
}
