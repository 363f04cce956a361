//! The fields of a message that keyword rules look at, folded when first asked for.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use message::normal::{Normal, compared, fold};
use message::{Envelope, Message};

use super::Field;

/// The folded fields of one message, for any number of rules.
#[derive(Debug)]
pub struct Fields<'m> {
    message: &'m Message,
    envelope: &'m Envelope,
    folded: RefCell<HashMap<Field, Rc<[Text<'m>]>>>,
}

/// One value of a field.
#[derive(Debug)]
pub(super) struct Text<'m> {
    /// Folded.
    pub(super) folded: Cow<'m, str>,
    /// Folded, with what is set between letters taken out; `None` where that changes nothing.
    pub(super) squeezed: Option<Cow<'m, str>>,
}

impl<'m> Fields<'m> {
    /// The fields of a message and its envelope.
    pub fn new(message: &'m Message, envelope: &'m Envelope) -> Self {
        Self { message, envelope, folded: RefCell::default() }
    }

    /// Every value of a field.
    pub(super) fn texts(&self, field: &Field) -> Rc<[Text<'m>]> {
        if let Some(texts) = self.folded.borrow().get(field) {
            return Rc::clone(texts);
        }
        let texts: Rc<[Text<'m>]> = match field {
            // The longest text by far, and the same for every recipient.
            Field::Body => Rc::new([Text::body(&self.message.normal)]),
            _ => self.read(field).into_iter().map(Text::new).collect(),
        };
        self.folded.borrow_mut().insert(field.clone(), Rc::clone(&texts));
        texts
    }

    fn read(&self, field: &Field) -> Vec<String> {
        let sender = || self.envelope.mail_from.address();
        match field {
            Field::FromAddress => {
                let written = self.message.headers.authors().iter().map(|mailbox| match &mailbox.address {
                    Some(address) => address.to_string(),
                    None => mailbox.spec.clone(),
                });
                written.chain(sender().map(ToString::to_string)).map(|text| fold(&text)).collect()
            }
            Field::FromDomain => {
                let from = self.message.headers.authors().iter().filter_map(|mailbox| mailbox.address.as_ref());
                from.chain(sender()).map(|address| address.domain().to_string()).collect()
            }
            Field::Subject => vec![self.message.normal.subject.clone()],
            Field::To => self.values("To"),
            Field::Cc => self.values("Cc"),
            Field::Date => self.values("Date"),
            Field::Received => self.values("Received"),
            Field::ReturnPath => {
                let mut values = self.values("Return-Path");
                values.extend(sender().map(|address| fold(&address.to_string())));
                values
            }
            Field::XMailer => [self.values("X-Mailer"), self.values("User-Agent")].concat(),
            Field::ContentType => self.values("Content-Type"),
            Field::Charset => self.message.charsets.clone(),
            Field::Header(name) => self.values(name),
            Field::AllHeaders => {
                let fields = self.message.headers.fields.iter();
                fields.map(|field| fold(&format!("{}: {}", field.name, field.value.trim()))).collect()
            }
            Field::Body => vec![compared(&self.message.normal.body).to_owned()],
        }
    }

    fn values(&self, name: &str) -> Vec<String> {
        self.message.headers.all(name).map(|field| fold(field.value.trim())).collect()
    }
}

impl<'m> Text<'m> {
    fn body(normal: &'m Normal) -> Self {
        let squeezed = normal.squeezed_body().map(Cow::Borrowed);
        Self { folded: Cow::Borrowed(compared(&normal.body)), squeezed }
    }

    fn new(mut folded: String) -> Self {
        folded.truncate(compared(&folded).len());
        let squeezed = message::normal::squeeze(&folded);
        Self { squeezed: (squeezed != folded).then_some(Cow::Owned(squeezed)), folded: Cow::Owned(folded) }
    }
}
