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

#[tokio::test(flavor = "multi_thread")]
async fn a_kept_header_section_takes_little_room() {
    use store::contract::reference as store_reference;
    use store::records::headers::HeadersRow;
    const ROWS: u64 = 1_000;
    let folder = tempfile::tempdir().unwrap();
    let store = Embedded::open(folder.path()).await.unwrap();
    let (mut octets, mut random) = (0, 0x9e37_79b9_7f4a_7c15_u64);
    // As unlike one another as real ones: signatures, ids, addresses and times are different in each.
    let mut noise = |length: usize| -> String {
        let digit = |_| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[(random >> 58) as usize] as char
        };
        (0..length).map(digit).collect()
    };
    for n in 0..ROWS {
        let fields = format!(
            "Authentication-Results: mx.example.jp;\r\n\tspf=pass smtp.mailfrom=news{n}.example.com;\r\n\tdkim=pass \
             header.d=news{n}.example.com;\r\n\tdmarc=pass header.from=news{n}.example.com\r\n\
             Received: from out{n}.example.com (out{n}.example.com [198.51.100.{}])\r\n\tby mx.example.jp with ESMTPS id \
             {}\r\n\t; Sun, 22 Nov 2026 08:04:04 +0000\r\n\
             Received: by 2002:a05:6a10:{n} with SMTP id {};\r\n        Sun, 22 Nov 2026 00:04:04 -0800 (PST)\r\n\
             DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=news{n}.example.com; s=k{n};\r\n\t\
             h=From:To:Subject:Date:Message-ID:MIME-Version:Content-Type; bh={};\r\n\tb={}\r\n\
             From: =?UTF-8?B?{}?= <info@news{n}.example.com>\r\nTo: hanako@example.jp\r\nSubject: =?UTF-8?B?{}?=\r\n\
             Date: Sun, 22 Nov 2026 17:04:04 +0900\r\nMessage-ID: <{}@news{n}.example.com>\r\nMIME-Version: 1.0\r\n\
             Content-Type: multipart/alternative; boundary=\"{}\"\r\nList-Unsubscribe: <https://news{n}.example.com/u/{}>\r\n\
             List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n",
            n % 250,
            noise(18),
            noise(30),
            noise(44),
            noise(344),
            noise(32),
            noise(60),
            noise(30),
            noise(28),
            noise(40)
        );
        octets += fields.len() as u64;
        let row = HeadersRow {
            reference: store_reference(n),
            operator: OperatorId(1),
            subscriber: SubscriberId(n as i64 % 97),
            at: after(n as i64),
            ours: 0,
            cut: false,
            fields: fields.into_bytes(),
        };
        store.records.put_headers(row).await.unwrap();
    }
    store.close().await.unwrap();
    let each = std::fs::metadata(folder.path().join("headers.db")).unwrap().len() / ROWS;
    println!("a header section of {} octets takes {each} with its indexes", octets / ROWS);
    assert!(each < octets / ROWS && each > 500, "{each} of {}", octets / ROWS);
}
