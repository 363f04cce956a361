//! What the operator's profile offers this person, and why a change is not taken, in words.

use policy::profile::{Exceeded, Feature, Quota};
use policy::{Language, Profile};
use store::OperatorId;

use crate::language::Words;
use crate::problem::Problem;
use crate::state::Portal;

/// The profile in force.
pub async fn profile(portal: &Portal, operator: OperatorId) -> Result<Profile, Problem> {
    Ok(portal.services.directory.profile_of(operator).await?)
}

/// Why a change is not taken, and what would be right.
pub fn said(words: Words, exceeded: &Exceeded) -> String {
    match exceeded {
        Exceeded::Full(Quota::RulesOf(field), most) => {
            let field = words.say(&format!("field-{field}"));
            words.say2("exceeded-rules-of", "field", field, "most", *most as usize)
        }
        Exceeded::Full(quota, most) => {
            let what = words.say(&format!("quota-{}", quota.name()));
            words.say2("exceeded-full", "what", what, "most", *most as usize)
        }
        Exceeded::OneListOnly => words.say("exceeded-one-list"),
        Exceeded::PhonesOnOneListOnly => words.say("exceeded-phones-one-list"),
        Exceeded::OnOtherList(entry) => words.say1("exceeded-on-other-list", "entry", entry.as_str()),
        Exceeded::NotOffered(family, name) => {
            let what = match *family {
                "condition" => policy::language::condition_name(words.0, name),
                "treatment" | "field" | "kind" | "entry-kind" | "entry-then" | "impersonation" => {
                    words.say(&format!("{family}-{name}"))
                }
                "digest" => words.say("digest-title"),
                _ => name.clone(),
            };
            words.say1("exceeded-not-offered", "what", what)
        }
        Exceeded::NotIncluded(feature) => {
            let what = words.say(&format!("feature-{}", feature.name()));
            words.say1("exceeded-not-included", "what", what)
        }
    }
}

/// The name of a condition, with the operator's own names for its kinds of sender.
pub fn condition_name(profile: &Profile, reason: &str, language: Language) -> String {
    let kind = reason.strip_prefix("sender-kind-").and_then(|id| profile.kind_name(id, language));
    match kind {
        Some(name) => Words(language).say1("mail-from-kind", "kind", name),
        None => policy::language::condition_name(language, reason),
    }
}

/// What can be chosen to happen, by the names that a profile gives; none given: everything. To deliver can always be chosen.
pub fn treatments(offered: &[String]) -> Vec<&'static str> {
    let all = policy::treatments::TREATMENTS.iter().map(|(name, _)| *name);
    all.filter(|name| offered.is_empty() || *name == "deliver" || offered.iter().any(|one| one == name)).collect()
}

/// Features of a page that this person's contract is without, a sentence for each, with what they cost where that is known.
pub fn missing(profile: &Profile, group: &str, features: &[Feature], words: Words) -> Vec<String> {
    let without = features.iter().filter(|feature| !profile.includes(group, **feature));
    without
        .map(|feature| {
            let what = words.say(&format!("feature-{}", feature.name()));
            match profile.entitlements.paid.get(feature) {
                Some(price) => words.say2("not-included-paid", "what", what, "price", price.of(words.0)),
                None => words.say1("exceeded-not-included", "what", what),
            }
        })
        .collect()
}
