//! Reads Perl's pattern syntax (perlre) into a tree.

use super::PatternError;
use super::tree::{Appetite, Node, Octets, Place};

/// Groups in groups.
const DEPTH: usize = 120;

/// Largest number in a repetition (perlre: 65,534; nobody needs as many on mail).
const TIMES: u32 = 20_000;

pub(super) fn parse(pattern: &[u8]) -> Result<Node, PatternError> {
    let mut reader = Reader { pattern, at: 0, groups: 0, names: Vec::new(), depth: 0 };
    let tree = reader.alternatives(Flags::default())?;
    if reader.at < pattern.len() {
        return Err(syntax("a closing parenthesis too many"));
    }
    Ok(tree)
}

fn syntax(text: &str) -> PatternError {
    PatternError::Syntax(text.to_owned())
}

/// Modifiers in force (perlre, "Modifiers").
#[derive(Clone, Copy, Debug, Default)]
struct Flags {
    either_case: bool,
    multiline: bool,
    dot_all: bool,
    extended: bool,
}

struct Reader<'p> {
    pattern: &'p [u8],
    at: usize,
    groups: u32,
    names: Vec<(Vec<u8>, u32)>,
    depth: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.pattern.get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let octet = self.peek();
        self.at += usize::from(octet.is_some());
        octet
    }

    fn take(&mut self, text: &[u8]) -> bool {
        let is_here = self.rest().starts_with(text);
        if is_here {
            self.at += text.len();
        }
        is_here
    }

    fn rest(&self) -> &[u8] {
        self.pattern.get(self.at..).unwrap_or_default()
    }

    /// Takes up to a closing octet, which is taken too.
    fn until(&mut self, close: u8) -> Result<Vec<u8>, PatternError> {
        let end = self.rest().iter().position(|&octet| octet == close);
        let end = end.ok_or_else(|| syntax("something is opened and never closed"))?;
        let text = self.rest()[..end].to_vec();
        self.at += end + 1;
        Ok(text)
    }

    fn alternatives(&mut self, mut flags: Flags) -> Result<Node, PatternError> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(PatternError::TooLarge);
        }
        let mut list = vec![self.sequence(&mut flags)?];
        while self.take(b"|") {
            list.push(self.sequence(&mut flags)?);
        }
        self.depth -= 1;
        Ok(if list.len() == 1 { list.remove(0) } else { Node::Any(list) })
    }

    /// One alternative. A modifier inside it holds to the end of the enclosing group.
    fn sequence(&mut self, flags: &mut Flags) -> Result<Node, PatternError> {
        let mut list = Vec::new();
        loop {
            self.skip_space(*flags);
            match self.peek() {
                None | Some(b'|' | b')') => break,
                _ => {}
            }
            let node = self.atom(flags)?;
            let node = self.repeated(node, *flags)?;
            if !matches!(node, Node::Empty) {
                list.push(node);
            }
        }
        Ok(match list.len() {
            0 => Node::Empty,
            1 => list.remove(0),
            _ => Node::Concat(list),
        })
    }

    fn skip_space(&mut self, flags: Flags) {
        if !flags.extended {
            return;
        }
        loop {
            match self.peek() {
                Some(b' ' | b'\t' | b'\n' | b'\r' | 0x0B | 0x0C) => self.at += 1,
                Some(b'#') => {
                    let end = self.rest().iter().position(|&octet| octet == b'\n');
                    self.at = end.map_or(self.pattern.len(), |end| self.at + end + 1);
                }
                _ => break,
            }
        }
    }

    fn repeated(&mut self, mut node: Node, flags: Flags) -> Result<Node, PatternError> {
        loop {
            self.skip_space(flags);
            let Some((least, most)) = self.times()? else { return Ok(node) };
            let appetite = match self.peek() {
                Some(b'?') => Appetite::Lazy,
                Some(b'+') => Appetite::Possessive,
                _ => Appetite::Greedy,
            };
            self.at += usize::from(appetite != Appetite::Greedy);
            if matches!(node, Node::Empty) {
                return Err(syntax("a repetition of nothing"));
            }
            node = Node::Repeat { inner: Box::new(node), least, most, appetite };
        }
    }

    /// A repetition, if one stands here; a brace that is none is a brace.
    fn times(&mut self) -> Result<Option<(u32, Option<u32>)>, PatternError> {
        let simple = match self.peek() {
            Some(b'*') => (0, None),
            Some(b'+') => (1, None),
            Some(b'?') => (0, Some(1)),
            Some(b'{') => return self.braced_times(),
            _ => return Ok(None),
        };
        self.at += 1;
        Ok(Some(simple))
    }

    fn braced_times(&mut self) -> Result<Option<(u32, Option<u32>)>, PatternError> {
        let Some(end) = self.rest().iter().position(|&octet| octet == b'}') else { return Ok(None) };
        let inside = String::from_utf8_lossy(&self.rest()[1..end]).into_owned();
        let number = |text: &str| -> Option<u32> {
            (!text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit())).then(|| text.parse().ok())?
        };
        let times = match inside.split_once(',') {
            None => number(&inside).map(|times| (times, Some(times))),
            Some(("", most)) => number(most).map(|most| (0, Some(most))),
            Some((least, "")) => number(least).map(|least| (least, None)),
            Some((least, most)) => number(least).zip(number(most)).map(|(least, most)| (least, Some(most))),
        };
        let Some((least, most)) = times else { return Ok(None) };
        if least.max(most.unwrap_or(0)) > TIMES {
            return Err(PatternError::TooLarge);
        }
        if most.is_some_and(|most| most < least) {
            return Err(syntax("a repetition whose end is before its beginning"));
        }
        self.at += end + 1;
        Ok(Some((least, most)))
    }

    fn atom(&mut self, flags: &mut Flags) -> Result<Node, PatternError> {
        let Some(octet) = self.next() else { return Ok(Node::Empty) };
        Ok(match octet {
            b'(' => return self.group(flags),
            b'[' => Node::Octets(self.class(*flags)?),
            b'.' if flags.dot_all => Node::Octets(Octets::NONE.negated()),
            b'.' => Node::Octets(Octets::of(b"\n").negated()),
            b'^' if flags.multiline => Node::Place(Place::LineStart),
            b'^' => Node::Place(Place::Start),
            b'$' if flags.multiline => Node::Place(Place::LineEnd),
            b'$' => Node::Place(Place::EndOrLineFeed),
            b'\\' => return self.escape(*flags),
            b'*' | b'+' | b'?' => return Err(syntax("a repetition of nothing")),
            octet => literal(octet, *flags),
        })
    }

    fn group(&mut self, flags: &mut Flags) -> Result<Node, PatternError> {
        if !self.take(b"?") {
            if self.peek() == Some(b'*') {
                return Err(PatternError::Unsupported("a backtracking verb"));
            }
            self.groups += 1;
            let inner = self.closed(*flags)?;
            return Ok(Node::Group(Box::new(inner)));
        }
        for (opening, behind, negated) in
            [(&b"="[..], false, false), (b"!", false, true), (b"<=", true, false), (b"<!", true, true)]
        {
            if self.take(opening) {
                let inner = Box::new(self.closed(*flags)?);
                return Ok(Node::Look { inner, behind, negated });
            }
        }
        if self.take(b">") {
            return Ok(Node::Atomic(Box::new(self.closed(*flags)?)));
        }
        if self.take(b"#") {
            self.until(b')')?;
            return Ok(Node::Empty);
        }
        if self.take(b"P<") || self.take(b"<") {
            return self.named(b'>', *flags);
        }
        if self.take(b"'") {
            return self.named(b'\'', *flags);
        }
        if self.take(b"P=") {
            let name = self.until(b')')?;
            return self.back_to(&name, *flags);
        }
        match self.peek() {
            Some(b'|') => Err(PatternError::Unsupported("a branch reset")),
            Some(b'(') => self.condition(*flags),
            Some(b'{' | b'?') => Err(PatternError::Unsupported("code")),
            Some(b'R' | b'&' | b'P' | b'+' | b'0'..=b'9') => Err(PatternError::Unsupported("recursion")),
            _ => self.modifiers(flags),
        }
    }

    fn closed(&mut self, flags: Flags) -> Result<Node, PatternError> {
        let inner = self.alternatives(flags)?;
        if self.take(b")") { Ok(inner) } else { Err(syntax("a parenthesis is never closed")) }
    }

    fn named(&mut self, close: u8, flags: Flags) -> Result<Node, PatternError> {
        let name = self.until(close)?;
        self.groups += 1;
        self.names.push((name, self.groups));
        Ok(Node::Group(Box::new(self.closed(flags)?)))
    }

    fn condition(&mut self, flags: Flags) -> Result<Node, PatternError> {
        self.at += 1;
        let written = self.until(b')')?;
        let group = std::str::from_utf8(&written).ok().and_then(|text| text.parse().ok());
        let group = group.ok_or(PatternError::Unsupported("such a condition"))?;
        let (yes, no) = match self.closed(flags)? {
            Node::Any(mut list) if list.len() == 2 => {
                let no = list.pop().unwrap_or(Node::Empty);
                (list.pop().unwrap_or(Node::Empty), no)
            }
            Node::Any(_) => return Err(syntax("a condition with more than two branches")),
            yes => (yes, Node::Empty),
        };
        Ok(Node::If { group, yes: Box::new(yes), no: Box::new(no) })
    }

    /// `(?i)`, `(?i-s:…)`, `(?^x:…)`, `(?:…)`
    fn modifiers(&mut self, flags: &mut Flags) -> Result<Node, PatternError> {
        let mut changed = *flags;
        let mut on = true;
        loop {
            match self.next() {
                Some(b'^') => changed = Flags::default(),
                Some(b'-') => on = false,
                Some(b'i') => changed.either_case = on,
                Some(b'm') => changed.multiline = on,
                Some(b's') => changed.dot_all = on,
                Some(b'x') => changed.extended = on,
                Some(b'a' | b'd' | b'l' | b'u' | b'n' | b'p') => {}
                Some(b':') => return self.closed(changed),
                Some(b')') => {
                    *flags = changed;
                    return Ok(Node::Empty);
                }
                _ => return Err(syntax("unknown after (?")),
            }
        }
    }

    fn escape(&mut self, flags: Flags) -> Result<Node, PatternError> {
        let Some(octet) = self.next() else { return Err(syntax("a backslash at the end")) };
        Ok(match octet {
            b'A' => Node::Place(Place::Start),
            b'z' => Node::Place(Place::End),
            b'Z' => Node::Place(Place::EndOrLineFeed),
            b'b' | b'B' if self.peek() == Some(b'{') => return Err(PatternError::Unsupported("\\b{…}")),
            b'b' => Node::Place(Place::WordBoundary),
            b'B' => Node::Place(Place::NoWordBoundary),
            b'G' => return Err(PatternError::Unsupported("\\G")),
            // What stands before it is matched all the same; only what counts as found differs.
            b'K' => Node::Empty,
            b'R' => Node::Atomic(Box::new(Node::Any(vec![
                Node::Concat(vec![Node::Octets(Octets::of(b"\r")), Node::Octets(Octets::of(b"\n"))]),
                Node::Octets(Octets::of(b"\n\x0B\x0C\r\x85")),
            ]))),
            b'X' => return Err(PatternError::Unsupported("\\X")),
            b'g' => return self.reference(flags),
            b'k' => {
                let close = match self.next() {
                    Some(b'<') => b'>',
                    Some(b'{') => b'}',
                    Some(b'\'') => b'\'',
                    _ => return Err(syntax("\\k without a name")),
                };
                let name = self.until(close)?;
                return self.back_to(&name, flags);
            }
            b'1'..=b'9' if !self.is_octal(octet) => {
                let mut group = u32::from(octet - b'0');
                while let Some(digit @ b'0'..=b'9') = self.peek() {
                    group = group.saturating_mul(10).saturating_add(u32::from(digit - b'0'));
                    self.at += 1;
                }
                return self.back(group, flags);
            }
            octet => match self.escaped(octet)? {
                Escaped::Set(set) => Node::Octets(set),
                Escaped::Octet(octet) => literal(octet, flags),
            },
        })
    }

    /// Three octal digits and no such group: the number of an octet.
    fn is_octal(&self, first: u8) -> bool {
        let more = self.rest().iter().take(2).filter(|octet| matches!(octet, b'0'..=b'7')).count();
        matches!(first, b'1'..=b'3') && more == 2
    }

    fn reference(&mut self, flags: Flags) -> Result<Node, PatternError> {
        let written = if self.take(b"{") {
            self.until(b'}')?
        } else {
            let digits = self.rest().iter().take_while(|octet| octet.is_ascii_digit() || **octet == b'-').count();
            let text = self.rest()[..digits].to_vec();
            self.at += digits;
            text
        };
        let text = String::from_utf8_lossy(&written).into_owned();
        match text.parse::<i64>() {
            Ok(number) if number < 0 => {
                self.back(u32::try_from(i64::from(self.groups) + 1 + number).unwrap_or(0), flags)
            }
            Ok(number) => self.back(u32::try_from(number).unwrap_or(0), flags),
            Err(_) => self.back_to(&written, flags),
        }
    }

    fn back_to(&self, name: &[u8], flags: Flags) -> Result<Node, PatternError> {
        let found = self.names.iter().find(|(known, _)| known == name);
        found
            .map(|(_, group)| Node::Back { group: *group, either_case: flags.either_case })
            .ok_or_else(|| syntax("a reference to a group that is not there"))
    }

    fn back(&self, group: u32, flags: Flags) -> Result<Node, PatternError> {
        if group == 0 || group > self.groups {
            return Err(syntax("a reference to a group that is not there"));
        }
        Ok(Node::Back { group, either_case: flags.either_case })
    }

    /// Escapes that mean the same inside and outside of classes.
    fn escaped(&mut self, octet: u8) -> Result<Escaped, PatternError> {
        Ok(match octet {
            b'd' => Escaped::Set(digit()),
            b'D' => Escaped::Set(digit().negated()),
            b'w' => Escaped::Set(word()),
            b'W' => Escaped::Set(word().negated()),
            b's' => Escaped::Set(space()),
            b'S' => Escaped::Set(space().negated()),
            b'h' => Escaped::Set(Octets::of(b" \t\xA0")),
            b'H' => Escaped::Set(Octets::of(b" \t\xA0").negated()),
            b'v' => Escaped::Set(Octets::of(b"\n\x0B\x0C\r\x85")),
            b'V' => Escaped::Set(Octets::of(b"\n\x0B\x0C\r\x85").negated()),
            b'N' => Escaped::Set(Octets::of(b"\n").negated()),
            b'n' => Escaped::Octet(b'\n'),
            b't' => Escaped::Octet(b'\t'),
            b'r' => Escaped::Octet(b'\r'),
            b'f' => Escaped::Octet(0x0C),
            b'e' => Escaped::Octet(0x1B),
            b'a' => Escaped::Octet(0x07),
            b'c' => Escaped::Octet(self.next().unwrap_or(b'@').to_ascii_uppercase() ^ 0x40),
            b'x' => self.hexadecimal()?,
            b'o' => return Err(PatternError::Unsupported("\\o{…}")),
            b'p' | b'P' => return Err(PatternError::Unsupported("\\p")),
            b'0'..=b'7' => {
                let mut code = u32::from(octet - b'0');
                for _ in 0..2 {
                    if let Some(digit @ b'0'..=b'7') = self.peek() {
                        code = code * 8 + u32::from(digit - b'0');
                        self.at += 1;
                    }
                }
                numbered(code)
            }
            octet => Escaped::Octet(octet),
        })
    }

    fn hexadecimal(&mut self) -> Result<Escaped, PatternError> {
        let digits = if self.take(b"{") {
            self.until(b'}')?
        } else {
            let count = self.rest().iter().take(2).take_while(|octet| octet.is_ascii_hexdigit()).count();
            let digits = self.rest()[..count].to_vec();
            self.at += count;
            digits
        };
        let text = String::from_utf8_lossy(&digits).trim().to_owned();
        if text.is_empty() {
            return Ok(Escaped::Octet(0));
        }
        let code = u32::from_str_radix(&text, 16).map_err(|_| syntax("\\x without a number"))?;
        Ok(numbered(code))
    }

    /// A class, after its `[`.
    fn class(&mut self, flags: Flags) -> Result<Octets, PatternError> {
        let negated = self.take(b"^");
        let mut set = Octets::NONE;
        let mut is_first = true;
        loop {
            let Some(octet) = self.next() else { return Err(syntax("a bracket is never closed")) };
            let member = match octet {
                b']' if !is_first => break,
                b'[' if self.peek() == Some(b':') && self.rest().windows(2).any(|pair| pair == b":]") => {
                    Escaped::Set(self.posix()?)
                }
                b'\\' => match self.next() {
                    Some(b'b') => Escaped::Octet(0x08),
                    Some(octet) => self.escaped(octet)?,
                    None => return Err(syntax("a backslash at the end")),
                },
                octet => Escaped::Octet(octet),
            };
            is_first = false;
            match member {
                Escaped::Set(members) => set.add(members),
                Escaped::Octet(from) => set.add(self.range(from)?),
            }
        }
        if flags.either_case {
            set = set.either_case();
        }
        Ok(if negated { set.negated() } else { set })
    }

    /// A range, where a hyphen and an end follow; else the octet alone.
    fn range(&mut self, from: u8) -> Result<Octets, PatternError> {
        if self.peek() != Some(b'-') || matches!(self.pattern.get(self.at + 1), None | Some(b']')) {
            return Ok(Octets::of(&[from]));
        }
        let before = self.at;
        self.at += 1;
        let to = match self.next() {
            Some(b'\\') => {
                let octet = self.next().unwrap_or(b'\\');
                if octet == b'b' { Escaped::Octet(0x08) } else { self.escaped(octet)? }
            }
            Some(octet) => Escaped::Octet(octet),
            None => return Err(syntax("a bracket is never closed")),
        };
        match to {
            Escaped::Octet(to) if from <= to => Ok(Octets::range(from, to)),
            Escaped::Octet(_) => Err(syntax("a range whose end is before its beginning")),
            Escaped::Set(_) => {
                self.at = before + 1;
                Ok(Octets::of(&[from, b'-']))
            }
        }
    }

    fn posix(&mut self) -> Result<Octets, PatternError> {
        self.at += 1;
        let written = self.until(b':')?;
        if !self.take(b"]") {
            return Err(syntax("a class name is never closed"));
        }
        let (name, negated) = match written.strip_prefix(b"^") {
            Some(name) => (name, true),
            None => (written.as_slice(), false),
        };
        let holds: fn(&u8) -> bool = match name {
            b"alpha" => u8::is_ascii_alphabetic,
            b"digit" => u8::is_ascii_digit,
            b"alnum" => u8::is_ascii_alphanumeric,
            b"upper" => u8::is_ascii_uppercase,
            b"lower" => u8::is_ascii_lowercase,
            b"punct" => u8::is_ascii_punctuation,
            b"xdigit" => u8::is_ascii_hexdigit,
            b"cntrl" => u8::is_ascii_control,
            b"graph" => u8::is_ascii_graphic,
            b"ascii" => u8::is_ascii,
            b"space" => |octet| space().contains(*octet),
            b"blank" => |octet| matches!(octet, b' ' | b'\t'),
            b"word" => |octet| word().contains(*octet),
            b"print" => |octet| octet.is_ascii_graphic() || *octet == b' ',
            _ => return Err(syntax("unknown class name")),
        };
        let mut set = Octets::NONE;
        (0..=u8::MAX).filter(holds).for_each(|octet| set.insert(octet));
        Ok(if negated { set.negated() } else { set })
    }
}

enum Escaped {
    Set(Octets),
    Octet(u8),
}

/// An octet by its number; characters beyond octets never stand in the text, which is octets.
fn numbered(code: u32) -> Escaped {
    u8::try_from(code).map_or(Escaped::Set(Octets::NONE), Escaped::Octet)
}

fn literal(octet: u8, flags: Flags) -> Node {
    let set = Octets::of(&[octet]);
    Node::Octets(if flags.either_case { set.either_case() } else { set })
}

fn digit() -> Octets {
    Octets::range(b'0', b'9')
}

fn word() -> Octets {
    let mut set = digit();
    set.add(Octets::range(b'a', b'z'));
    set.add(Octets::range(b'A', b'Z'));
    set.insert(b'_');
    set
}

fn space() -> Octets {
    Octets::of(b" \t\n\x0B\x0C\r")
}
