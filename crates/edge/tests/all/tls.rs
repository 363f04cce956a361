//! STARTTLS on both sides, and what an attacker puts before it.

use std::sync::Arc;

use checkpoint::{Handed, Onward};
use edge::onward::{OnwardSettings, OnwardTls, Ways};
use edge::smtp::SmtpSettings;
use edge::smtp::tls::{from_der, from_pem_files};
use rustls_pki_types::{PrivateKeyDer, ServerName};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs};

use crate::hop::{Hop, Script};
use crate::house::{House, settings};
use crate::onward::{handover, ways_with};

fn with_tls() -> (SmtpSettings, Arc<ClientConfig>) {
    let made = rcgen::generate_simple_self_signed(vec!["mx.example.jp".into()]).expect("a certificate");
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("a key");
    let mut settings = settings();
    settings.tls = Some(from_der(vec![made.cert.der().clone()], key).expect("a pair"));
    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).expect("a root");
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    (settings, Arc::new(config))
}

#[tokio::test]
async fn what_was_said_before_tls_does_not_count() {
    let house = House::recording().await;
    let (settings, config) = with_tls();
    let served = house.serve(settings).await;
    let mut client = served.connect().await;
    assert!(client.reply().await.starts_with("220"));
    client.say("EHLO client.example\r\n").await;
    let mut offered = Vec::new();
    loop {
        let line = client.line().await;
        offered.push(line.clone());
        if line.starts_with("250 ") {
            break;
        }
    }
    assert!(offered.contains(&"250-STARTTLS".to_owned()));
    assert!(client.ask("MAIL FROM:<early@client.example>").await.starts_with("250"));
    // The injection (CVE-2011-0411): commands behind STARTTLS in the same packet, in the clear.
    assert!(
        client
            .ask("STARTTLS\r\nRCPT TO:<injected@example.jp>\r\nDATA\r\nSubject: injected\r\n\r\n.")
            .await
            .starts_with("220")
    );
    let name = ServerName::try_from("mx.example.jp").expect("a name");
    let mut tls = TlsConnector::from(config).connect(name, client.stream.into_inner()).await.expect("a handshake");
    tls.write_all(b"MAIL FROM:<a@client.example>\r\nEHLO client.example\r\nQUIT\r\n").await.expect("a write");
    let mut said = String::new();
    let _ = tls.read_to_string(&mut said).await;
    let lines: Vec<&str> = said.lines().collect();
    assert!(lines[0].starts_with("503 5.5.1 Say hello first"), "{said}");
    assert!(lines[1].starts_with("250-mx.example.jp"), "{said}");
    assert!(!said.contains("STARTTLS"), "offered twice: {said}");
    assert!(lines.last().is_some_and(|line| line.starts_with("221")), "{said}");
    assert!(house.recorder.handed().is_empty());
}

#[tokio::test]
async fn mail_over_tls_is_marked_so() {
    let house = House::recording().await;
    let (settings, config) = with_tls();
    let served = house.serve(settings).await;
    let ways = ways_with(|settings| settings.tls = OnwardTls::Verified(config));
    let hop = checkpoint::NextHop::Smtp { host: "127.0.0.1".into(), port: served.at.port() };
    let mut given = handover(&hop, &["taro@example.jp"], b"Subject: a\r\n\r\nb\r\n");
    // The certificate is for a name, and we connected to an address: refused, and the mail waits.
    assert!(matches!(ways.hand_over(given.clone()).await[0], Handed::Deferred(_)));
    assert!(house.recorder.handed().is_empty());
    let ways = Ways::new(OnwardSettings::new("client.example"));
    given.deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(60);
    assert!(matches!(ways.hand_over(given).await[0], Handed::Accepted(_)));
    let tls = house.recorder.handed()[0].peer.as_ref().and_then(|peer| peer.tls.clone());
    assert!(tls.as_ref().is_some_and(|tls| tls.starts_with("TLSv1.3 TLS13_")), "{tls:?}");
}

#[tokio::test]
async fn without_tls_opportunity_is_passed_by_and_demand_waits() {
    // It offers STARTTLS and then speaks no TLS.
    let hop = Hop::start(Script {
        offers: vec!["STARTTLS"],
        replies: vec![("STARTTLS", "220 go"), ("\u{16}", "")],
        ..Script::smtp()
    })
    .await;
    let given = handover(&hop.way(), &["taro@example.jp"], b"Subject: a\r\n\r\nb\r\n");
    let ways = ways_with(|settings| settings.tls = OnwardTls::Required);
    assert!(matches!(ways.hand_over(given.clone()).await[0], Handed::Deferred(_)));
    assert!(hop.messages().is_empty());
    let ways = ways_with(|settings| settings.tls = OnwardTls::Opportunistic);
    assert!(matches!(ways.hand_over(given).await[0], Handed::Accepted(_)));
    assert_eq!(hop.messages().len(), 1);
}

#[test]
fn pem_files_say_what_is_wrong_with_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let (certificate, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    let made = rcgen::generate_simple_self_signed(vec!["mx.example.jp".into()]).expect("a certificate");
    std::fs::write(&certificate, made.cert.pem()).expect("a file");
    let missing = from_pem_files(&certificate, &key).expect_err("no key").to_string();
    assert!(missing.contains("key.pem"), "{missing}");
    std::fs::write(&key, made.signing_key.serialize_pem()).expect("a file");
    assert!(from_pem_files(&certificate, &key).is_ok());
    let other = rcgen::generate_simple_self_signed(vec!["mx.example.jp".into()]).expect("another");
    std::fs::write(&key, other.signing_key.serialize_pem()).expect("a file");
    assert!(from_pem_files(&certificate, &key).is_err(), "a key of another certificate");
}
