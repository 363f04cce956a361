//! Controls of mail that arrives. Every file here stands in [`CONTROLS`]; a test sweeps both.

use crate::control::{Basis, Control, Effect};

mod address_book;
mod allowlist;
mod attachment;
mod authentication;
mod bayes;
mod bcc_to_me;
mod blank_headers;
mod blocklist;
mod bulk_guard;
mod dynamic_source;
mod early_talker;
mod empty_message;
mod english_only;
mod former_label;
mod greylisting;
mod helo;
pub mod heuristics;
mod html;
mod impersonation;
mod keywords;
mod link_blocklist;
mod no_from;
mod no_subject;
mod no_x_mailer;
mod nonexistent_sender;
mod receive_list;
pub mod reception_limit;
mod refuse_list;
mod reputation;
mod secret_code;
mod sender_kind;
mod sender_unlisted;
mod signatures;
mod size;
mod spamassassin;
mod unknown_recipients;
mod url;
mod url_category;
mod virus;
mod yara;

/// All of them, in the order in which they are listed to people.
pub const CONTROLS: &[&Control] = &[
    &reception_limit::CONTROL,
    &unknown_recipients::CONTROL,
    &reputation::CONTROL,
    &refuse_list::CONTROL,
    &receive_list::CONTROL,
    &address_book::CONTROL,
    &sender_unlisted::CONTROL,
    &sender_kind::CONTROL,
    &impersonation::CONTROL,
    &secret_code::CONTROL,
    &bulk_guard::CONTROL,
    &virus::CONTROL,
    &yara::CONTROL,
    &authentication::CONTROL,
    &nonexistent_sender::CONTROL,
    &blocklist::CONTROL,
    &allowlist::CONTROL,
    &dynamic_source::CONTROL,
    &greylisting::CONTROL,
    &helo::CONTROL,
    &early_talker::CONTROL,
    &bayes::CONTROL,
    &heuristics::CONTROL,
    &signatures::CONTROL,
    &spamassassin::CONTROL,
    &keywords::CONTROL,
    &url::CONTROL,
    &url_category::CONTROL,
    &link_blocklist::CONTROL,
    &html::CONTROL,
    &attachment::CONTROL,
    &size::CONTROL,
    &former_label::CONTROL,
    &no_subject::CONTROL,
    &no_from::CONTROL,
    &blank_headers::CONTROL,
    &no_x_mailer::CONTROL,
    &bcc_to_me::CONTROL,
    &english_only::CONTROL,
    &empty_message::CONTROL,
];

/// One by name.
pub fn control(name: &str) -> Option<&'static Control> {
    CONTROLS.iter().find(|control| control.name == name).copied()
}

/// Effects of a control that acts only where somebody chose it: each needs consent.
const CHOSEN: &[(Effect, Basis)] =
    &[(Effect::Label, Basis::Consent), (Effect::Hold, Basis::Consent), (Effect::Refuse, Basis::Consent)];

/// Effects of a control that keeps the door working: for everyone, before there is anything to read.
const AT_THE_DOOR: &[(Effect, Basis)] = &[
    (Effect::Label, Basis::Maintenance),
    (Effect::Slow, Basis::Maintenance),
    (Effect::Defer, Basis::Maintenance),
    (Effect::Refuse, Basis::Maintenance),
];

/// Effects of a control that counts towards the threshold, and on which a condition may also act.
const COUNTS: &[(Effect, Basis)] = &[
    (Effect::Label, Basis::Consent),
    (Effect::Hold, Basis::Consent),
    (Effect::Refuse, Basis::Consent),
    (Effect::Points, Basis::Consent),
];

/// Effects of a control of the door: what keeps the network working is for everyone, what judges a message for who agreed.
const DOOR_AND_POINTS: &[(Effect, Basis)] = &[
    (Effect::Slow, Basis::Maintenance),
    (Effect::Defer, Basis::Maintenance),
    (Effect::Refuse, Basis::Maintenance),
    (Effect::Label, Basis::Consent),
    (Effect::Hold, Basis::Consent),
    (Effect::Points, Basis::Consent),
];

/// Characters of one argument; the record stays small, and a sentence stays a sentence.
const ARGUMENT_LIMIT: usize = 60;

/// An argument that comes from the message, cut and on one line.
fn shortened(text: &str) -> String {
    let one_line = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let mut cut: String = one_line.clone().take(ARGUMENT_LIMIT).collect();
    if one_line.count() > ARGUMENT_LIMIT {
        cut.push('…');
    }
    cut
}

/// Nothing that a reader would see: spaces of any kind and marks without a shape.
fn is_blank(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || c.is_control() || is_shapeless(c))
}

/// Zero-width characters, Hangul fillers and the braille blank.
fn is_shapeless(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2064}' | '\u{2800}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
    )
}
