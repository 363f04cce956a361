//! `sekisho demo`: the whole system on loopback, with a demonstration operator, four subscribers whose settings differ,
//! and the project's own sample mail sent through the real SMTP port.

mod past;
mod people;
mod samples;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::configuration::{Configuration, read};
use crate::house::House;
use crate::running::{Listeners, Running};
use crate::terminal;

/// The demonstration's domains.
const DOMAINS: [&str; 2] = ["shirakaba.example.jp", "minato.example.jp"];

/// Starts, sends the sample mail if this folder has not seen it, says where to look, stays up.
pub async fn run(data: PathBuf, smtp: SocketAddr, portal: SocketAddr, rspamd: SocketAddr) -> Result<(), String> {
    let configuration = configuration(&data, smtp, portal, rspamd)?;
    super::logging::start(&configuration);
    let mut signals = super::serve::Signals::listen()?;
    let house = Arc::new(House::open_asking(&configuration, Some(Arc::new(samples::zone()?))).await?);
    let listeners = Listeners::bind(&configuration).await?;
    let mail_door = listeners.smtp_address().ok_or("no SMTP port")?;
    let pages = listeners.portal_address().ok_or("no portal port")?;
    let asked = listeners.rspamd_address().ok_or("no rspamd port")?;
    let people = people::settle(&house, &data).await?;
    let running = Running::start(house.clone(), listeners).await?;
    let first_time = samples::send_once(&data, mail_door).await?;
    if first_time.is_some() {
        past::fill(&house).await?;
    }
    past::somebody_waits(&house)?;
    terminal::line(welcome(&data, mail_door, pages, asked, &people, first_time));
    signals.until_told(&running).await;
    terminal::line("Stopping …");
    running.stop().await;
    Ok(())
}

fn configuration(
    data: &Path,
    smtp: SocketAddr,
    portal: SocketAddr,
    rspamd: SocketAddr,
) -> Result<Configuration, String> {
    for (flag, address) in [("--smtp", smtp), ("--portal", portal), ("--rspamd", rspamd)] {
        if !address.ip().is_loopback() {
            return Err(format!(
                "{flag} {address}: the demonstration stays on loopback, such as 127.0.0.1:{}",
                address.port()
            ));
        }
    }
    let mut values = read::defaults();
    values.set("listen.smtp", smtp.to_string(), "--smtp");
    values.set("listen.portal", portal.to_string(), "--portal");
    values.set("listen.rspamd", rspamd.to_string(), "--rspamd");
    values.set("listen.metrics", "", "demo");
    values.set("data.dir", data.display().to_string(), "--data");
    values.set("operator.name", "しらかばネット", "demo");
    values.set("smtp.hostname", "mx.shirakaba.example.jp", "demo");
    // The names of the sample mail exist nowhere: the demonstration answers for them itself and asks nobody.
    values.set("dns.servers", toml::Value::Array(vec!["off".into()]), "demo");
    values.set("smtp.xclient_from", toml::Value::Array(vec!["127.0.0.0/8".into(), "::1/128".into()]), "demo");
    values.set("portal.url", format!("http://{portal}"), "demo");
    values.set("log.level", "warn", "demo");
    let mail = format!("maildir:{}", data.join("mail").display());
    for name in DOMAINS {
        values.add_domain(&[("name", name), ("next_hop", &mail), ("known", "table"), ("detail", "+")], "demo");
    }
    Configuration::new(values).map_err(|wrong| super::listed(&wrong))
}

fn welcome(
    data: &Path,
    smtp: SocketAddr,
    pages: SocketAddr,
    asked: SocketAddr,
    people: &people::People,
    first_time: Option<usize>,
) -> String {
    let mut out = String::from("\n関所  Sekisho demonstration\n\n");
    match first_time {
        Some(sent) => out.push_str(&format!("  {sent} sample messages went in by SMTP just now.\n")),
        None => out.push_str("  The data of an earlier start was found again; no sample mail was sent.\n"),
    }
    out.push_str(&format!("  Portal   http://{pages}/   (subscribers)\n"));
    out.push_str(&format!("  Staff    http://{pages}/staff/sign-in   (admin)\n"));
    out.push_str(&format!("  SMTP     {smtp}   (try: swaks --server {smtp} --to hanako@shirakaba.example.jp)\n"));
    out.push_str(&format!("  rspamd   http://{asked}/checkv2\n"));
    out.push_str(&format!("  Mail     {}\n", data.join("mail").display()));
    out.push_str("\n  Sign in as                        password         who\n");
    for person in &people.people {
        out.push_str(&format!("    {:<32}  {:<15}  {}\n", person.login, person.password, person.about));
    }
    out.push_str(&format!("\n  Why was a message held?  sekisho explain REFERENCE --data-dir {}\n", data.display()));
    out.push_str("  Ctrl-C stops; the next start finds everything again.\n");
    out
}
