//! What a message was taken for, and the smallest change that would have made it another kind: the fewest findings
//! without which, or the points that were missing. Found by really deciding again.

use controls::{Class, Finding};

use crate::decision::{Decision, Reason};
use crate::language::{Language, number, sentence};
use crate::profile::ScoreShown;
use crate::replay::with_findings;
use crate::settings::Settings;

/// Findings that are tried, heaviest first; at most three of them together.
const TRIED: usize = 8;

/// More points than these are no small change.
const FAR: f64 = 3.0;

/// The class, and as far as they are shown the sum and the probability, in one sentence.
pub(super) fn said(decision: &Decision, shown: ScoreShown, language: Language) -> String {
    let verdict = &decision.verdict;
    let arguments = [
        ("class", class_name(verdict.class, language)),
        ("shown", shown.name().to_owned()),
        ("points", number(verdict.points)),
        ("percent", format!("{:.0}", 100.0 * verdict.probability)),
    ];
    sentence(language, "class-is", &arguments.map(|(name, value)| (name.to_owned(), value)))
}

/// The sentence; `None` where nothing small would have made it another kind, or the settings are not those that decided.
pub(super) fn otherwise(
    decision: &Decision,
    settings: &Settings,
    told: &[(usize, &Finding)],
    language: Language,
) -> Option<String> {
    if matches!(decision.reason, Reason::Duty | Reason::NoConsent | Reason::Fault { .. }) {
        return None;
    }
    let class = decision.verdict.class;
    if with_findings(decision, |_| false, &[], settings).verdict.class != class {
        return None;
    }
    match class {
        // Points that are missing mean nothing to somebody who is shown none.
        Class::Wanted | Class::Newsletter if settings.shown != ScoreShown::Points => None,
        Class::Wanted | Class::Newsletter => more(decision, settings, language),
        _ => fewer(decision, settings, told, language),
    }
}

/// The fewest findings without which it is another kind.
fn fewer(decision: &Decision, settings: &Settings, told: &[(usize, &Finding)], language: Language) -> Option<String> {
    let counting = told.iter().enumerate().filter(|(_, (_, finding))| finding.points > 0.0 || finding.class.is_some());
    let numbers: Vec<usize> = counting.map(|(number, _)| number).take(TRIED).collect();
    let without = |chosen: &[usize]| {
        let gone =
            |finding: &Finding| chosen.iter().any(|&one| told.get(one).is_some_and(|(_, told)| *told == finding));
        let class = with_findings(decision, gone, &[], settings).verdict.class;
        (class != decision.verdict.class).then_some(class)
    };
    for count in 1..=3 {
        for chosen in choices(&numbers, count) {
            if let Some(class) = without(&chosen) {
                let named: Vec<String> = chosen.iter().map(|number| format!("{}", number + 1)).collect();
                let arguments =
                    [("numbers".to_owned(), named.join(", ")), ("class".to_owned(), class_name(class, language))];
                return Some(sentence(language, "class-otherwise-without", &arguments));
            }
        }
    }
    None
}

/// Every choice of so many, the earlier ones (which are the heavier ones) first.
fn choices(of: &[usize], count: usize) -> Vec<Vec<usize>> {
    let Some(fewer) = count.checked_sub(1) else { return vec![Vec::new()] };
    let mut all = Vec::new();
    for (at, first) in of.iter().enumerate() {
        for rest in choices(of.get(at + 1..).unwrap_or_default(), fewer) {
            all.push(std::iter::once(*first).chain(rest).collect());
        }
    }
    all
}

/// The points that were missing to the next kind.
fn more(decision: &Decision, settings: &Settings, language: Language) -> Option<String> {
    let points = decision.verdict.points;
    let (bound, class) = if settings.suspect < settings.threshold {
        (settings.suspect, Class::Suspect)
    } else {
        (settings.threshold, Class::Spam)
    };
    // Rounded up: what is said must be enough.
    let missing = ((bound - points) * 10.0).ceil() / 10.0;
    if !(0.0..FAR).contains(&missing) {
        return None;
    }
    let arguments = [("points".to_owned(), number(missing)), ("class".to_owned(), class_name(class, language))];
    Some(sentence(language, "class-otherwise-more", &arguments))
}

fn class_name(class: Class, language: Language) -> String {
    sentence(language, &format!("class-{}", class.name()), &[])
}

#[cfg(test)]
mod tests {
    use super::choices;

    #[test]
    fn heavier_findings_are_tried_first() {
        assert_eq!(choices(&[0, 1, 2], 2), [[0, 1], [0, 2], [1, 2]]);
        assert!(choices(&[], 1).is_empty());
    }
}
