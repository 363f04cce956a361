//! A median decision, its transaction and all indexes take at most 1 kB of disk.

use store::contract::{after, decisions};
use store::records::decisions::{DecisionRow, TransactionRow};
use store::{Embedded, OperatorId, Records as _, SubscriberId};

/// As the gate writes for an ordinary message: authentication, versions, three findings.
const OF_TRANSACTION: &str = r#"{"spf":"pass","dkim":[["pass","example.com"]],"dmarc":"pass","versions":{"program":"0.1.0","configuration":12,"model":"2026-11-22"},"milliseconds":{"gather":48,"judge":3,"hand_on":31}}"#;
const OF_DECISION: &str = r#"{"findings":[["bayes",1.75,[0.852]],["link_mismatch",2.0,["shop.example.net"]],["no_subject",0.5]],"threshold":6.0,"reason":"below_threshold","settings":481,"group":"standard","lists":17}"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_median_decision_takes_at_most_1_kb() {
    const ROWS: u64 = 5_000;
    let folder = tempfile::tempdir().unwrap();
    let store = Embedded::open(folder.path()).await.unwrap();
    for n in 0..ROWS {
        let sent = TransactionRow {
            peer: format!("198.51.100.{}", n % 250),
            mail_from: format!("bounce-{n}-news@mail{}.example.com", n % 400),
            message_id: format!("<2026112{n:08}.{:x}@mail{}.example.com>", n * 7_919, n % 400),
            json: OF_TRANSACTION.to_owned(),
            ..decisions::transaction(OperatorId(1), n, after(n as i64 * 10))
        };
        let decided = DecisionRow {
            subscriber: Some(SubscriberId(n as i64 % 997)),
            json: OF_DECISION.to_owned(),
            ..decisions::decision(&sent, n * 2_654_435_761, &format!("user{}@example.jp", n % 997))
        };
        store.records.record(sent, vec![decided], false).await.unwrap();
    }
    store.close().await.unwrap();
    let octets = std::fs::metadata(folder.path().join("decisions/2026-11-22.db")).unwrap().len();
    let each = octets / ROWS;
    println!("a decision with its transaction and indexes: {each} octets");
    assert!(each <= 1_024, "{each} octets");
    assert!(each > 500, "{each} octets: were they written?");
}
