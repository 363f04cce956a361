//! Writes a tree for the linear engine. What that cannot do is left out, so that it lets too much through and never too
//! little.

use std::fmt::Write;

use super::tree::{self, Appetite, Node, Octets, Place};

pub(super) fn linear(tree: &Node) -> String {
    // What passes is asked again where the tree needs more, so that long counts need not be counted here.
    let mut written = Writer { text: String::new(), loose: !tree.is_linear() };
    written.node(tree);
    written.text
}

struct Writer {
    text: String,
    /// Repetitions of many states have no upper bound.
    loose: bool,
}

impl Writer {
    fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn node(&mut self, node: &Node) {
        match node {
            Node::Empty => self.push("(?:)"),
            Node::Octets(set) => self.octets(*set),
            Node::Place(place) => self.place(*place),
            Node::Concat(list) => list.iter().for_each(|node| self.alone(node)),
            Node::Any(list) => {
                for (number, node) in list.iter().enumerate() {
                    if number > 0 {
                        self.push("|");
                    }
                    self.node(node);
                }
            }
            Node::Repeat { inner, least, most, appetite } => self.repeat(inner, *least, *most, *appetite),
            Node::Group(inner) => self.wrapped("(", inner),
            Node::Atomic(inner) => self.wrapped("(?:", inner),
            // What stands in a look-around takes no text.
            Node::Look { .. } => self.push("(?:)"),
            Node::Back { .. } => self.push("(?s:.*)"),
            Node::If { yes, no, .. } => {
                self.push("(?:");
                self.wrapped("(?:", yes);
                self.push("|");
                self.wrapped("(?:", no);
                self.push(")");
            }
        }
    }

    fn wrapped(&mut self, open: &str, inner: &Node) {
        self.push(open);
        self.node(inner);
        self.push(")");
    }

    /// Writes a node so that what follows does not become part of it.
    fn alone(&mut self, node: &Node) {
        match node {
            Node::Any(_) => self.wrapped("(?:", node),
            _ => self.node(node),
        }
    }

    fn repeat(&mut self, inner: &Node, least: u32, most: Option<u32>, appetite: Appetite) {
        self.wrapped("(?:", inner);
        let is_long = tree::states(inner, most.unwrap_or(least)) > tree::LOOSE;
        let (least, most) = if self.loose && is_long { (least.min(1), None) } else { (least, most) };
        match (least, most) {
            (0, None) => self.push("*"),
            (1, None) => self.push("+"),
            (0, Some(1)) => self.push("?"),
            (least, None) => drop(write!(self.text, "{{{least},}}")),
            (least, Some(most)) => drop(write!(self.text, "{{{least},{most}}}")),
        }
        if appetite == Appetite::Lazy {
            self.push("?");
        }
    }

    fn place(&mut self, place: Place) {
        match place {
            Place::Start => self.push(r"\A"),
            Place::LineStart => self.push("(?m:^)"),
            Place::End => self.push(r"\z"),
            Place::EndOrLineFeed => self.push(r"(?:\n?\z)"),
            Place::LineEnd => self.push("(?m:$)"),
            Place::WordBoundary => self.push(r"\b"),
            Place::NoWordBoundary => self.push(r"\B"),
        }
    }

    fn octets(&mut self, set: Octets) {
        let members: Vec<u8> = set.iter().collect();
        match members.as_slice() {
            [one] => self.octet(*one),
            // The class of nothing, which never matches.
            [] => self.push(r"[^\x00-\xFF]"),
            _ => {
                self.push("[");
                let mut at = 0;
                while let Some(&first) = members.get(at) {
                    let run = members[at..].iter().zip(first..=u8::MAX).take_while(|(have, want)| *have == want);
                    let length = run.count();
                    self.octet(first);
                    if length > 1 {
                        if length > 2 {
                            self.push("-");
                        }
                        self.octet(members[at + length - 1]);
                    }
                    at += length;
                }
                self.push("]");
            }
        }
    }

    fn octet(&mut self, octet: u8) {
        if octet.is_ascii_alphanumeric() {
            self.text.push(char::from(octet));
        } else {
            let _ = write!(self.text, "\\x{octet:02X}");
        }
    }
}
