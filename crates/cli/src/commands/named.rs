//! Every operation of the API as a command with a name that people remember: `sekisho held take`, `sekisho lists add`.
//!
//! This is the one table. What a command takes comes from the operation itself, so that page, API and command line cannot
//! differ; a test sees to it that every operation stands here or in [`ELSEWHERE`].

/// A command: the group it stands in, its name there, and the operation it is.
pub struct Named {
    /// `held`, `lists` …
    pub group: &'static str,
    /// `list`, `take` …
    pub verb: &'static str,
    /// The operation's id.
    pub operation: &'static str,
}

const fn named(group: &'static str, verb: &'static str, operation: &'static str) -> Named {
    Named { group, verb, operation }
}

/// Groups of commands, each with what it is for. A group that is there already gets these besides.
pub const GROUPS: [(&str, &str); 12] = [
    ("held", "A person's held mail, in their place: with a reason, which they see."),
    ("mail", "A person's mail of the last days, delivered and held, in their place."),
    ("waiting", "Senders that were asked to come again, for a person."),
    ("lists", "A person's receive and refuse lists, in their place."),
    ("keyword-rules", "A person's keyword rules, in their place."),
    ("settings", ""),
    ("subscribers", "Subscribers: finding one, contracts, signing in."),
    ("decisions", "What was decided, and what may be opened of it."),
    ("operator", "The operator's own settings and profile."),
    ("audit", "Who did what to whom, when, from where, why."),
    ("statistics", "What is counted."),
    ("door", ""),
];

/// Every named command.
pub const NAMED: [Named; 77] = [
    named("held", "list", "held-list"),
    named("held", "show", "held-show"),
    named("held", "content", "held-content"),
    named("held", "headers", "held-headers"),
    named("held", "take", "held-release"),
    named("held", "take-stripped", "held-release-stripped"),
    named("held", "take-whole", "held-release-whole"),
    named("held", "take-named", "held-release-named"),
    named("held", "delete", "held-delete"),
    named("held", "delete-many", "held-delete-many"),
    named("held", "many", "held-many"),
    named("held", "erase", "held-erase"),
    named("held", "keep", "held-restore"),
    named("held", "report", "held-spam"),
    named("held", "not-spam", "held-not-spam"),
    named("held", "sender", "held-sender"),
    named("held", "sender-save", "held-sender-save"),
    named("held", "lookup", "lookup"),
    named("mail", "list", "mail-list"),
    named("mail", "show", "mail-show"),
    named("mail", "keep", "mail-keep"),
    named("mail", "report", "mail-report"),
    named("waiting", "list", "waiting-list"),
    named("waiting", "let-in", "waiting-let-in"),
    named("lists", "show", "list-show"),
    named("lists", "add", "list-entry-put"),
    named("lists", "remove", "list-entry-delete"),
    named("lists", "export", "list-export"),
    named("lists", "import", "list-import"),
    named("keyword-rules", "list", "rule-list"),
    named("keyword-rules", "add", "rule-add"),
    named("keyword-rules", "try", "rule-try"),
    named("keyword-rules", "delete", "rule-delete"),
    named("keyword-rules", "change", "rule-change"),
    named("settings", "of", "settings-show"),
    named("settings", "offer", "settings-offer"),
    named("settings", "level", "settings-level"),
    named("settings", "actions", "settings-actions"),
    named("settings", "days", "settings-days"),
    named("settings", "label", "settings-label"),
    named("settings", "digest", "settings-digest"),
    named("settings", "furigana", "settings-furigana"),
    named("settings", "senders", "settings-senders"),
    named("settings", "posing", "settings-posing"),
    named("settings", "conditions", "settings-conditions"),
    named("settings", "links", "settings-links"),
    named("settings", "address-book", "address-book-show"),
    named("settings", "address-book-save", "address-book-save"),
    named("settings", "preset", "settings-preset"),
    named("settings", "try", "settings-try"),
    named("settings", "history", "version-list"),
    named("settings", "undo", "version-restore"),
    named("settings", "consent", "consent-show"),
    named("settings", "consent-save", "consent-save"),
    named("settings", "consent-export", "consent-export"),
    named("subscribers", "list", "subscriber-list"),
    named("subscribers", "show", "subscriber-show"),
    named("subscribers", "export", "subscriber-export"),
    named("subscribers", "import", "subscriber-import"),
    named("subscribers", "contract", "subscriber-contract"),
    named("subscribers", "means", "subscriber-means"),
    named("subscribers", "means-reset", "subscriber-means-reset"),
    named("subscribers", "sign-out", "subscriber-sign-out"),
    named("decisions", "list", "decision-list"),
    named("decisions", "show", "decision-show"),
    named("decisions", "ground", "decision-ground"),
    named("decisions", "content", "decision-content"),
    named("decisions", "release", "decision-release"),
    named("operator", "settings", "operator-settings"),
    named("operator", "settings-save", "operator-settings-save"),
    named("operator", "profile", "operator-profile"),
    named("operator", "profile-save", "operator-profile-save"),
    named("audit", "list", "audit-list"),
    named("statistics", "counts", "chart-counts"),
    named("statistics", "usage", "usage"),
    named("door", "show", "door-show"),
    named("door", "begin-anew", "door-reset"),
];

/// Operations that have no command of a name here, and why.
#[cfg(test)]
pub const ELSEWHERE: [(&str, &str); 7] = [
    ("account-show", "who a token is of; a command has none"),
    ("account-sign-ins", "`sekisho account show` tells them of anybody"),
    ("account-sign-in-end", "`sekisho account sign-out` ends them all; one alone is its owner's to end"),
    ("account-sign-ins-end-others", "`sekisho account sign-out`"),
    ("account-token-make", "`sekisho token-add`"),
    ("subscriber-act", "a command acts by --as and --reason"),
    ("subscriber-stop-acting", "a command acts by --as and --reason"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use portal::api;

    #[test]
    fn every_operation_has_a_command_with_a_name() {
        let all = api::table();
        for operation in &all {
            let commands = NAMED.iter().filter(|one| one.operation == operation.id).count();
            let elsewhere = ELSEWHERE.iter().filter(|(id, _)| *id == operation.id).count();
            assert_eq!(commands + elsewhere, 1, "{} has {commands} commands", operation.id);
        }
        for one in &NAMED {
            assert!(all.iter().any(|operation| operation.id == one.operation), "{} is no operation", one.operation);
            assert!(api::within::offered().iter().any(|operation| operation.id == one.operation), "{}", one.operation);
            assert!(GROUPS.iter().any(|(group, _)| *group == one.group), "{} is no group", one.group);
        }
    }
}
