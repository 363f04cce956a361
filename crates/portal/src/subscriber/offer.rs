//! What the operator's profile offers this person, and why a change is not taken, in words.

use message::UnixMillis;
use policy::contract::Standing;
use policy::profile::{Exceeded, FEATURES, Feature, Quota};
use policy::{Contract, Language, Profile};
use store::OperatorId;

use crate::language::Words;
use crate::moment::zoned;
use crate::problem::Problem;
use crate::state::Portal;
use crate::visit::Visit;

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

/// The contract of the person whom this visit is about.
pub async fn contract(portal: &Portal, visit: &Visit) -> Result<Contract, Problem> {
    let person = visit.own()?.subscriber;
    Ok(portal.services.directory.contract_of(person.operator, &person).await?)
}

/// Whether this person's contract has a feature now: what it has not is not asked for, as it could not be saved.
pub async fn has(portal: &Portal, visit: &Visit, profile: &Profile, feature: Feature) -> Result<bool, Problem> {
    Ok(profile.standing(&contract(portal, visit).await?, feature, visit.now).acts())
}

/// Features of a page that this person's contract is without, or only until a day: a sentence for each, with what it
/// costs where that is known, and whether something that was set waits.
pub async fn missing(
    portal: &Portal,
    visit: &Visit,
    profile: &Profile,
    features: &[Feature],
) -> Result<Vec<String>, Problem> {
    let contract = contract(portal, visit).await?;
    let person = visit.own()?.subscriber;
    let settings = portal.services.directory.settings_of(person.operator, Some(person.id)).await?;
    let mut out = Vec::new();
    for feature in features {
        let standing = profile.standing(&contract, *feature, visit.now);
        out.extend(sentence(profile, *feature, standing, settings.asleep.contains(feature), visit));
    }
    Ok(out)
}

/// The same for the first page of settings: what has a day, and what was set and does not act.
pub async fn dated(
    portal: &Portal,
    visit: &Visit,
    profile: &Profile,
    asleep: &[Feature],
) -> Result<Vec<String>, Problem> {
    let contract = contract(portal, visit).await?;
    let mut out = Vec::new();
    for feature in FEATURES {
        let standing = profile.standing(&contract, feature, visit.now);
        if asleep.contains(&feature) || !matches!(standing, Standing::Included | Standing::Not) {
            out.extend(sentence(profile, feature, standing, asleep.contains(&feature), visit));
        }
    }
    Ok(out)
}

/// How a feature stands, in words; nothing where it is simply there.
pub fn sentence(
    profile: &Profile,
    feature: Feature,
    standing: Standing,
    asleep: bool,
    visit: &Visit,
) -> Option<String> {
    let words = visit.words;
    let what = words.say(&format!("feature-{}", feature.name()));
    let day = |at: UnixMillis| zoned(at, &visit.zone).strftime("%Y-%m-%d").to_string();
    let mut text = match standing {
        Standing::Included => return None,
        Standing::Until(at) => return Some(words.say2("contract-until", "what", what, "day", day(at))),
        Standing::From(at) => words.say2("contract-from", "what", what, "day", day(at)),
        Standing::Ended(at) => words.say2("contract-ended", "what", what, "day", day(at)),
        Standing::Not => match profile.entitlements.paid.get(&feature) {
            Some(price) => words.say2("not-included-paid", "what", what, "price", price.of(words.0)),
            None => words.say1("exceeded-not-included", "what", what),
        },
    };
    if asleep {
        text.push(' ');
        text.push_str(&words.say("contract-asleep"));
    }
    Some(text)
}
