//! What was found about the sender, in words that a person understands.

use policy::record::AuthenticationRecord;

use crate::language::Words;

/// One sentence, and the colour that stands beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// `wanted`, `suspect` or `danger`; a word always stands beside the colour.
    pub tone: &'static str,
    /// The word.
    pub word: String,
    /// The sentence.
    pub text: String,
}

/// The sender in words, the whole first, then each proof.
pub fn proof(record: &AuthenticationRecord, words: Words) -> Vec<Said> {
    let said = |tone: &'static str, id: &str, domain: &str| {
        let word = match tone {
            "wanted" => "proof-good",
            "danger" => "proof-bad",
            _ => "proof-open",
        };
        Said { tone, word: words.say(word), text: words.say1(id, "domain", domain) }
    };
    let whole = match (record.proof.as_str(), record.dmarc.0.as_str()) {
        ("proven", _) => said("wanted", "proof-proven", &record.from),
        (_, "fail") => said("danger", "proof-forged", &record.from),
        _ => said("suspect", "proof-unproven", &record.from),
    };
    let spf = match record.spf.0.as_str() {
        "pass" => said("wanted", "proof-spf-pass", &record.spf.1),
        "fail" | "softfail" => said("danger", "proof-spf-fail", &record.spf.1),
        "temperror" | "permerror" => said("suspect", "proof-spf-error", &record.spf.1),
        _ => said("suspect", "proof-spf-none", &record.spf.1),
    };
    let good = record.dkim.iter().find(|(outcome, _)| outcome == "pass");
    let dkim = match (good, record.dkim.first()) {
        (Some((_, domain)), _) => said("wanted", "proof-dkim-pass", domain),
        (None, Some((_, domain))) => said("danger", "proof-dkim-fail", domain),
        (None, None) => said("suspect", "proof-dkim-none", ""),
    };
    let dmarc = match record.dmarc.0.as_str() {
        "pass" => said("wanted", "proof-dmarc-pass", &record.from),
        "fail" => said("danger", "proof-dmarc-fail", &record.from),
        _ => said("suspect", "proof-dmarc-none", &record.from),
    };
    vec![whole, spf, dkim, dmarc]
}
