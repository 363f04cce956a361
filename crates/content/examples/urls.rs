//! Learns the model of addresses, and says how good it is.
//!
//! usage: urls learn OUT PHISH.csv INDEX.csv MESSAGES JA_INDEX.csv JA_DIR [PAGES.txt…]
//!        urls report PHISH.csv INDEX.csv MESSAGES JA_INDEX.csv JA_DIR [PAGES.txt…]
//!
//! PHISH.csv has date,url,… ; INDEX.csv path,label,split; JA_INDEX.csv path,label. PAGES.txt are addresses of wanted
//! pages, one to a line. Years up to 2022 are learned from, 2023 is only reported on, and there only hosts that were never
//! seen; of wanted addresses a fifth of the domains is held out. Thresholds are looked at on 2022 by a model that has not
//! seen it (`learn` prints that), never on 2023.

#![expect(clippy::print_stdout, reason = "a program for the command line: its figures are its output")]

use std::collections::{HashMap, HashSet};
use std::error::Error;
use std::fs;
use std::path::Path;

use content::urls::{Example, Host, Model, each_feature};
use message::links::{Link, Place};
use message::{Limits, Message};

/// Addresses of one host that are learned from.
const OF_ONE_HOST: usize = 3;
/// The thresholds of the rules, in log-odds.
const THRESHOLDS: [f32; 4] = [0.0, 2.0, 3.0, 4.0];

/// One address with where it comes from.
struct Address {
    host: String,
    target: String,
    year: u16,
}

/// A labelled message with its web links.
struct Mail {
    is_spam: bool,
    is_test: bool,
    links: Vec<(String, String)>,
}

struct Sources {
    phishing: Vec<Address>,
    english: Vec<Mail>,
    japanese: Vec<Mail>,
    pages: Vec<(String, String)>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["learn", out, rest @ ..] => {
            let sources = read(rest)?;
            println!("validation: learned to 2021, unseen hosts of 2022");
            report(&learned(&sources, 2021), &sources, 2022);
            let model = learned(&sources, 2022);
            fs::write(out, model.to_bytes())?;
            Ok(())
        }
        ["report", rest @ ..] => {
            let sources = read(rest)?;
            report(Model::shipped(), &sources, 2023);
            Ok(())
        }
        _ => Err("usage: urls learn OUT|report PHISH.csv INDEX.csv MESSAGES JA_INDEX.csv JA_DIR [PAGES.txt…]".into()),
    }
}

fn read(arguments: &[&str]) -> Result<Sources, Box<dyn Error>> {
    let [phish, index, messages, ja_index, ja_dir, pages @ ..] = arguments else {
        return Err("PHISH.csv INDEX.csv MESSAGES JA_INDEX.csv JA_DIR are needed".into());
    };
    let mut phishing = Vec::new();
    for record in csv::ReaderBuilder::new().flexible(true).from_path(phish)?.into_records() {
        let record = record?;
        let year = record.get(0).and_then(|date| date.get(..4)).and_then(|year| year.parse().ok()).unwrap_or(0);
        if let Some((host, target)) = address(record.get(1).unwrap_or_default()) {
            phishing.push(Address { host, target, year });
        }
    }
    let mut wanted: Vec<(String, String)> = known();
    for file in pages {
        wanted.extend(fs::read_to_string(file)?.lines().filter_map(address));
    }
    Ok(Sources {
        phishing,
        english: mail(Path::new(index), Path::new(messages))?,
        japanese: mail(Path::new(ja_index), Path::new(ja_dir))?,
        pages: wanted,
    })
}

fn address(text: &str) -> Option<(String, String)> {
    let link = Link::new(text.trim(), "", Place::Text);
    link.is_web().then(|| link.host.map(|host| (host, link.target))).flatten()
}

/// Well-known hosts, with the kinds of addresses that shops, newspapers and newsletters have: the corpora's are few.
fn known() -> Vec<(String, String)> {
    const PATHS: [&str; 24] = [
        "",
        "",
        "index.html",
        "login",
        "login/?next=%2Fmypage%2F",
        "account/settings",
        "mypage/order/detail?order_id=503-2291823-1182736",
        "news/2/article/18273645",
        "articles/9a8b7c6d5e4f",
        "item/4901234567894/",
        "products/detail.php?product_id=2918",
        "contact/",
        "support/faq/18273",
        "campaign/summer/?utm_source=mail&utm_medium=email&utm_campaign=news",
        "privacy",
        "unsubscribe?u=8a7f3c2e91b04d55&id=2f91c7aa10",
        "ls/click?upn=u001.7Bq2LrKf0ZsYwX-2FqT8d1n3m4o5p6A7b8C9d0E1f2G3h4I5j6K7l8M9n0",
        "track/click?u=3f2a9c8e7b&id=1d8f7e6c5b&e=9a0b1c2d3e",
        "c/eJxNjkFugzAQRU8DO5DHNgYWLCJV6S6LqhdA9njADdiW7STt7Z1WUaWRZvTmz3",
        "r/?id=h5d1b2f7a,4c3e2d1f,4c3e2d20&p1=abc",
        "verify?token=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NSJ9",
        "reset_password/edit?reset_password_token=Xy7_zAbCdEfGhIjK",
        "docs/api/v2/index.html#section",
        "tracking/?number=1234-5678-9012",
    ];
    const FRONTS: [&str; 10] = ["", "", "", "mail.", "click.", "email.", "news.", "info.", "click.e.", "m."];
    let text = include_str!("urls/known.txt");
    let hosts = text.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace);
    let mut all = Vec::new();
    for (number, host) in hosts.enumerate() {
        for (at, path) in PATHS.iter().enumerate() {
            let front = FRONTS.get((number + at * 7) % FRONTS.len()).copied().unwrap_or_default();
            let bare = host.strip_prefix("www.").unwrap_or(host);
            let host = if front.is_empty() { host.to_owned() } else { format!("{front}{bare}") };
            all.push((host.clone(), format!("https://{host}/{path}")));
        }
    }
    all
}

fn mail(index: &Path, folder: &Path) -> Result<Vec<Mail>, Box<dyn Error>> {
    let mut all = Vec::new();
    for record in csv::ReaderBuilder::new().flexible(true).from_path(index)?.into_records() {
        let record = record?;
        let field = |at: usize| record.get(at).unwrap_or_default();
        let message = Message::parse(fs::read(folder.join(field(0)))?.into(), &Limits::default());
        let links = message.links.into_iter().filter(Link::is_web).filter_map(|link| Some((link.host?, link.target)));
        all.push(Mail { is_spam: field(1) == "spam", is_test: field(2) == "test", links: links.collect() });
    }
    Ok(all)
}

fn domain(host: &str) -> &str {
    Host::of(host)
        .map_or(host, |parts| host.get(host.len() - parts.name.len() - parts.suffix.len() - 1..).unwrap_or(host))
}

/// A fifth of all domains, always the same.
fn is_held_out(host: &str) -> bool {
    let hash = domain(host)
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, octet| (hash ^ u64::from(octet)).wrapping_mul(0x0100_0000_01b3));
    (hash >> 20).is_multiple_of(5)
}

fn learned(sources: &Sources, to: u16) -> Model {
    let mut examples = Vec::new();
    let mut of_host: HashMap<&str, usize> = HashMap::new();
    let take = |host: &str, target: &str, is_phishing: bool, examples: &mut Vec<Example>| {
        let mut features = Vec::new();
        each_feature(host, target, |number| features.push(number));
        examples.push(Example { features, is_phishing, weight: 1.0 });
    };
    for address in sources.phishing.iter().filter(|address| address.year <= to) {
        let count = of_host.entry(&address.host).or_default();
        *count += 1;
        if *count <= OF_ONE_HOST {
            take(&address.host, &address.target, true, &mut examples);
        }
    }
    let phishing = examples.len();
    let ham = |mail: &&Mail| !mail.is_spam && !mail.is_test;
    let from_mail = sources.english.iter().chain(&sources.japanese).filter(ham).flat_map(|mail| &mail.links);
    let pages = sources.pages.iter().filter(|(host, _)| !is_held_out(host));
    let mut of_host: HashMap<&str, usize> = HashMap::new();
    for (host, target) in from_mail.chain(pages) {
        let count = of_host.entry(host).or_default();
        *count += 1;
        if *count <= 8 * OF_ONE_HOST {
            take(host, target, false, &mut examples);
        }
    }
    let wanted = examples.len() - phishing;
    // As many of either kind: the answer is the weight of the evidence, not how often phishing was reported.
    for example in examples.iter_mut().filter(|example| !example.is_phishing) {
        example.weight = phishing as f32 / wanted.max(1) as f32;
    }
    println!("learned to {to}: {phishing} addresses of phishing, {wanted} of wanted pages and mail");
    shuffle(&mut examples);
    Model::learn(&examples, 6)
}

/// An order that has nothing to do with the sources, and is always the same.
fn shuffle(examples: &mut [Example]) {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for at in (1..examples.len()).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let other = usize::try_from(state >> 33).unwrap_or(0) % (at + 1);
        examples.swap(at, other);
    }
}

fn report(model: &Model, sources: &Sources, year: u16) {
    let seen: HashSet<&str> = sources.phishing.iter().filter(|a| a.year < year).map(|a| a.host.as_str()).collect();
    let seen_domains: HashSet<&str> = seen.iter().map(|host| domain(host)).collect();
    let mut done = HashSet::new();
    let (mut hosts, mut domains) = (Vec::new(), Vec::new());
    for address in sources.phishing.iter().filter(|address| address.year == year) {
        if seen.contains(address.host.as_str()) || !done.insert(address.host.as_str()) {
            continue;
        }
        let score = model.score(&address.host, &address.target);
        hosts.push(score);
        if !seen_domains.contains(domain(&address.host)) {
            domains.push(score);
        }
    }
    let held = |pages: &[(String, String)]| -> Vec<f32> {
        let mut done = HashMap::<&str, usize>::new();
        let held = pages.iter().filter(|(host, _)| is_held_out(host));
        held.filter(|(host, _)| {
            let count = done.entry(host).or_default();
            *count += 1;
            *count <= 8
        })
        .map(|(host, target)| model.score(host, target))
        .collect()
    };
    let wanted = held(&sources.pages);
    println!(
        "area under the curve, unseen hosts of {year} against held-out wanted pages: {:.4}",
        area(&hosts, &wanted)
    );
    row(&format!("phishing of {year}, hosts never seen"), &hosts);
    row(&format!("phishing of {year}, domains never seen"), &domains);
    row("wanted pages, domains held out", &wanted);
    let links = |test: bool, spam: bool, all: &[Mail]| -> Vec<f32> {
        let chosen = all.iter().filter(|mail| mail.is_test == test && mail.is_spam == spam);
        let mut hosts = HashSet::new();
        chosen
            .flat_map(|mail| &mail.links)
            .filter(|(host, _)| hosts.insert(host.as_str()))
            .map(|(host, target)| model.score(host, target))
            .collect()
    };
    row("links of wanted mail, English, test half (a host once)", &links(true, false, &sources.english));
    row("links of spam, English, test half (a host once)", &links(true, true, &sources.english));
    let worst = |test: bool, spam: bool, all: &[Mail]| -> Vec<f32> {
        let chosen = all.iter().filter(|mail| mail.is_test == test && mail.is_spam == spam && !mail.links.is_empty());
        chosen
            .map(|mail| mail.links.iter().map(|(host, target)| model.score(host, target)).fold(f32::MIN, f32::max))
            .collect()
    };
    row("wanted mail with links, English, test half", &worst(true, false, &sources.english));
    row("spam with links, English, test half", &worst(true, true, &sources.english));
    row("wanted mail with links, Japanese (learned from)", &worst(false, false, &sources.japanese));
    row("spam with links, Japanese (not learned from)", &worst(false, true, &sources.japanese));
}

fn row(what: &str, scores: &[f32]) {
    let shares: Vec<String> = THRESHOLDS
        .iter()
        .map(|threshold| {
            let above = scores.iter().filter(|score| **score >= *threshold).count();
            format!("{:6.2} %", 100.0 * above as f64 / scores.len().max(1) as f64)
        })
        .collect();
    println!("{:>7}  at 0, 2, 3, 4: {}  {what}", scores.len(), shares.join(" "));
}

/// The probability that an address of phishing scores above a wanted one.
fn area(phishing: &[f32], wanted: &[f32]) -> f64 {
    let mut all: Vec<(f32, bool)> =
        phishing.iter().map(|score| (*score, true)).chain(wanted.iter().map(|score| (*score, false))).collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut below, mut sum) = (0_f64, 0_f64);
    for (_, is_phishing) in all {
        if is_phishing {
            sum += below;
        } else {
            below += 1.0;
        }
    }
    sum / (phishing.len().max(1) as f64 * wanted.len().max(1) as f64)
}
