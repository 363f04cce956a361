//! A message as SpamAssassin sees it. Rules are written against its reading of broken mail, so that this is a reading
//! of its own beside the program's.

mod addresses;
pub(crate) mod body;
mod canonical;
mod charset;
mod content_type;
pub(crate) mod date;
pub(crate) mod domain;
pub(crate) mod header;
pub(crate) mod html;
pub(crate) mod links;
pub(crate) mod part;
mod relay_shapes;
pub(crate) mod relays;
mod request;
pub(crate) mod text;
mod transfer;

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use body::{Pieces, Rendered};
use html::Html;
use links::Links;
use part::Parts;
use relays::Relays;
pub(crate) use request::Request;

use crate::rules::Settings;

/// A message, read as far as rules have asked.
pub(crate) struct View<'m> {
    pub(crate) settings: &'m Settings,
    pub(crate) parts: Parts,
    pub(crate) relays: Relays,
    /// Rendered parts by number.
    rendered: Vec<Option<Rendered>>,
    /// Numbers of the leaves, in the order of the message.
    leaves: Vec<usize>,
    pub(crate) paragraphs: Pieces,
    decoded: OnceCell<Pieces>,
    pub(crate) links: Links,
    requests: RefCell<HashMap<String, Rc<Vec<Vec<u8>>>>>,
    pub(crate) mime: OnceCell<crate::eval::Mime>,
    pub(crate) images: OnceCell<crate::eval::Images>,
    /// Percent of letters that are capitals.
    pub(crate) capitals: OnceCell<f64>,
    /// Seconds by which Date is ahead of Received.
    pub(crate) shift: OnceCell<i64>,
    pub(crate) freemail: OnceCell<crate::eval::BodyAddresses>,
}

impl<'m> View<'m> {
    pub(crate) fn new(message: &[u8], settings: &'m Settings) -> Self {
        let parts = Parts::read(message);
        let head = parts.all.first();
        let all = |name: &str| -> Vec<Vec<u8>> {
            let fields = head.map(|part| part.fields.as_slice()).unwrap_or_default();
            fields.iter().filter(|field| field.is(name.as_bytes())).map(|field| field.decoded.clone()).collect()
        };
        let originating: Vec<Vec<u8>> = settings
            .originating
            .iter()
            .filter_map(|name| all(name).pop())
            .filter_map(|value| relays_address(&value))
            .collect();
        let relays = Relays::read(&all("Received"), &originating, &settings.networks);
        let rendered: Vec<Option<Rendered>> =
            parts.all.iter().map(|part| if part.is_leaf() { body::rendered(part) } else { None }).collect();
        let leaves: Vec<usize> = parts
            .below(0)
            .into_iter()
            .filter(|&number| parts.all.get(number).is_some_and(part::Part::is_leaf))
            .collect();
        let in_order = leaves.iter().map(|&number| rendered.get(number).and_then(Option::as_ref));
        let paragraphs = body::paragraphs(&parts, in_order);
        let mut view = Self {
            settings,
            parts,
            relays,
            rendered,
            leaves,
            paragraphs,
            decoded: OnceCell::new(),
            links: Links::default(),
            requests: RefCell::default(),
            mime: OnceCell::new(),
            images: OnceCell::new(),
            capitals: OnceCell::new(),
            shift: OnceCell::new(),
            freemail: OnceCell::new(),
        };
        view.links = view.find_links();
        view
    }

    fn find_links(&self) -> Links {
        let rules = links::Rules { domains: &self.settings.domains, redirectors: &self.settings.redirectors };
        let mut links = Links::default();
        links.of_text(&self.paragraphs.iter().collect::<Vec<_>>(), rules);
        for html in self.html() {
            links.of_html(html, rules);
        }
        for name in ["DomainKey-Signature", "DKIM-Signature"] {
            for value in self.get(name).iter() {
                for domain in signing_domains(&text::string(value)) {
                    links.of_signature(&domain, rules);
                }
            }
        }
        links
    }

    /// The decoded text, in pieces.
    pub(crate) fn decoded(&self) -> &Pieces {
        self.decoded.get_or_init(|| body::decoded(&self.parts))
    }

    /// HTML parts in the order of the message.
    pub(crate) fn html(&self) -> impl Iterator<Item = &Html> {
        let rendered = self.leaves.iter().filter_map(|&number| self.rendered.get(number)?.as_ref());
        rendered.filter_map(|rendered| rendered.html.as_ref())
    }

    /// A part as text.
    pub(crate) fn rendered(&self, number: usize) -> Option<&Rendered> {
        self.rendered.get(number)?.as_ref()
    }

    /// What a rule asks of the header: `Subject`, `From:addr`, `ALL:raw`, …
    pub(crate) fn get(&self, request: &str) -> Rc<Vec<Vec<u8>>> {
        if let Some(known) = self.requests.borrow().get(request) {
            return Rc::clone(known);
        }
        let found = Rc::new(Request::parse(request).answer(self));
        self.requests.borrow_mut().insert(request.to_owned(), Rc::clone(&found));
        found
    }

    /// The same as one text; `None` where there is nothing.
    pub(crate) fn joined(&self, request: &str) -> Option<Vec<u8>> {
        let found = self.get(request);
        let first = found.first()?;
        let between: &[u8] = if first.ends_with(b"\n") { b"" } else { b"\n" };
        Some(found.join(between))
    }

    /// The same as functions see it: an address or name is the first one, other fields are all in a row.
    pub(crate) fn value(&self, request: &str) -> Vec<u8> {
        let found = self.get(request);
        let single = [":addr", ":name", ":host", ":domain", ":ip", ":revip"].iter().any(|part| request.contains(part));
        if single || request == "EnvelopeFrom" {
            return found.first().map(|first| text::chomped(first).to_vec()).unwrap_or_default();
        }
        found.concat()
    }
}

/// The first address in a field.
fn relays_address(value: &[u8]) -> Option<Vec<u8>> {
    let pieces = value.split(|octet| !octet.is_ascii_hexdigit() && !matches!(octet, b'.' | b':'));
    pieces.filter(|piece| domain::is_address(piece)).map(<[u8]>::to_vec).next()
}

/// `d=` of a signature.
fn signing_domains(signature: &str) -> Vec<String> {
    let tags = signature.split(';').filter_map(|tag| tag.split_once('='));
    tags.filter(|(name, _)| name.trim() == "d").map(|(_, value)| value.split_whitespace().collect()).collect()
}
