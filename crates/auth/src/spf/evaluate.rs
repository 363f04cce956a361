//! check_host() (RFC 7208 §4 and §5): walks a record, within ten terms that ask DNS and two answers of nothing.
//!
//! Every step leaves a line in the trace, so that staff can see why a host passed or failed.

use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;

use message::authentication::SpfOutcome;

use super::macros::{MacroString, Place};
use super::parse::{Directive, Mechanism, Prefixes, Record, pra_terms, spf1_terms};
use super::{Question, Versions};
use crate::dns::{Answer, Dns, Failure, addresses_like};

/// Terms of all records together that may ask DNS (§4.6.4).
const MOST_LOOKUPS: u32 = 10;
/// Of their questions, those that may be answered with nothing (§4.6.4).
const MOST_VOID: u32 = 2;
/// Names of one MX or PTR answer that are followed (§4.6.4).
const MOST_NAMES: usize = 10;
/// Lines of the trace that are kept.
const MOST_TRACE: usize = 40;
/// Octets of an explanation that are kept; it is a stranger's text.
const LONGEST_EXPLANATION: usize = 500;

/// What came out, with its reasons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// The result.
    pub outcome: SpfOutcome,
    /// The domain's own words about a fail.
    pub explanation: Option<String>,
    /// The mechanism that decided, as published.
    pub mechanism: Option<String>,
    /// Step by step.
    pub trace: Vec<String>,
}

/// What stops an evaluation at once.
enum Stop {
    Temporary(String),
    Permanent(String),
}

/// What a record said.
struct Verdict {
    outcome: SpfOutcome,
    mechanism: Option<String>,
    /// The domain and text of `exp=` of the record that decided.
    explanation: Option<(String, MacroString)>,
}

struct Walk<'a> {
    dns: &'a dyn Dns,
    ip: IpAddr,
    lookups: u32,
    void: u32,
    trace: Vec<String>,
    /// The confirmed names of the host, once somebody wanted them.
    names: Option<Arc<[Box<str>]>>,
}

/// Evaluates one question from the beginning.
pub async fn check_host(dns: &dyn Dns, question: &Question<'_>) -> Check {
    let ip = question.ip.to_canonical();
    let mut walk = Walk { dns, ip, lookups: 0, void: 0, trace: Vec::new(), names: None };
    match walk.check(*question).await {
        Ok(verdict) => {
            let explanation = match verdict.explanation {
                Some((domain, target)) if verdict.outcome == SpfOutcome::Fail => {
                    walk.explain(&Question { domain: &domain, ..*question }, &target).await
                }
                _ => None,
            };
            Check { outcome: verdict.outcome, explanation, mechanism: verdict.mechanism, trace: walk.trace }
        }
        Err(Stop::Temporary(why)) => walk.stopped(SpfOutcome::TempError, why),
        Err(Stop::Permanent(why)) => walk.stopped(SpfOutcome::PermError, why),
    }
}

type Checking<'w, T> = Pin<Box<dyn Future<Output = Result<T, Stop>> + Send + 'w>>;

impl<'a> Walk<'a> {
    fn stopped(mut self, outcome: SpfOutcome, why: String) -> Check {
        self.note(why);
        Check { outcome, explanation: None, mechanism: None, trace: self.trace }
    }

    fn note(&mut self, line: String) {
        if self.trace.len() < MOST_TRACE {
            self.trace.push(line);
        }
    }

    /// §4.3 to §4.7 for one domain. Boxed because `include` and `redirect` come back here.
    fn check<'w>(&'w mut self, question: Question<'w>) -> Checking<'w, Verdict> {
        Box::pin(async move {
            let domain = question.domain;
            let Some(record) = self.record(domain, question.versions).await? else {
                self.note(format!("{domain} publishes no policy"));
                return Ok(Verdict { outcome: SpfOutcome::None, mechanism: None, explanation: None });
            };
            for directive in &record.directives {
                if !self.matches(&question, directive).await? {
                    continue;
                }
                self.note(format!("{domain}: {} matches", directive.text));
                let explanation = record.explanation.map(|target| (domain.to_owned(), target));
                let mechanism = Some(directive.text.clone());
                return Ok(Verdict { outcome: directive.qualifier, mechanism, explanation });
            }
            let Some(redirect) = &record.redirect else {
                self.note(format!("{domain}: nothing matches"));
                return Ok(Verdict { outcome: SpfOutcome::Neutral, mechanism: None, explanation: None });
            };
            self.count(&format!("redirect= of {domain}"))?;
            let target = self.domain(&question, Some(redirect)).await;
            self.note(format!("{domain}: redirected to {target}"));
            let verdict = self.check(Question { domain: &target, ..question }).await?;
            if verdict.outcome == SpfOutcome::None {
                return Err(Stop::Permanent(format!("{target}, to which {domain} redirects, publishes no policy")));
            }
            Ok(verdict)
        })
    }

    /// The one policy of a domain (§4.4, §4.5).
    async fn record(&mut self, domain: &str, versions: Versions) -> Result<Option<Record>, Stop> {
        if !is_full_name(domain) {
            return Ok(None);
        }
        let answer = self.dns.txt(domain).await.answer;
        if let Answer::Failed(failure) = answer {
            return Err(Stop::Temporary(format!("policy of {domain}: {failure}")));
        }
        let mut found: Vec<&[u8]> = Vec::new();
        if versions == Versions::Pra {
            found.extend(answer.records().iter().filter_map(|text| pra_terms(text)));
        }
        if found.is_empty() {
            found.extend(answer.records().iter().filter_map(|text| spf1_terms(text)));
        }
        match found[..] {
            [] => Ok(None),
            [terms] => {
                Record::parse(terms).map(Some).map_err(|bad| Stop::Permanent(format!("policy of {domain}: {bad}")))
            }
            _ => Err(Stop::Permanent(format!("{domain} publishes {} policies", found.len()))),
        }
    }

    /// §5: whether a mechanism matches the host.
    async fn matches(&mut self, question: &Question<'_>, directive: &Directive) -> Result<bool, Stop> {
        match &directive.mechanism {
            Mechanism::All => Ok(true),
            Mechanism::Ip4(network, length) => Ok(in_network(self.ip, (*network).into(), *length)),
            Mechanism::Ip6(network, length) => Ok(in_network(self.ip, (*network).into(), *length)),
            Mechanism::Include(target) => self.include(question, directive, target).await,
            Mechanism::A(target, prefixes) => {
                self.count(&directive.text)?;
                let Some(name) = self.host(question, target.as_ref()).await else { return Ok(false) };
                self.has_address(&name, *prefixes).await
            }
            Mechanism::Mx(target, prefixes) => {
                self.count(&directive.text)?;
                let Some(name) = self.host(question, target.as_ref()).await else { return Ok(false) };
                self.has_mail_server(&name, *prefixes).await
            }
            Mechanism::Ptr(target) => {
                self.count(&directive.text)?;
                let Some(name) = self.host(question, target.as_ref()).await else { return Ok(false) };
                Ok(self.host_names().await?.iter().any(|host| is_within(host, &name)))
            }
            Mechanism::Exists(target) => {
                self.count(&directive.text)?;
                let Some(name) = self.host(question, Some(target)).await else { return Ok(false) };
                // Always an A record, also where the host speaks IPv6 (§5.7).
                let answer = self.dns.a(&name).await.answer;
                Ok(!self.seen(&name, &answer)?.is_empty())
            }
        }
    }

    /// §5.2: an include matches where the other policy passes; what is wrong with it is wrong with us.
    async fn include(
        &mut self,
        question: &Question<'_>,
        directive: &Directive,
        target: &MacroString,
    ) -> Result<bool, Stop> {
        self.count(&directive.text)?;
        let name = self.domain(question, Some(target)).await;
        match self.check(Question { domain: &name, ..*question }).await?.outcome {
            SpfOutcome::Pass => Ok(true),
            SpfOutcome::Fail | SpfOutcome::SoftFail | SpfOutcome::Neutral => Ok(false),
            SpfOutcome::None | SpfOutcome::PermError | SpfOutcome::TempError => {
                Err(Stop::Permanent(format!("{name}, which is included, publishes no policy")))
            }
        }
    }

    async fn has_address(&mut self, name: &str, prefixes: Prefixes) -> Result<bool, Stop> {
        let answer = addresses_like(self.dns, name, self.ip).await;
        let length = if self.ip.is_ipv4() { prefixes.v4 } else { prefixes.v6 };
        let ip = self.ip;
        Ok(self.seen(name, &answer)?.iter().any(|&network| in_network(ip, network, length)))
    }

    async fn has_mail_server(&mut self, name: &str, prefixes: Prefixes) -> Result<bool, Stop> {
        let answer = self.dns.mx(name).await.answer;
        let mut servers = self.seen(name, &answer)?.to_vec();
        if servers.len() > MOST_NAMES {
            return Err(Stop::Permanent(format!("{name} has more than {MOST_NAMES} mail servers")));
        }
        servers.sort_by_key(|server| server.preference);
        for server in servers.iter().filter(|server| !server.exchange.is_empty()) {
            if self.has_address(&server.exchange, prefixes).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// §5.5: the host's names that lead back to it. What fails here is passed over, never an error; only the end of
    /// our own time is one, because the mechanisms after this one must not decide then.
    async fn host_names(&mut self) -> Result<Arc<[Box<str>]>, Stop> {
        if let Some(names) = &self.names {
            return Ok(names.clone());
        }
        let answer = self.dns.ptr(self.ip).await.answer;
        if answer.is_void() {
            self.count_void(&self.ip.to_string())?;
        }
        in_time(&answer)?;
        let mut confirmed = Vec::new();
        for name in answer.records().iter().take(MOST_NAMES) {
            let addresses = addresses_like(self.dns, name, self.ip).await;
            in_time(&addresses)?;
            if addresses.records().contains(&self.ip) {
                confirmed.push(name.clone());
            }
        }
        let names: Arc<[Box<str>]> = confirmed.into();
        self.names = Some(names.clone());
        Ok(names)
    }

    /// A term's domain, or the current one where it names none.
    async fn domain(&mut self, question: &Question<'_>, target: Option<&MacroString>) -> String {
        let Some(target) = target else { return question.domain.to_owned() };
        let host_name = self.host_name(question.domain, target).await;
        target.expand_domain(question, &host_name)
    }

    /// The same for a mechanism that asks for a host. An internationalized local part has no form in DNS: a mechanism
    /// that names it matches nobody (RFC 8616 §4).
    async fn host(&mut self, question: &Question<'_>, target: Option<&MacroString>) -> Option<String> {
        Some(self.domain(question, target).await).filter(|name| name.is_ascii())
    }

    /// What `%{p}` stands for: the domain itself, else a name below it, else any, else `unknown` (§7.3).
    async fn host_name(&mut self, domain: &str, wanted_by: &MacroString) -> String {
        if !wanted_by.wants_host_name() {
            return "unknown".into();
        }
        let names = self.host_names().await.unwrap_or_else(|_| Arc::from([]));
        let best = names
            .iter()
            .find(|name| name.eq_ignore_ascii_case(domain))
            .or_else(|| names.iter().find(|name| is_within(name, domain)))
            .or_else(|| names.first());
        best.map_or_else(|| "unknown".into(), ToString::to_string)
    }

    /// §6.2: the text behind `exp=`. Anything wrong with it means there is none.
    async fn explain(&mut self, question: &Question<'_>, target: &MacroString) -> Option<String> {
        let name = self.domain(question, Some(target)).await;
        let answer = self.dns.txt(&name).await.answer;
        let [text] = answer.records() else { return None };
        let text = std::str::from_utf8(text).ok().filter(|text| text.is_ascii())?;
        let text = MacroString::parse(text, Place::Explanation)?;
        let host_name = self.host_name(question.domain, &text).await;
        let mut expanded = text.expand(question, &host_name);
        // The sender's own words may stand in it: only printable ASCII goes on.
        expanded.retain(|c| c.is_ascii_graphic() || c == ' ');
        expanded.truncate(LONGEST_EXPLANATION);
        Some(expanded)
    }

    fn count(&mut self, term: &str) -> Result<(), Stop> {
        self.lookups += 1;
        if self.lookups > MOST_LOOKUPS {
            return Err(Stop::Permanent(format!("{term} would be term {} that asks DNS", self.lookups)));
        }
        Ok(())
    }

    fn count_void(&mut self, name: &str) -> Result<(), Stop> {
        self.void += 1;
        if self.void > MOST_VOID {
            return Err(Stop::Permanent(format!("{name} is the third name about which DNS knows nothing")));
        }
        Ok(())
    }

    /// The records of an answer: a failure stops, nothing is counted.
    fn seen<'r, T>(&mut self, name: &str, answer: &'r Answer<T>) -> Result<&'r [T], Stop> {
        match answer {
            Answer::Failed(failure) => Err(Stop::Temporary(format!("{name}: {failure}"))),
            Answer::NoSuchName | Answer::NoData => self.count_void(name).map(|()| &[][..]),
            Answer::Records(records) => Ok(records),
        }
    }
}

fn in_time<T>(answer: &Answer<T>) -> Result<(), Stop> {
    match answer {
        Answer::Failed(failure @ Failure::Deadline) => Err(Stop::Temporary(failure.to_string())),
        _ => Ok(()),
    }
}

/// Whether a domain can have a policy: several labels, none empty or too long, no address literal (§4.3).
fn is_full_name(domain: &str) -> bool {
    let domain = domain.strip_suffix('.').unwrap_or(domain);
    domain.contains('.') && !domain.starts_with('[') && crate::dns::can_exist(domain)
}

/// Whether `host` is `domain` or lies below it.
fn is_within(host: &str, domain: &str) -> bool {
    let (host, domain) = (host.as_bytes(), domain.strip_suffix('.').unwrap_or(domain).as_bytes());
    let Some((head, tail)) = host.len().checked_sub(domain.len()).and_then(|at| host.split_at_checked(at)) else {
        return false;
    };
    tail.eq_ignore_ascii_case(domain) && (head.is_empty() || head.ends_with(b"."))
}

/// Whether an address lies in a network of its own family. An IPv4-mapped IPv6 network is not an IPv4 one (§5).
pub(crate) fn in_network(ip: IpAddr, network: IpAddr, length: u8) -> bool {
    match (ip, network) {
        (IpAddr::V4(ip), IpAddr::V4(network)) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(length.min(32))).unwrap_or(0);
            ip.to_bits() & mask == network.to_bits() & mask
        }
        (IpAddr::V6(ip), IpAddr::V6(network)) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(length.min(128))).unwrap_or(0);
            ip.to_bits() & mask == network.to_bits() & mask
        }
        _ => false,
    }
}
