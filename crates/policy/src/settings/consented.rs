//! What may run for a recipient who has not agreed to filtering by content (SUB-20, T annex 2).
//!
//! For everyone: sender authentication is verified and labelled, and nothing follows from it but the label.
//! On top of that only what this person set up for themselves, which is asking for it: own entries of the lists, and
//! conditions on the header section or the size. Content stays unlooked-at: a control that needs the message, the
//! Bayesian filter or the heuristics does not run, is not observed and not recorded.

use controls::{Control, Mode};

use super::{ContentBasis, Settings};
use crate::profile::covers;

impl Settings {
    /// Whether delivered messages may be kept for replay: the person agreed to that, and to having content looked at.
    pub fn keeps_recent(&self) -> bool {
        self.keep_recent && matches!(self.content_basis, ContentBasis::Consent { .. })
    }

    /// Whether a control runs for this recipient. The gate asks this before it gathers what the control needs.
    pub fn runs(&self, control: &Control) -> bool {
        // What only says that somebody is not on a list would stand in every record.
        let silent = control.name == "sender_unlisted" && !self.is_asked_for(control);
        !silent
            && self.controls.mode(control.name) != Mode::Off
            && (self.content_allowed || self.runs_without_consent(control))
    }

    /// Whether a control may run where content may not be looked at.
    pub fn runs_without_consent(&self, control: &Control) -> bool {
        control.runs_for_everyone() || (!control.looks_at_content() && self.is_asked_for(control))
    }

    /// Whether a condition is set that only mail from the Internet can meet.
    fn asks_for_the_internet(&self) -> bool {
        let listed = |reason: &String| self.internet_only.iter().any(|one| covers(one, reason));
        self.conditions.keys().any(listed)
    }

    /// Whether this person set up something that the control serves. Without consent these settings hold nothing that
    /// the operator or the group put there.
    fn is_asked_for(&self, control: &Control) -> bool {
        match control.name {
            "receive_list" => !self.controls.receive.is_empty(),
            "refuse_list" => !self.controls.refuse.is_empty(),
            "address_book" => !self.controls.address_book.is_empty(),
            "impersonation" if self.controls.impersonation.is_some() => true,
            "sender_kind" if self.asks_for_the_internet() => true,
            _ => self.conditions.keys().any(|reason| control.gives(reason)),
        }
    }
}
