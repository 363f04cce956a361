//! The portal in this house: its services, and the way its one-time codes go out.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use checkpoint::{Handed, Handover, NextHop, Onward as _, Recipient, Rendering, Resolved};
use message::{Address, Body, ReversePath};
use portal::mailer::{CodeMail, CodeMessage, Report};
use portal::state::{Countries, Options, Portal, Services, UrlCategories};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::configuration::Configuration;
use crate::house::House;

/// How long the next hop may take for a letter with a code.
const LETTER_TIME: Duration = Duration::from_secs(30);
/// How often it is looked whether a digest is due.
const DIGESTS: Duration = Duration::from_secs(10);

/// Sends codes to the recipient's next hop, past the filter.
struct Letters(Arc<House>);

impl Letters {
    /// An address of ours; `None`: it is elsewhere.
    async fn ours(&self, address: &Address) -> Result<Option<Box<Recipient>>, String> {
        match self.0.gate.directory.resolve(address).await {
            Ok(Resolved::Ours(found)) => Ok(Some(found)),
            Ok(Resolved::Nobody | Resolved::NotOurs) => Ok(None),
            Err(fault) => Err(fault.to_string()),
        }
    }
}

#[async_trait]
impl CodeMail for Letters {
    async fn send(&self, letter: CodeMessage) -> Result<(), String> {
        let found = match self.0.gate.directory.resolve(&letter.to).await {
            Ok(Resolved::Ours(found)) => found,
            Ok(Resolved::Nobody | Resolved::NotOurs) => return Err(format!("{} is not an address here", letter.to)),
            Err(fault) => return Err(fault.to_string()),
        };
        let rendering = Rendering { pieces: vec![Bytes::from(letter.raw)] };
        let handover = Handover {
            hop: found.next_hop.clone(),
            mail_from: ReversePath::Null,
            recipients: vec![found.deliver_to.clone()],
            body: if rendering.is_eight_bit() { Body::EightBit } else { Body::SevenBit },
            rendering,
            smtp_utf8: false,
            peer: None,
            notify_never: true,
            deadline: tokio::time::Instant::now() + LETTER_TIME,
        };
        match self.0.ways.hand_over(handover).await.into_iter().next() {
            Some(Handed::Accepted(_)) => Ok(()),
            Some(Handed::Refused(reply) | Handed::Deferred(reply)) => Err(format!("{} {}", reply.code, reply.text)),
            None => Err("no answer".into()),
        }
    }

    async fn report(&self, report: Report) -> Result<(), String> {
        // An address elsewhere is reached by way of the person's own mail server, as their other mail is.
        let (hop, to) = match self.ours(&report.to).await? {
            Some(found) => (found.next_hop.clone(), found.deliver_to.clone()),
            None => match self.ours(&report.from).await?.map(|found| found.next_hop.clone()) {
                Some(hop @ (NextHop::Smtp { .. } | NextHop::Lmtp { .. } | NextHop::LmtpSocket(_))) => {
                    (hop, report.to.clone())
                }
                Some(NextHop::Maildir(_)) | None => return Err(format!("no mail server takes mail to {}", report.to)),
            },
        };
        let rendering = Rendering { pieces: vec![Bytes::from(report.raw)] };
        let handover = Handover {
            hop,
            mail_from: ReversePath::Address(report.from),
            recipients: vec![to],
            body: if rendering.is_eight_bit() { Body::EightBit } else { Body::SevenBit },
            rendering,
            smtp_utf8: false,
            peer: None,
            notify_never: false,
            deadline: tokio::time::Instant::now() + LETTER_TIME,
        };
        match self.0.ways.hand_over(handover).await.into_iter().next() {
            Some(Handed::Accepted(_)) => Ok(()),
            Some(Handed::Refused(reply) | Handed::Deferred(reply)) => Err(format!("{} {}", reply.code, reply.text)),
            None => Err("no answer".into()),
        }
    }
}

/// The operator's table of countries: `portal.countries`.
fn countries(house: &Arc<House>) -> Countries {
    let house = house.clone();
    Countries(Some(Arc::new(move |ip| house.countries.load().of(ip))))
}

/// Where people find the pages: as the file says, or where they are listened for. Without either there are none.
fn url(configuration: &Configuration) -> String {
    let said = configuration.text("portal.url").trim_end_matches('/');
    match (said, configuration.portal.first()) {
        ("", Some(at)) if configuration.text("tls.certificate").is_empty() => format!("http://{at}"),
        ("", Some(at)) => format!("https://{at}"),
        (said, _) => said.to_owned(),
    }
}

/// Sends digests and notices when their time has come, until told to stop; what is under way is finished first.
pub fn spawn_digests(tasks: &TaskTracker, house: &Arc<House>, stop: CancellationToken) {
    let house = house.clone();
    tasks.spawn(async move {
        let mut every = tokio::time::interval(DIGESTS);
        every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = every.tick() => {}
            }
            let portal = portal(&house, false);
            let per_second = u32::try_from(house.configuration.load().number("digest.per_second")).unwrap_or(u32::MAX);
            let _one_at_a_time = house.digests.lock().await;
            let round = portal::digest::run::due(&portal, checkpoint::now(), per_second, || !stop.is_cancelled()).await;
            match round {
                Ok(round) if round.sent > 0 || round.again > 0 => {
                    tracing::info!(sent = round.sent, again = round.again, "mail about held mail was sent");
                }
                Ok(_) => {}
                Err(fault) => tracing::warn!(%fault, "digests could not be looked at; they are looked at again"),
            }
        }
    });
}

/// The portal over this house.
pub fn portal(house: &Arc<House>, tls: bool) -> Portal {
    let gate = &house.gate;
    let services = Services {
        stores: gate.stores.clone(),
        directory: gate.directory.clone(),
        junk: gate.junk.clone(),
        learning: gate.learning.clone(),
        door: gate.door.clone(),
    };
    let configuration = house.configuration.load();
    let gate = house.gate.clone();
    let names = move || gate.judge.sources.load().0.url_categories.names().to_vec();
    let options = Options {
        tls,
        proxies: configuration.portal_proxies.clone(),
        secret: house.portal_secret,
        sms: configuration.signing_in.sms.clone(),
        second_factor: configuration.signing_in.second_factor.clone(),
        without_password: configuration.signing_in.without_password.clone(),
        #[cfg(feature = "oidc")]
        oidc: configuration.signing_in.oidc.clone(),
        api_per_minute: u32::try_from(configuration.number("portal.api_per_minute")).unwrap_or(u32::MAX),
        url_categories: UrlCategories(Some(Arc::new(names))),
        countries: countries(house),
        url: url(&configuration),
    };
    Portal::new(services, options, Arc::new(Letters(house.clone())))
}

/// Serves the pages on a listener until told to stop: plain on loopback and behind listed proxies, with the certificate
/// of `[tls]` elsewhere.
pub fn spawn(
    tasks: &TaskTracker,
    listener: TcpListener,
    house: &Arc<House>,
    stop: CancellationToken,
) -> Result<(), String> {
    let at = listener.local_addr().map_err(|fault| format!("listen.portal: {fault}"))?;
    let configuration = house.configuration.load();
    let certificate = configuration.text("tls.certificate");
    let open = !at.ip().to_canonical().is_loopback() && configuration.portal_proxies.is_empty();
    if open && certificate.is_empty() {
        return Err(portal::serve::Unsafe::Plain(at).to_string());
    }
    let stop = stop.cancelled_owned();
    if !open {
        let portal = portal(house, false);
        tasks.spawn(async move { ended(portal::serve::serve(listener, portal, stop).await) });
        return Ok(());
    }
    let tls = edge::smtp::tls::from_pem_files(certificate.as_ref(), configuration.text("tls.key").as_ref())
        .map_err(|fault| format!("tls.certificate, tls.key: {fault}"))?;
    let portal = portal(house, true);
    tasks.spawn(async move { ended(portal::serve::serve_tls(listener, TlsAcceptor::from(tls), portal, stop).await) });
    Ok(())
}

fn ended(outcome: Result<(), portal::serve::Unsafe>) {
    if let Err(fault) = outcome {
        tracing::error!(%fault, "the pages are not served any more");
    }
}
