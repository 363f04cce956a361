//! Packets of the milter protocol: four octets of length, one of command, the rest is its data. Pure and bounded.

/// Octets of a packet that are ever waited for: SMFIP_MDS_1M and its command.
pub const LONGEST: usize = 1024 * 1024 + 1;

/// One packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    /// What it is.
    pub command: u8,
    /// What comes with it.
    pub data: &'a [u8],
}

/// Why what came is not a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPacket {
    /// Its length is beyond what anybody has agreed to.
    #[error("a packet of {0} octets was announced")]
    TooLong(u32),
    /// It has no command.
    #[error("a packet without a command")]
    Empty,
}

/// The first packet in `input` and how many octets it takes; `None` where it is not there in full.
pub fn first(input: &[u8]) -> Result<Option<(Packet<'_>, usize)>, BadPacket> {
    let Some((length, rest)) = input.split_first_chunk::<4>() else { return Ok(None) };
    let announced = u32::from_be_bytes(*length);
    let length = usize::try_from(announced).ok().filter(|length| *length <= LONGEST);
    let length = length.ok_or(BadPacket::TooLong(announced))?;
    if length == 0 {
        return Err(BadPacket::Empty);
    }
    Ok(rest.get(..length).and_then(|packet| packet.split_first()).map(|(command, data)| {
        let packet = Packet { command: *command, data };
        (packet, 4 + length)
    }))
}

/// Appends a packet.
pub fn write(out: &mut Vec<u8>, command: u8, data: &[&[u8]]) {
    let length = 1 + data.iter().map(|piece| piece.len()).sum::<usize>();
    out.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
    out.push(command);
    for piece in data {
        out.extend_from_slice(piece);
    }
}
