//! What one line of a rule file says, keyword by keyword.

use super::draft::{Draft, Kind};
use super::known;
use super::settings::Glob;
use crate::pattern::Pattern;
use crate::view::relays::Network;
use crate::view::text::{string, trimmed};

type Result = std::result::Result<(), String>;

/// Takes one line; an error says what is wrong with it.
pub(super) fn line(key: &str, value: &[u8], place: &str, draft: &mut Draft) -> Result {
    let text = string(value);
    let words = || text.split_whitespace();
    match key {
        "header" => rule(Kind::Header, value, place, draft),
        "body" => rule(Kind::Body, value, place, draft),
        "rawbody" => rule(Kind::RawBody, value, place, draft),
        "full" => rule(Kind::Full, value, place, draft),
        "uri" => rule(Kind::Uri, value, place, draft),
        "uri_detail" => rule(Kind::UriDetail, value, place, draft),
        "mimeheader" => rule(Kind::MimeHeader, value, place, draft),
        "meta" => rule(Kind::Meta, value, place, draft),
        "askdns" | "urirhssub" | "urirhsbl" | "uridnsbl" | "uridnssub" | "urinsrhsbl" | "urinsrhssub"
        | "urifullnsrhsbl" | "urifullnsrhssub" => rule(Kind::Network, value, place, draft),
        "describe" => {
            if let Some((name, description)) = text.split_once(char::is_whitespace) {
                draft.descriptions.insert(name.to_owned(), description.trim().to_owned());
            }
            Ok(())
        }
        "score" => score(&text, draft),
        "tflags" => {
            let (name, flags) = text.split_once(char::is_whitespace).unwrap_or((&text, ""));
            let known = draft.flags.entry(name.to_owned()).or_default();
            flags.trim().clone_into(known);
            Ok(())
        }
        "replace_tag" | "replace_pre" | "replace_inter" | "replace_post" => tag(key, value, draft),
        "replace_rules" => {
            draft.replaced.extend(words().map(str::to_owned));
            Ok(())
        }
        "redirector_pattern" => {
            let pattern = Pattern::delimited(value).map_err(|error| error.to_string())?;
            draft.settings.redirectors.push(pattern);
            Ok(())
        }
        "loadplugin" | "tryplugin" => {
            let plugin = known::plugin_name(words().next().unwrap_or_default()).to_owned();
            draft.plugins.insert(plugin);
            Ok(())
        }
        "include" => Err("`include` is not followed; name the file in the configuration".into()),
        key => setting(key, &text, draft),
    }
}

fn rule(kind: Kind, value: &[u8], place: &str, draft: &mut Draft) -> Result {
    let end = value.iter().position(u8::is_ascii_whitespace).unwrap_or(value.len());
    let name = string(&value[..end]);
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if name.is_empty() || name.len() > 128 || !name.chars().all(fits) || name.starts_with(|c: char| c.is_ascii_digit())
    {
        return Err(format!("`{name}` is not a name for a rule: letters, digits and underscores"));
    }
    let text = trimmed(&value[end..]);
    if text.is_empty() {
        return Err(format!("{name} says nothing"));
    }
    draft.define(&name, kind, text, place);
    Ok(())
}

fn score(text: &str, draft: &mut Draft) -> Result {
    let mut words = text.split_whitespace();
    let name = words.next().ok_or("`score` names no rule")?;
    let written: Vec<&str> = words.collect();
    if !matches!(written.len(), 1 | 4) {
        return Err(format!("`score {name}` needs one number or four"));
    }
    let before = draft.scores.get(name).copied();
    let mut scores = [0.0; 4];
    for (number, score) in scores.iter_mut().enumerate() {
        let word = written.get(number).or(written.first()).copied().unwrap_or_default();
        let (word, is_relative) = match word.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
            Some(inside) => (inside, true),
            None => (word, false),
        };
        let value = word.parse::<f64>().ok().filter(|value| value.is_finite());
        *score = value.ok_or_else(|| format!("`{word}` is not a score"))?;
        if is_relative {
            *score += before.map_or(0.0, |before| before[number]);
        }
    }
    draft.scores.insert(name.to_owned(), scores);
    Ok(())
}

fn tag(key: &str, value: &[u8], draft: &mut Draft) -> Result {
    let end = value.iter().position(u8::is_ascii_whitespace).unwrap_or(value.len());
    let (name, text) = (value[..end].to_vec(), trimmed(&value[end..]).to_vec());
    if text.is_empty() {
        return Err(format!("`{key}` needs a name and a text"));
    }
    let tags = match key {
        "replace_tag" => &mut draft.tags.tag,
        "replace_pre" => &mut draft.tags.pre,
        "replace_inter" => &mut draft.tags.inter,
        _ => &mut draft.tags.post,
    };
    tags.insert(name, text);
    Ok(())
}

/// Keywords of lists and numbers.
fn setting(key: &str, text: &str, draft: &mut Draft) -> Result {
    let settings = &mut draft.settings;
    let words = || text.split_whitespace();
    let lower = || words().map(str::to_lowercase);
    let number = || text.parse::<usize>().map_err(|_| format!("`{key}` needs a number"));
    let key = present(key);
    match key.as_str() {
        "util_rb_tld" => settings.domains.top.extend(lower().map(|name| name.trim_start_matches('.').to_owned())),
        "util_rb_2tld" => settings.domains.second.extend(lower()),
        "util_rb_3tld" => settings.domains.third.extend(lower()),
        "clear_util_rb" => settings.domains = Default::default(),
        "freemail_domains" => {
            for name in lower() {
                if name.contains(['*', '?']) {
                    settings.freemail.globs.push(Glob::new(&format!("*@{name}")));
                } else {
                    settings.freemail.domains.insert(name);
                }
            }
        }
        "freemail_welcomelist" => settings.freemail.welcome.extend(lower()),
        "freemail_max_body_emails" => settings.freemail.most_addresses = number()?,
        "freemail_max_body_freemails" => settings.freemail.most_found = number()?,
        "freemail_skip_when_over_max" => settings.freemail.skip_over_most = number()? != 0,
        "freemail_skip_bulk_envfrom" => settings.freemail.skip_bulk = number()? != 0,
        "trusted_networks" | "internal_networks" | "msa_networks" => {
            let list = match key.as_str() {
                "trusted_networks" => &mut settings.networks.trusted,
                "internal_networks" => &mut settings.networks.internal,
                _ => &mut settings.networks.submission,
            };
            for word in words() {
                list.push(network(word)?);
            }
        }
        "clear_trusted_networks" => settings.networks.trusted.clear(),
        "clear_internal_networks" => settings.networks.internal.clear(),
        "clear_msa_networks" => settings.networks.submission.clear(),
        "originating_ip_headers" => settings.originating.extend(words().map(str::to_owned)),
        "clear_originating_ip_headers" => settings.originating.clear(),
        "welcomelist_from"
        | "blocklist_from"
        | "welcomelist_to"
        | "blocklist_to"
        | "more_spam_to"
        | "all_spam_to"
        | "welcomelist_allows_relays"
        | "welcomelist_bounce_relays" => {
            let list = settings.lists.entry(key).or_default();
            words().for_each(|word| list.add(word));
        }
        "unwelcomelist_from" | "unblocklist_from" | "unwelcomelist_to" | "unblocklist_to" => {
            let list = settings.lists.entry(key.trim_start_matches("un").to_owned()).or_default();
            words().for_each(|word| list.remove(word));
        }
        "welcomelist_from_rcvd" | "def_welcomelist_from_rcvd" => {
            let mut pair = words();
            let (address, server) = pair.next().zip(pair.next()).ok_or("an address and a server are needed")?;
            settings.by_server.entry(key).or_default().push((Glob::new(address), server.to_lowercase()));
        }
        "unwelcomelist_from_rcvd" => {
            for list in settings.by_server.values_mut() {
                list.retain(|(glob, _)| !lower().any(|word| glob.written() == word));
            }
        }
        "welcomelist_subject" | "blocklist_subject" => {
            settings.subjects.entry(key).or_default().push(Glob::new(&format!("*{text}*")));
        }
        "enlist_addrlist" => {
            let (list, rest) = listed(text)?;
            let list = settings.lists.entry(list).or_default();
            rest.split_whitespace().for_each(|word| list.add(word));
        }
        "enlist_uri_host" | "delist_uri_host" | "blocklist_uri_host" | "welcomelist_uri_host" => {
            let (list, rest) = match key.as_str() {
                "blocklist_uri_host" => ("BLOCK".to_owned(), text),
                "welcomelist_uri_host" => ("WELCOME".to_owned(), text),
                _ => listed(text)?,
            };
            let list = settings.hosts.entry(list).or_default();
            for word in rest.split_whitespace() {
                let (host, is_in) = word.strip_prefix('!').map_or((word, true), |host| (host, false));
                let host = host.to_lowercase();
                if key == "delist_uri_host" {
                    list.remove(&host);
                } else {
                    list.insert(host, is_in);
                }
            }
        }
        key if known::is_ignored(key) => {}
        key => {
            let hint = known::nearest(key).map(|known| format!("; did you mean `{known}`?")).unwrap_or_default();
            return Err(format!("`{key}` is not a keyword{hint}"));
        }
    }
    Ok(())
}

/// The present spelling of a keyword.
fn present(key: &str) -> String {
    key.replace("whitelist", "welcomelist").replace("blacklist", "blocklist")
}

/// `(LIST) entries`
fn listed(text: &str) -> std::result::Result<(String, &str), String> {
    let inside = text.strip_prefix('(').and_then(|rest| rest.split_once(')'));
    let (list, rest) = inside.ok_or("a list in parentheses is needed")?;
    Ok((list.trim().to_owned(), rest))
}

fn network(word: &str) -> std::result::Result<Network, String> {
    let (word, excluded) = word.strip_prefix('!').map_or((word, false), |rest| (rest, true));
    let (address, bits) = word.split_once('/').map_or((word, None), |(address, bits)| (address, Some(bits)));
    // `10.1.` stands for 10.1.0.0/16.
    let given = address.trim_end_matches('.').split('.').count();
    let short = !address.contains(':') && given < 4;
    let full = if short {
        let mut octets: Vec<&str> = address.trim_end_matches('.').split('.').collect();
        octets.resize(4, "0");
        octets.join(".")
    } else {
        address.to_owned()
    };
    let parsed: std::net::IpAddr = full.parse().map_err(|_| format!("`{word}` is not a network"))?;
    let whole = if parsed.is_ipv4() { 32 } else { 128 };
    let bits = match bits {
        Some(bits) => {
            bits.parse::<u8>().ok().filter(|bits| *bits <= whole).ok_or_else(|| format!("`{word}` is not a network"))?
        }
        None if short => u8::try_from(given * 8).unwrap_or(32),
        None => whole,
    };
    Ok(Network { address: parsed, bits, excluded })
}
