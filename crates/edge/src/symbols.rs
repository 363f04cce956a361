//! Findings under the names that people's scripts and dashboards know: one visible table, which a test sweeps.
//!
//! What stands in no row keeps its own name in capitals (`bcc-to-me` is `BCC_TO_ME`). A rule of SpamAssassin's keeps the
//! name it has there.

use controls::Finding;

/// One row.
#[derive(Clone, Copy, Debug)]
pub struct Familiar {
    /// The finding's reason id.
    pub reason: &'static str,
    /// Only where this argument has this value.
    pub with: Option<(&'static str, &'static str)>,
    /// The familiar name.
    pub symbol: &'static str,
    /// The argument whose value, in capitals, ends the name: a DNS list is known by its own.
    pub and: Option<&'static str>,
}

const fn row(reason: &'static str, symbol: &'static str) -> Familiar {
    Familiar { reason, with: None, symbol, and: None }
}

const fn row_and(reason: &'static str, symbol: &'static str, argument: &'static str) -> Familiar {
    Familiar { reason, with: None, symbol, and: Some(argument) }
}

const fn row_with(reason: &'static str, name: &'static str, value: &'static str, symbol: &'static str) -> Familiar {
    Familiar { reason, with: Some((name, value)), symbol, and: None }
}

/// Every familiar name, as rspamd has it. The first row that fits counts.
pub const FAMILIAR: &[Familiar] = &[
    row("authentication-spf-fail", "R_SPF_FAIL"),
    row("authentication-spf-softfail", "R_SPF_SOFTFAIL"),
    row("authentication-dkim-broken", "R_DKIM_REJECT"),
    row_with("authentication-dmarc-fail", "policy", "reject", "DMARC_POLICY_REJECT"),
    row_with("authentication-dmarc-fail", "policy", "quarantine", "DMARC_POLICY_QUARANTINE"),
    row_with("authentication-dmarc-fail", "policy", "none", "DMARC_POLICY_SOFTFAIL"),
    row("authentication-none", "AUTH_NA"),
    row_with("authentication-arc", "outcome", "pass", "ARC_ALLOW"),
    row_with("authentication-arc", "outcome", "fail", "ARC_REJECT"),
    row("sender-domain-absent", "HFILTER_FROMHOST_NORES_A_OR_MX"),
    row("envelope-domain-absent", "HFILTER_FROMHOST_NORES_A_OR_MX"),
    row("envelope-domain-takes-no-mail", "HFILTER_FROMHOST_NORESOLVE_MX"),
    row_and("blocklist-listed", "RBL", "list"),
    row_and("blocklist-certain", "RBL", "list"),
    row_and("allowlist-listed", "RWL", "list"),
    row_and("link-blocklist-listed", "URIBL", "list"),
    row("dynamic-source-name", "HFILTER_HOSTNAME_4"),
    row("helo-bare-address", "HFILTER_HELO_BAREIP"),
    row("helo-other-address", "HFILTER_HELO_BADIP"),
    row("helo-unqualified", "HFILTER_HELO_NOT_FQDN"),
    row("helo-unresolvable", "HFILTER_HELO_NORES_A_OR_MX"),
    row("reputation-good", "IP_REPUTATION_HAM"),
    row("reputation-suspect", "IP_REPUTATION_SPAM"),
    row("reputation-bad", "IP_REPUTATION_SPAM"),
    row("domain-reputation-good", "SPF_REPUTATION_HAM"),
    row("domain-reputation-suspect", "SPF_REPUTATION_SPAM"),
    row("domain-reputation-bad", "SPF_REPUTATION_SPAM"),
    row("greylisting-waits", "GREYLIST"),
    row("bayes-spam", "BAYES_SPAM"),
    row("bayes-ham", "BAYES_HAM"),
    row("no-from", "MISSING_FROM"),
    row("from-not-an-address", "FROM_INVALID"),
    row("no-subject", "MISSING_SUBJECT"),
    row("empty-message", "COMPLETELY_EMPTY"),
    row("virus-found", "CLAM_VIRUS"),
    row("virus-in-file", "CLAM_VIRUS"),
    row("attachment-runs", "MIME_BAD_EXTENSION"),
    row("attachment-locked", "MIME_ENCRYPTED_ARCHIVE"),
    row("url-lies", "PHISHING"),
    row("signature-text", "FUZZY_DENIED"),
    row("signature-structure", "FUZZY_DENIED"),
    row("signature-links", "FUZZY_DENIED"),
    row("signature-attachment", "FUZZY_DENIED"),
    row("signature-picture", "FUZZY_DENIED"),
];

/// The name of a finding.
pub fn of(finding: &Finding) -> String {
    named(&finding.reason, &finding.arguments)
}

/// The names under which a reason may be told: as many as the table has rows for it, else its own.
pub fn all_of(reason: &str) -> Vec<String> {
    let rows: Vec<String> =
        FAMILIAR.iter().filter(|row| row.reason == reason).map(|row| row.symbol.to_owned()).collect();
    if rows.is_empty() { vec![named(reason, &[])] } else { rows }
}

fn named(reason: &str, arguments: &[(String, String)]) -> String {
    let fits = |row: &&Familiar| {
        row.reason == reason
            && row.with.is_none_or(|(name, value)| arguments.iter().any(|(n, v)| n == name && v == value))
    };
    match (FAMILIAR.iter().find(fits), reason.strip_prefix("spamassassin-")) {
        (Some(row), _) => match arguments.iter().find(|(name, _)| Some(name.as_str()) == row.and) {
            Some((_, value)) => format!("{}_{}", row.symbol, capitals(value)),
            None => row.symbol.to_owned(),
        },
        (None, Some(rule)) if rule != "more" => capitals(rule),
        (None, _) => capitals(reason),
    }
}

fn capitals(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_names_a_reason_that_a_control_gives() {
        let reasons: Vec<&str> =
            controls::inbound::CONTROLS.iter().flat_map(|control| control.reasons.iter().copied()).collect();
        for row in FAMILIAR {
            assert!(reasons.contains(&row.reason), "{} is no control's reason", row.reason);
            let well_formed = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
            assert!(row.symbol.chars().all(well_formed), "{} is no symbol", row.symbol);
            let same = FAMILIAR.iter().filter(|other| other.reason == row.reason && other.with == row.with);
            assert_eq!(same.count(), 1, "{} stands in the table twice", row.reason);
        }
    }

    #[test]
    fn the_page_lists_every_familiar_name() {
        let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/with/rspamd-clients.md");
        let page = std::fs::read_to_string(page).expect("the page is there");
        let told: Vec<&str> = page.lines().filter(|line| line.starts_with("| ") && line.contains("| `")).collect();
        for row in FAMILIAR {
            let with = row.with.map_or_else(String::new, |(name, value)| format!(" ({name} {value})"));
            let and = row.and.map_or_else(String::new, |argument| format!("_{}", capitals(argument)));
            let line = format!("| {}{with} | `{}{and}` |", row.reason, row.symbol);
            assert!(told.contains(&line.as_str()), "docs/with/rspamd-clients.md lacks: {line}");
        }
    }

    #[test]
    fn every_reason_of_every_control_has_one_well_formed_name() {
        for control in controls::inbound::CONTROLS {
            for reason in control.reasons {
                for name in all_of(reason) {
                    assert!(!name.is_empty() && !name.contains(['-', ' ', ',']), "{reason}: {name}");
                }
            }
        }
    }

    #[test]
    fn an_argument_can_choose_the_name() {
        let finding = Finding::seen("authentication", "authentication-dmarc-fail");
        assert_eq!(of(&finding.clone().with("policy", "reject")), "DMARC_POLICY_REJECT");
        assert_eq!(of(&finding.clone().with("policy", "none")), "DMARC_POLICY_SOFTFAIL");
        assert_eq!(of(&finding), "AUTHENTICATION_DMARC_FAIL");
        let listed = Finding::seen("blocklist", "blocklist-listed");
        assert_eq!(of(&listed.clone().with("list", "spamhaus-zen")), "RBL_SPAMHAUS_ZEN");
        assert_eq!(of(&listed), "RBL");
        assert_eq!(of(&Finding::seen("spamassassin", "spamassassin-BAYES_99")), "BAYES_99");
        assert_eq!(of(&Finding::seen("bcc_to_me", "bcc-to-me")), "BCC_TO_ME");
    }
}
