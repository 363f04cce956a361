//! What we say (SMFIR_* of the milter protocol), written as packets into one buffer: a batch goes out in one write.

use checkpoint::Edit;
use policy::Reply;

use super::negotiate::Agreed;
use super::packet;

/// Octets of one SMFIR_REPLBODY.
const BODY_PIECE: usize = 65_535;

/// SMFIR_CONTINUE: go on.
pub(super) fn go_on(out: &mut Vec<u8>) {
    packet::write(out, b'c', &[]);
}

/// SMFIR_DISCARD: say yes and forget it; everybody was served here.
pub(super) fn discard(out: &mut Vec<u8>) {
    packet::write(out, b'd', &[]);
}

/// SMFIR_REPLYCODE: our own reply, 4xx or 5xx, on as many lines as it has.
pub(super) fn reply(out: &mut Vec<u8>, reply: &Reply) {
    let wire = reply.wire();
    packet::write(out, b'y', &[wire.trim_end().as_bytes(), &[0]]);
}

/// SMFIR_QUARANTINE: keep it where staff look.
pub(super) fn quarantine(out: &mut Vec<u8>, why: &str) {
    packet::write(out, b'q', &[why.as_bytes(), &[0]]);
}

/// SMFIR_DELRCPT: `path` as the mail server gave it, brackets included.
pub(super) fn leave_out(out: &mut Vec<u8>, path: &str) {
    packet::write(out, b'-', &[path.as_bytes(), &[0]]);
}

/// SMFIR_CHGHEADER, SMFIR_INSHEADER and SMFIR_ADDHEADER.
pub(super) fn edit(out: &mut Vec<u8>, agreed: Agreed, edit: &Edit) {
    let index = |nth: usize| u32::try_from(nth).unwrap_or(u32::MAX).to_be_bytes();
    match edit {
        Edit::Remove { name, nth } => packet::write(out, b'm', &[&index(*nth), name.as_bytes(), &[0, 0]]),
        Edit::Change { name, nth, value } => {
            packet::write(out, b'm', &[&index(*nth), name.as_bytes(), &[0], spaced(agreed, value), &[0]]);
        }
        Edit::Top { name, value } => {
            packet::write(out, b'i', &[&index(0), name.as_bytes(), &[0], spaced(agreed, value), &[0]]);
        }
        Edit::Bottom { name, value } => packet::write(out, b'h', &[name.as_bytes(), &[0], spaced(agreed, value), &[0]]),
    }
}

/// SMFIR_REPLBODY, in as many pieces as it takes.
pub(super) fn body(out: &mut Vec<u8>, body: &[u8]) {
    for piece in body.chunks(BODY_PIECE) {
        packet::write(out, b'b', &[piece]);
    }
}

/// A mail server that did not agree to leading spaces sets one itself.
fn spaced(agreed: Agreed, value: &[u8]) -> &[u8] {
    match value.strip_prefix(b" ") {
        Some(rest) if !agreed.keeps_leading_space() => rest,
        _ => value,
    }
}
