//! LZMA undone, for the header of a 7z archive, which is packed with it (LZMA specification, Igor Pavlov 2015).
//!
//! Output is bounded by the declared size, which the caller bounds; time by the output.

/// Probabilities are of eleven bits and move by a thirty-second of what is left.
const HALF: u16 = 1 << 10;
const MOVE: u32 = 5;
/// States of the last operations, and lengths with a tree of their own.
const STATES: usize = 12;
const SHORTEST: usize = 2;
/// Distances with a slot below this one are told by the slot alone; below the second by a tree of their own.
const FIRST_SLOT: u32 = 4;
const LAST_SLOT: u32 = 14;

/// Undoes what is packed; `None` where it is broken. `properties` are the five octets of the coder.
pub(super) fn undo(packed: &[u8], properties: &[u8], length: usize) -> Option<Vec<u8>> {
    let [first, ..] = *properties else { return None };
    if first >= 9 * 5 * 5 {
        return None;
    }
    let (literal_context, rest) = (first % 9, first / 9);
    let mut decoder = Decoder {
        range: Range::new(packed)?,
        out: Vec::with_capacity(length),
        context: u32::from(literal_context),
        position_mask: (1 << (rest % 5)) - 1,
        place_mask: (1 << (rest / 5)) - 1,
        trees: Trees::new(usize::from(literal_context + rest % 5)),
        state: 0,
        distances: [0; 4],
    };
    while decoder.out.len() < length {
        decoder.step(length)?;
    }
    Some(decoder.out)
}

/// The range decoder.
struct Range<'a> {
    input: std::slice::Iter<'a, u8>,
    range: u32,
    code: u32,
}

impl<'a> Range<'a> {
    fn new(packed: &'a [u8]) -> Option<Self> {
        let mut input = packed.iter();
        if *input.next()? != 0 {
            return None;
        }
        let mut code = 0;
        for _ in 0..4 {
            code = code << 8 | u32::from(*input.next()?);
        }
        Some(Self { input, range: u32::MAX, code })
    }

    fn normalise(&mut self) -> Option<()> {
        if self.range < 1 << 24 {
            self.range <<= 8;
            self.code = self.code << 8 | u32::from(*self.input.next()?);
        }
        Some(())
    }

    fn bit(&mut self, probability: &mut u16) -> Option<u32> {
        self.normalise()?;
        let bound = (self.range >> 11) * u32::from(*probability);
        if self.code < bound {
            *probability += (2 * HALF - *probability) >> MOVE;
            self.range = bound;
            Some(0)
        } else {
            *probability -= *probability >> MOVE;
            self.code -= bound;
            self.range -= bound;
            Some(1)
        }
    }

    /// Bits that are as likely as not.
    fn direct(&mut self, count: u32) -> Option<u32> {
        let mut value = 0;
        for _ in 0..count {
            self.normalise()?;
            self.range >>= 1;
            let bit = u32::from(self.code >= self.range);
            self.code -= self.range * bit;
            value = value << 1 | bit;
        }
        Some(value)
    }

    /// A tree of bits, the highest first.
    fn tree(&mut self, tree: &mut [u16], bits: u32) -> Option<u32> {
        let mut at = 1usize;
        for _ in 0..bits {
            at = at << 1 | self.bit(tree.get_mut(at)?)? as usize;
        }
        u32::try_from(at - (1 << bits)).ok()
    }

    /// A tree of bits, the lowest first.
    fn reversed(&mut self, tree: &mut [u16], bits: u32) -> Option<u32> {
        let (mut at, mut value) = (1usize, 0);
        for place in 0..bits {
            let bit = self.bit(tree.get_mut(at)?)?;
            at = at << 1 | bit as usize;
            value |= bit << place;
        }
        Some(value)
    }
}

/// All probabilities.
struct Trees {
    literal: Vec<[u16; 0x300]>,
    is_match: [[u16; 16]; STATES],
    is_repeated: [u16; STATES],
    /// Whether it is not the last distance, not the one before, not the one before that.
    is_older: [[u16; STATES]; 3],
    is_long: [[u16; 16]; STATES],
    slot: [[u16; 64]; 4],
    distance: [[u16; 32]; LAST_SLOT as usize],
    aligned: [u16; 16],
    length: Lengths,
    repeated_length: Lengths,
}

struct Lengths {
    choice: [u16; 2],
    low: [[u16; 8]; 16],
    middle: [[u16; 8]; 16],
    high: [u16; 256],
}

impl Lengths {
    fn new() -> Self {
        Self { choice: [HALF; 2], low: [[HALF; 8]; 16], middle: [[HALF; 8]; 16], high: [HALF; 256] }
    }

    fn read(&mut self, range: &mut Range<'_>, position: usize) -> Option<usize> {
        let [first, second] = &mut self.choice;
        let length = if range.bit(first)? == 0 {
            range.tree(self.low.get_mut(position)?, 3)?
        } else if range.bit(second)? == 0 {
            8 + range.tree(self.middle.get_mut(position)?, 3)?
        } else {
            16 + range.tree(&mut self.high, 8)?
        };
        usize::try_from(length).ok()
    }
}

impl Trees {
    fn new(literal_bits: usize) -> Self {
        Self {
            literal: vec![[HALF; 0x300]; 1 << literal_bits],
            is_match: [[HALF; 16]; STATES],
            is_repeated: [HALF; STATES],
            is_older: [[HALF; STATES]; 3],
            is_long: [[HALF; 16]; STATES],
            slot: [[HALF; 64]; 4],
            distance: [[HALF; 32]; LAST_SLOT as usize],
            aligned: [HALF; 16],
            length: Lengths::new(),
            repeated_length: Lengths::new(),
        }
    }
}

struct Decoder<'a> {
    range: Range<'a>,
    out: Vec<u8>,
    /// Bits of the octet before that choose a tree for a literal.
    context: u32,
    position_mask: usize,
    place_mask: usize,
    trees: Trees,
    state: usize,
    /// The last four, the newest first, each less one.
    distances: [u32; 4],
}

impl Decoder<'_> {
    /// One literal or one copy.
    fn step(&mut self, length: usize) -> Option<()> {
        let place = self.out.len() & self.place_mask;
        if self.range.bit(self.trees.is_match.get_mut(self.state)?.get_mut(place)?)? == 0 {
            return self.literal();
        }
        let count = if self.range.bit(self.trees.is_repeated.get_mut(self.state)?)? == 0 {
            let count = self.trees.length.read(&mut self.range, place)?;
            self.distances.rotate_right(1);
            self.distances[0] = self.distance(count)?;
            self.state = if self.state < 7 { 7 } else { 10 };
            // The end is told by the one distance that cannot be.
            if self.distances[0] == u32::MAX {
                return None;
            }
            SHORTEST + count
        } else {
            self.repeated(place)?
        };
        let back = usize::try_from(self.distances[0]).ok()?.checked_add(1)?;
        for _ in 0..count.min(length - self.out.len()) {
            let octet = *self.out.get(self.out.len().checked_sub(back)?)?;
            self.out.push(octet);
        }
        Some(())
    }

    fn literal(&mut self) -> Option<()> {
        let before = self.out.last().copied().unwrap_or(0);
        let high = usize::from(before) >> (8 - self.context);
        let tree = self.trees.literal.get_mut(((self.out.len() & self.position_mask) << self.context) + high)?;
        let mut symbol = 1usize;
        if self.state >= 7 {
            // After a copy, the octet that the copy would have gone on with tells something.
            let back = usize::try_from(self.distances[0]).ok()?.checked_add(1)?;
            let mut expected = usize::from(*self.out.get(self.out.len().checked_sub(back)?)?);
            while symbol < 0x100 {
                expected <<= 1;
                let wanted = expected & 0x100;
                let bit = self.range.bit(tree.get_mut(0x100 + wanted + symbol)?)? as usize;
                symbol = symbol << 1 | bit;
                if (wanted >> 8) != bit {
                    break;
                }
            }
        }
        while symbol < 0x100 {
            symbol = symbol << 1 | self.range.bit(tree.get_mut(symbol)?)? as usize;
        }
        self.out.push(u8::try_from(symbol & 0xFF).ok()?);
        self.state = match self.state {
            0..4 => 0,
            4..10 => self.state - 3,
            _ => self.state - 6,
        };
        Some(())
    }

    /// A copy from one of the last four distances.
    fn repeated(&mut self, place: usize) -> Option<usize> {
        let [newest, second, third] = &mut self.trees.is_older;
        if self.range.bit(newest.get_mut(self.state)?)? == 0 {
            if self.range.bit(self.trees.is_long.get_mut(self.state)?.get_mut(place)?)? == 0 {
                self.state = if self.state < 7 { 9 } else { 11 };
                return Some(1);
            }
        } else {
            let which = if self.range.bit(second.get_mut(self.state)?)? == 0 {
                1
            } else if self.range.bit(third.get_mut(self.state)?)? == 0 {
                2
            } else {
                3
            };
            self.distances.get_mut(..=which)?.rotate_right(1);
        }
        self.state = if self.state < 7 { 8 } else { 11 };
        Some(SHORTEST + self.trees.repeated_length.read(&mut self.range, place)?)
    }

    fn distance(&mut self, count: usize) -> Option<u32> {
        let slot = self.range.tree(self.trees.slot.get_mut(count.min(3))?, 6)?;
        if slot < FIRST_SLOT {
            return Some(slot);
        }
        let bits = (slot >> 1) - 1;
        let high = (2 | (slot & 1)).checked_shl(bits)?;
        if slot < LAST_SLOT {
            let tree = self.trees.distance.get_mut(slot as usize)?;
            return Some(high + self.range.reversed(tree, bits)?);
        }
        let middle = self.range.direct(bits - 4)? << 4;
        Some(high.wrapping_add(middle).wrapping_add(self.range.reversed(&mut self.trees.aligned, 4)?))
    }
}
