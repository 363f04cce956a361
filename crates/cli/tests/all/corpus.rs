//! The project's own sample mail for a subscriber who agreed and changed nothing: what each comes to.

use testkit::NameServer;

use crate::house::{AGREED, junk, maildirs};

/// Wanted senders are who they say they are; of those that are suspect the domain takes mail and nothing more is known,
/// as of a firm that sends sales mail; the others have no records.
fn zone() -> String {
    let mut zone = String::new();
    for sample in testkit::corpus::samples().iter().filter(|sample| sample.family == "wanted") {
        let domain = sample.mail_from.rsplit('@').next().filter(|domain| !domain.is_empty()).unwrap_or(&sample.helo);
        let reverse = testkit::dns::reverse(sample.peer.parse().expect("a peer is an address"));
        zone.push_str(&format!("{domain} TXT v=spf1 ip4:{} -all\n", sample.peer));
        zone.push_str(&format!("{domain} MX 10 {}\n", sample.helo));
        zone.push_str(&format!("{reverse} PTR {}\n{} A {}\n", sample.helo, sample.helo, sample.peer));
    }
    for sample in testkit::corpus::samples().iter().filter(|sample| sample.family == "suspect") {
        let domain = sample.mail_from.rsplit('@').next().unwrap_or(&sample.helo);
        zone.push_str(&format!("{domain} MX 10 {}\n{} A {}\n", sample.helo, sample.helo, sample.peer));
    }
    zone
}

#[test]
fn every_sample_is_treated_as_its_file_says() {
    let server = NameServer::start(&zone());
    let sekisho = maildirs().maildir_domain("minato.example.jp").key("dns", "servers", &server.as_value()).start();
    let samples = testkit::corpus::samples();
    let mut people: Vec<&str> = samples.iter().flat_map(|sample| &sample.recipients).map(String::as_str).collect();
    people.sort_unstable();
    people.dedup();
    for person in &people {
        sekisho.subscriber(person, AGREED);
    }
    let mut wrong = Vec::new();
    for sample in &samples {
        let person = sample.recipients[0].as_str();
        let (before_held, before) = (junk(&sekisho, person).len(), sekisho.maildir(person).len());
        let mut client = sekisho.client_from(&sample.peer, &sample.helo);
        let reply = client.send_message(&sample.mail_from, &[person], &sample.message).unwrap();
        assert_eq!(reply.code, 250, "{}: {}", sample.name, reply.text());
        let held = junk(&sekisho, person).len() > before_held;
        let messages = sekisho.maildir(person).messages();
        let labelled = messages
            .get(before..)
            .into_iter()
            .flatten()
            .any(|message| String::from_utf8_lossy(message).contains("\nX-Sekisho-Class: "));
        let family = match (held, labelled) {
            (true, _) => "unwanted",
            (false, true) => "suspect",
            (false, false) => "wanted",
        };
        if family != sample.family {
            let explained = reply.reference().map(|reference| {
                testkit::wait::until("record", crate::house::SOON, || {
                    let said = sekisho.command(&["explain", &reference, "--language", "en"]);
                    said.status.success().then(|| String::from_utf8_lossy(&said.stdout).into_owned())
                })
            });
            wrong.push(format!(
                "{}: {family} instead of {}\n{}",
                sample.name,
                sample.family,
                explained.unwrap_or_default()
            ));
        }
    }
    println!("samples {} of {}", samples.len() - wrong.len(), samples.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
