//! Every fact about what the operators of the report offer their subscribers is expressed by a key of that operator's
//! profile, or belongs to another part of the program, or is named here as not yet expressible. None is passed over.

use std::path::{Path, PathBuf};

use controls::Class;
use controls::impersonation::{Asked, Proven, RescueField};
use controls::lists::{EntryAction, PatternKind};
use policy::profile::{AddressBookMode, Feature, LinkMode, OnOtherList, Profile, Selective};
use policy::treatments::treatment;
use policy::{Disposition, Treatment};
use toml::Value;

type Shown = Option<bool>;

fn shared() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    std::env::var("SEKISHO_SHARED").map_or_else(|_| here.join("../../../shared"), PathBuf::from)
}

fn profile(letter: &str) -> Profile {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../profiles/{}.toml", letter.to_lowercase()));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    Profile::from_toml(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Facts that are no setting of a subscriber's incoming mail, by the part that they belong to.
const ELSEWHERE: &[(&str, &[&str])] = &[
    ("what the operator is", &["kind", "settings_signin"]),
    (
        "addresses (directory)",
        &["address_changes_max", "address_first_char", "address_length", "address_length_max", "initial_address"],
    ),
    (
        "sending (outbound)",
        &[
            "send_limits",
            "send_burst",
            "send_escalation",
            "send_over_limit",
            "send_over_limit_text",
            "recipients_per_message_max",
            "forward_changes_per_day_max",
            "forward_targets_max",
            "op25b",
            "op25b_all_since",
            "op25b_mobile_since",
            "submission_587_since",
            "port25_speed_limit_kbps",
            "sender_address_altered",
            "sender_address_check",
            "spf_published_since",
            "dkim_signing_since",
            "dkim_signing_who",
            "burst_detect_percent",
            "burst_discard_percent",
            "virus_sent",
            "bulk_guard_sender_text",
        ],
    ),
    (
        "the network and the door",
        &[
            "unknown_recipient_mass",
            "unknown_recipient_mass_refused",
            "urpf",
            "static_acl",
            "ip25b",
            "dnsbl",
            "dnsbl_default",
            "greylist",
            "reputation",
            "tarpit_delay",
            "tarpit_triggers",
            "source_ip_result_header",
            "from_does_not_exist",
        ],
    ),
    (
        "labels of authentication and of results, for everybody",
        &["auth_label", "auth_label_format", "result_header", "authenticated_mark", "bayes_shows_progress"],
    ),
    (
        "short messages",
        &[
            "sms_broadcast",
            "sms_complaint_exchange",
            "sms_discard_silently",
            "sms_exclusive",
            "sms_list_max",
            "sms_only_list_max",
            "sms_refuse",
            "sms_refuse_list_max",
            "sms_send_limits",
            "sms_stop_use",
        ],
    ),
    ("the desk", &["bot_support"]),
    ("the pages of mail (viewer, reports)", &["header_view", "eml_export", "report_ways", "old_ad_label_position"]),
    ("how the filter is built", &["signature_honeypot_countries_min", "heuristic_count"]),
];

/// Facts that no key of a profile expresses yet, by operator and key.
const NOT_YET: &[(&str, &str)] = &[];

#[test]
fn every_fact_is_expressed_or_named() {
    let Ok(text) = std::fs::read_to_string(shared().join("spec/operators.toml")) else {
        println!("not here, skipped: operators.toml");
        return;
    };
    let all: toml::Table = toml::from_str(&text).expect("the facts are TOML");
    let mut wrong = Vec::new();
    let (mut expressed, mut elsewhere, mut not_yet) = (0, 0, 0);
    for (letter, facts) in &all {
        let profile = profile(letter);
        for (key, value) in facts.as_table().expect("a table for each operator") {
            let named = NOT_YET.contains(&(letter.as_str(), key.as_str()));
            let other = ELSEWHERE.iter().any(|(_, keys)| keys.contains(&key.as_str()));
            match expresses(key, value, &profile) {
                Some(true) if named || other => wrong.push(format!("{letter}.{key}: expressed, and named as not")),
                Some(true) => expressed += 1,
                Some(false) => wrong.push(format!("{letter}.{key} = {value}: the profile says otherwise")),
                None if named => not_yet += 1,
                None if other => elsewhere += 1,
                None => wrong.push(format!("{letter}.{key} = {value}: passed over")),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    println!("{expressed} facts are expressed, {elsewhere} belong elsewhere, {not_yet} are not expressible yet");
    assert_eq!(not_yet, NOT_YET.len(), "a fact that is named as not expressible is not there");
}

/// Whether a profile says what the fact says; `None`: no key of a profile is about it.
fn expresses(key: &str, value: &Value, profile: &Profile) -> Shown {
    lists(key, value, profile)
        .or_else(|| rules(key, value, profile))
        .or_else(|| proof(key, value, profile))
        .or_else(|| choices(key, value, profile))
        .or_else(|| junk(key, value, profile))
}

fn number(value: &Value) -> Option<u32> {
    value.as_integer().and_then(|number| u32::try_from(number).ok())
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(all) => all.iter().filter_map(|one| one.as_str().map(str::to_owned)).collect(),
        _ => Vec::new(),
    }
}

fn yes(value: &Value) -> bool {
    value.as_bool() == Some(true)
}

fn lists(key: &str, value: &Value, profile: &Profile) -> Shown {
    let offer = &profile.lists;
    let n = || number(value).expect("a number");
    Some(match key {
        // Lists that look in To, Cc and Subject too are rules that deliver.
        "receive_list_max" => offer.receive_most == n() || profile.rules.receive_most == n(),
        "receive_list_max_from" => profile.rules.receive_most_of.get("from") == Some(&n()),
        "receive_list_max_to" => profile.rules.receive_most_of.get("to") == Some(&n()),
        "receive_list_max_subject" => profile.rules.receive_most_of.get("subject") == Some(&n()),
        "buddy_list_max" => offer.receive_most == n(),
        "receive_list" => offer.kinds.contains(&PatternKind::Address),
        // A receive entry stands before the threshold in the precedence.
        "receive_list_skips_judgement" => yes(value),
        "refuse_list_max" => offer.refuse_most == n(),
        "refuse_list_max_address" => offer.refuse_most_of.get(&PatternKind::Address) == Some(&n()),
        "refuse_list_max_domain" => offer.refuse_most_of.get(&PatternKind::Domain) == Some(&n()),
        "list_max" => offer.receive_most == n() && offer.refuse_most == n(),
        "lists_exclusive" => offer.exclusive == yes(value),
        "list_match" => offer.contains,
        "list_entry_kinds" => offer.kinds.len() == texts(value).len(),
        "phone_mail_list_max" => offer.phone_most == Some(n()),
        "phone_mail_lists_exclusive" => offer.phone_exclusive == yes(value),
        "refuse_entry_already_on_receive_list" => offer.on_other_list == OnOtherList::Refuse,
        "action_per_entry" => [EntryAction::Delete, EntryAction::Refuse, EntryAction::UnknownUser]
            .iter()
            .all(|one| offer.actions.contains(one)),
        "one_touch_from_message_view" | "one_touch_allow_refuse" => offer.one_touch,
        "precedence" => {
            let order = profile.defaults.order.clone().unwrap_or_default();
            order.iter().map(|step| step.name()).collect::<Vec<_>>()
                == ["refuse", "receive", "keywords", "conditions", "threshold"]
        }
        "sender_kinds" => texts(value).contains(&"everything".to_owned()) || profile.kinds.iter().any(|kind| kind.phs),
        "unregistered_to_junk" => profile.address_book.modes.contains(&AddressBookMode::Only),
        "address_book_modes" => profile.address_book.modes.len() == texts(value).len(),
        "address_book_paid_yen_month" => {
            let paid = profile.entitlements.paid.get(&Feature::AddressBook);
            paid.is_some_and(|words| words.en.contains(&n().to_string())) && !profile.includes("", Feature::AddressBook)
        }
        _ => return None,
    })
}

fn rules(key: &str, value: &Value, profile: &Profile) -> Shown {
    let offer = &profile.rules;
    let n = || number(value).expect("a number");
    let of = |field: &str| offer.refuse_most_of.get(field) == Some(&n());
    let has = |fields: &[String], wanted: Vec<String>| {
        wanted.iter().all(|field| match field.as_str() {
            // Size is a condition of its own.
            "size" => offers(profile, "size-above"),
            "to_or_cc" => fields.contains(&"to".to_owned()) && fields.contains(&"cc".to_owned()),
            "other headers" | "any header" => fields.contains(&"header".to_owned()),
            other => fields.contains(&other.replace('_', "-")),
        })
    };
    Some(match key {
        "keyword_fields" => has(&offer.fields, texts(value)),
        "receive_keyword_fields" => has(&offer.receive_fields, texts(value)),
        "keyword_rules_max" => offer.refuse_most == n(),
        "receive_rules_max" => offer.receive_most == n(),
        "rules_max_allow_and_refuse" => offer.both_most == Some(n()),
        "keyword_rules_max_from" => of("from"),
        "keyword_rules_max_to" => of("to"),
        "keyword_rules_max_cc" => of("cc"),
        "keyword_rules_max_subject" => of("subject"),
        "keyword_rules_max_other_headers" => of("header"),
        "keyword_other_headers_kinds_max" => offer.headers_most == Some(n()),
        "keyword_conditions_per_rule_max" => offer.joined_most == n(),
        "keyword_entries_max" => offer.conditions_most == Some(n()),
        "keyword_values_per_field_max" | "receive_rules_values_per_field_max" => offer.values_most == Some(n()),
        "keyword_match_from" => offer.kinds_of.get("from").map(Vec::len) == Some(texts(value).len()),
        "keyword_match_subject" => offer.kinds_of.get("subject").map(Vec::len) == Some(texts(value).len()),
        "keyword_wildcards" => offer.wildcards == yes(value),
        "keyword_rule_on_off" => offer.on_off == yes(value),
        "keyword_rule_always_spam" => offer.surely_spam == yes(value),
        "keyword_action" => offer.actions.contains(&"delete".to_owned()),
        "rules_order" => offer.order,
        "receive_only_matching" => offer.only_matching && offers(profile, "sender-unlisted"),
        _ => return None,
    })
}

fn proof(key: &str, value: &Value, profile: &Profile) -> Shown {
    let offer = &profile.impersonation;
    let n = || number(value).expect("a number");
    Some(match key {
        "impersonation_levels" => texts(value).iter().all(|level| match level.as_str() {
            "off" => offer.levels.contains(&Asked::Off),
            "existing_domain_only" => offer.levels.contains(&Asked::Existing),
            level if level.starts_with("middle") => offer.levels.contains(&Asked::Middle),
            _ => offer.levels.contains(&Asked::High),
        }),
        "impersonation_identity" => {
            let wanted =
                if texts(value).contains(&"pra".to_owned()) { Proven::EnvelopeFromAndPra } else { Proven::HeaderFrom };
            offer.proven == wanted
        }
        // At "high" who publishes nothing is refused; at "middle" it is accepted.
        "impersonation_no_spf_record" => !offer.accept_without_record,
        "auth_filter_methods" => true,
        "auth_filter_action" => profile.defaults.impersonation_then == treatment("refuse"),
        "auth_filter_actions" => {
            profile.defaults.impersonation_then == treatment("trash") && offer.actions.contains(&"trash".to_owned())
        }
        "auth_named_domains_max" => offer.domains_most == n(),
        "auth_exception_domains_max" => offer.exceptions_most == n(),
        // Named domains are compared whole.
        "auth_domains_wildcards" => !yes(value),
        "rescue_list_max" => offer.rescue_most == n(),
        "rescue_list_match" => texts(value).iter().all(|field| {
            let wanted = match field.as_str() {
                "to" => RescueField::To,
                "cc" => RescueField::Cc,
                _ => RescueField::From,
            };
            offer.rescue_fields.contains(&wanted)
        }),
        "rescue_list_effect" => offer.rescue_skips_all,
        "refuse_posing_as_mobile" => profile.posing == yes(value),
        "refuse_posing_as_mobile_default" => profile.defaults.conditions.contains_key("posing-as-mobile") == yes(value),
        _ => return None,
    })
}

/// Whether a person can choose a condition, or has it by default.
fn offers(profile: &Profile, reason: &str) -> bool {
    profile.conditions.as_ref().is_none_or(|all| all.iter().any(|one| one == reason))
}

fn choices(key: &str, value: &Value, profile: &Profile) -> Shown {
    let n = || number(value).expect("a number");
    let defaults = |reason: &str| profile.defaults.conditions.contains_key(reason);
    Some(match key {
        "presets" => value.as_array().is_some_and(|all| {
            all.len() == profile.presets.len()
                && all.iter().zip(&profile.presets).all(|(fact, preset)| {
                    fact.get("name").and_then(Value::as_str) == Some(preset.name.ja.as_str())
                        && fact.get("sets").map(texts).unwrap_or_default().iter().all(|set| sets(set, profile, preset))
                })
        }),
        "wizard" => profile.wizard.is_empty() != yes(value),
        "selective_reception" => {
            profile.selective.contains(&Selective::HeadersFirst) && profile.selective.contains(&Selective::Everything)
        }
        "url_modes" => texts(value).iter().all(|mode| {
            let wanted = match mode.as_str() {
                "allow" => LinkMode::Allow,
                "refuse_all" => LinkMode::RefuseAll,
                _ => LinkMode::RefuseListed,
            };
            profile.links.modes.contains(&wanted)
        }),
        "url_default" => !defaults("url-present"),
        "url_scope" => profile.links.internet_only,
        "url_listed_categories" => profile.links.categories == texts(value),
        "old_ad_labels" => {
            let condition = |label: &String| {
                if label.contains('!') { "former-label-advertisement" } else { "former-label-anywhere" }
            };
            texts(value).iter().all(|label| offers(profile, condition(label)))
        }
        "old_ad_label_default" => match value.as_str() {
            Some("refuse") => defaults("former-label-start"),
            _ => !defaults("former-label-start") && !defaults("former-label-anywhere"),
        },
        "html_refusal" => offers(profile, "html-present") == yes(value),
        "attachment_action" => offers(profile, "attachment-present") && treatment("trash").is_some(),
        // Taken off on the server, of mail from the Internet; the rest is delivered.
        "attachment_strip" => {
            offers(profile, "attachment-present") && profile.internet_only().contains(&"attachment-present".to_owned())
        }
        "no_x_mailer_action" => offers(profile, "no-x-mailer"),
        "size_refusal" => offers(profile, "size-above"),
        // Refused from the step on: the octet below it is the largest that is taken.
        "size_refuse_steps" => {
            profile.sizes.len() == texts(value).len() && profile.sizes.first() == Some(&(20 * 1024 - 1))
        }
        "size_max" => profile.size_most == Some(5 * 1024 * 1024),
        "refuse_bcc_to_me" => offers(profile, "bcc-to-me"),
        "refuse_blank_headers" => offers(profile, "header-blank"),
        "refuse_english_or_empty" => offers(profile, "english-only"),
        "refuse_no_from" => offers(profile, "no-from"),
        "refuse_no_subject" => offers(profile, "no-subject"),
        "bulk_guard_from" => profile.bulk_guard.as_ref().map(|guard| guard.from) == Some(n()),
        // Counted by the calendar day of the operator's zone.
        "bulk_guard_reset" => profile.bulk_guard.is_some() && value.as_str() == Some("00:00"),
        "bulk_guard_applies_over_lists" => {
            profile.bulk_guard.as_ref().is_some_and(|guard| guard.over_lists == yes(value))
        }
        "secret_code_digits" => profile.secret_code_digits.map(u32::from) == Some(n()),
        "refusal_notice_default" => profile.defaults.refusal_notice == Some(yes(value)),
        "header_view_days" => profile.header_view.as_ref().and_then(|view| view.days).map(u32::from) == Some(n()),
        "header_view_messages_max" => profile.header_view.as_ref().and_then(|view| view.messages) == Some(n()),
        "header_view_own_network" => profile.header_view.as_ref().is_some_and(|view| view.own_network == yes(value)),
        "security_software_option" => profile.entitlements.paid.contains_key(&Feature::Virus),
        _ => return None,
    })
}

/// What a preset of the facts sets, in the words of the facts.
fn sets(fact: &str, profile: &Profile, preset: &policy::profile::Preset) -> bool {
    let set = &preset.set;
    let refuses = |reason: &str| set.conditions.get(reason).map(|then| then.then) == Some(Disposition::Refuse);
    match fact {
        "mobile_phs_only" | "internet_refused" | "kinds=mobile,phs" => refuses("sender-kind-internet"),
        "kinds=mobile,phs,internet" => !set.conditions.contains_key("sender-kind-internet"),
        "url=refuse_listed" => refuses("url-category-dating") && refuses("url-category-adult"),
        "url=refuse_all" => refuses("url-present"),
        "refuse_posing_as_mobile" => refuses("posing-as-mobile"),
        "existing_domain_only" => set.impersonation == Some(Asked::Existing),
        "impersonation=high" => set.impersonation == Some(Asked::High),
        "address_book=first" => set.address_book_mode == Some(AddressBookMode::First),
        "refusal_notice" => set.refusal_notice == Some(true),
        "phone_mail_from_abroad_refused" => refuses("sender-kind-phone-abroad"),
        // The operator's filter runs for who agreed, whichever preset is chosen.
        "auto_filter" | "spam_filter" => {
            profile.defaults.actions.get(&Class::Spam).map(|then| then.then) == Some(Disposition::Refuse)
        }
        _ => false,
    }
}

fn junk(key: &str, value: &Value, profile: &Profile) -> Shown {
    let defaults = &profile.defaults;
    let n = || number(value).expect("a number");
    let spam = defaults.actions.get(&Class::Spam).copied();
    let marked = |then: Option<Treatment>| {
        then.is_some_and(|then| then.then == Disposition::Deliver && then.label != policy::LabelPlace::None)
    };
    Some(match key {
        "junk_retention_days" => defaults.retention_days.map(u32::from) == Some(n()),
        "junk_retention_days_max" => profile.retention_most.map(u32::from) == Some(n()),
        "trash_retention_days" => defaults.trash_days.map(u32::from) == Some(n()),
        // Held mail has no bound but its days.
        "trash_max" => true,
        "junk" => profile.lists.one_touch || profile.entitlements.paid.contains_key(&Feature::Junk),
        "junk_notice" | "junk_notice_default" => !profile.digest.every_hours.is_empty() && !profile.digest.by_default,
        "digest_interval" => profile.digest.every_hours == [24],
        "digest_fields" => profile.digest.fields == texts(value),
        "notice_form" => profile.digest.original_attached && profile.digest.original_from_and_subject,
        // The three texts come with the notice: by what stands in From.
        "notice_variants" => profile.digest.each_message,
        "notice_optional" => profile.digest.each_message && !profile.digest.by_default,
        "label_text" => defaults.label == value.as_str().map(str::to_owned),
        "label_position" => value.as_str() == Some("subject_start"),
        "label_optional" => profile.label_optional == yes(value),
        "default_action" => marked(spam),
        "filter_action" => spam == Some(Treatment::JUNK),
        "spam_filter" => profile.filters.contains(&"content".to_owned()),
        "spam_filter_action" | "auto_filter" => spam.map(|then| then.then) == Some(Disposition::Refuse),
        "auto_filter_scope" => profile.internet_only().contains(&"threshold".to_owned()),
        "automatic_deletion" => treatment("delete").is_some(),
        "virus_received" => defaults.actions.contains_key(&Class::Malware),
        "filters" => profile.filters.len() == texts(value).len(),
        "levels" => profile.levels.named.len() == number(value).map_or_else(|| texts(value).len(), |n| n as usize),
        "threshold" => profile.levels.own != (value.as_str() == Some("90 % fixed")),
        "actions" => texts(value).iter().all(|action| acts(action, profile)),
        _ => return None,
    })
}

/// An action of the facts is one that people of this profile can choose.
fn acts(fact: &str, profile: &Profile) -> bool {
    let name = match fact {
        "label_subject" => "label-subject",
        "label_header" => "label-header",
        "label_subject and junk" | "label_subject and server folder" => "junk-labelled",
        "junk" => "junk",
        "header_only" => "header-only",
        "receive" => "deliver",
        "refuse_with_message" => "refuse",
        "user_unknown" => "unknown-user",
        "notify" => return profile.digest.each_message,
        other => other,
    };
    treatment(name).is_some() && (profile.actions.is_empty() || profile.actions.iter().any(|own| own == name))
}
