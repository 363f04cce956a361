//! Faces that cannot treat recipients apart.

use policy::{Can, Decision, Disposition, LabelPlace, Treatment, combine};

use crate::decide::{REFUSE, agreed, decided};

const HEADER: Treatment = Treatment::LABEL;
const SUBJECT: Treatment = Treatment { then: Disposition::Deliver, label: LabelPlace::Subject };
const BOTH: Treatment = Treatment { then: Disposition::Deliver, label: LabelPlace::Both };
const CUT: Treatment = Treatment { then: Disposition::HeaderOnly, label: LabelPlace::None };
const DEFER: Treatment = Treatment { then: Disposition::Defer, label: LabelPlace::None };
const DELIVER: Treatment = Treatment::DELIVER;
const JUNK: Treatment = Treatment::JUNK;

fn combined(wanted: &[Treatment], can: Can) -> Vec<Treatment> {
    let plain = decided(&[], message::authentication::Proof::Unproven, &agreed());
    let before: Vec<Decision> =
        wanted.iter().map(|treatment| Decision { treatment: *treatment, ..plain.clone() }).collect();
    let after = combine(before, can);
    for (decision, wanted) in after.iter().zip(wanted) {
        let gave_way = (decision.treatment != *wanted).then_some(*wanted);
        assert_eq!(decision.wanted, gave_way, "what was wanted is kept where it gave way");
    }
    after.into_iter().map(|decision| decision.treatment).collect()
}

#[test]
fn a_face_that_can_keeps_everything() {
    let all = [DELIVER, BOTH, JUNK, REFUSE, DEFER];
    assert_eq!(combined(&all, Can::EachRecipient), all);
}

#[test]
fn one_answer_refuses_only_where_nobody_takes_it() {
    assert_eq!(combined(&[REFUSE, REFUSE], Can::OneAnswer), [REFUSE, REFUSE]);
    assert_eq!(combined(&[DELIVER, REFUSE], Can::OneAnswer), [DELIVER, JUNK]);
    assert_eq!(combined(&[JUNK, REFUSE, DEFER], Can::OneAnswer), [JUNK, JUNK, DEFER]);
    assert_eq!(combined(&[BOTH, DELIVER], Can::OneAnswer), [BOTH, DELIVER]);
}

#[test]
fn one_rendering_takes_recipients_out_and_marks_for_all_or_nobody() {
    assert_eq!(combined(&[DELIVER, JUNK], Can::RemoveRecipients), [DELIVER, JUNK]);
    assert_eq!(combined(&[BOTH, HEADER, JUNK], Can::RemoveRecipients), [HEADER, HEADER, JUNK]);
    assert_eq!(combined(&[SUBJECT, HEADER], Can::RemoveRecipients), [DELIVER, DELIVER]);
    assert_eq!(combined(&[CUT, DELIVER], Can::RemoveRecipients), [DELIVER, DELIVER]);
    assert_eq!(combined(&[CUT, CUT], Can::RemoveRecipients), [CUT, CUT]);
    assert_eq!(combined(&[REFUSE, DELIVER], Can::RemoveRecipients), [JUNK, DELIVER]);
    assert_eq!(combined(&[REFUSE, REFUSE], Can::RemoveRecipients), [REFUSE, REFUSE]);
}

#[test]
fn one_action_is_the_mildest() {
    assert_eq!(combined(&[REFUSE, JUNK, DELIVER], Can::OneAction), [DELIVER, DELIVER, DELIVER]);
    assert_eq!(combined(&[BOTH, JUNK], Can::OneAction), [BOTH, BOTH]);
    assert_eq!(combined(&[REFUSE, JUNK], Can::OneAction), [JUNK, JUNK]);
    assert!(combined(&[], Can::OneAction).is_empty());
}

#[test]
fn a_part_is_removed_for_everybody_or_held() {
    let remove = Treatment { then: Disposition::RemovePart, label: LabelPlace::None };
    assert_eq!(combined(&[remove, DELIVER], Can::EachRecipient), [remove, DELIVER]);
    assert_eq!(combined(&[remove, REFUSE], Can::OneAnswer), [remove, JUNK]);
    assert_eq!(combined(&[remove, remove], Can::RemoveRecipients), [remove, remove]);
    assert_eq!(combined(&[remove, DELIVER], Can::RemoveRecipients), [JUNK, DELIVER]);
    assert_eq!(combined(&[remove, CUT], Can::RemoveRecipients), [JUNK, CUT]);
    // Who is taken out does not get the message, and need not agree to what becomes of it.
    assert_eq!(combined(&[remove, JUNK, REFUSE], Can::RemoveRecipients), [remove, JUNK, JUNK]);
    let labelled = Treatment { label: LabelPlace::Both, ..remove };
    assert_eq!(combined(&[labelled, remove], Can::RemoveRecipients), [remove, remove]);
    assert_eq!(combined(&[remove, remove], Can::OneAction), [JUNK, JUNK]);
    let plain = decided(&[], message::authentication::Proof::Unproven, &agreed());
    let held = policy::combine::without_removal(Decision { treatment: remove, ..plain.clone() });
    assert_eq!((held.treatment, held.wanted), (JUNK, Some(remove)));
    assert_eq!(policy::combine::without_removal(plain.clone()), plain);
}
