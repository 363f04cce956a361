//! The sentences of the pages in both languages: Fluent files under `messages/`.
//!
//! A test compares ids and arguments of the two files, and that every id a page uses exists.

use std::sync::OnceLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use policy::Language;
use unic_langid::LanguageIdentifier;

/// The Japanese sentences as they stand in the file.
pub const JA: &str = concat!(include_str!("../messages/ja.ftl"), include_str!("../messages/account/ja.ftl"));
/// The English ones.
pub const EN: &str = concat!(include_str!("../messages/en.ftl"), include_str!("../messages/account/en.ftl"));

/// What can stand in a sentence: text, or a number that may decide its form.
pub trait Argument {
    /// As Fluent takes it.
    fn value(&self) -> FluentValue<'static>;
}

impl Argument for str {
    fn value(&self) -> FluentValue<'static> {
        FluentValue::from(self.to_owned())
    }
}

impl Argument for String {
    fn value(&self) -> FluentValue<'static> {
        FluentValue::from(self.clone())
    }
}

impl Argument for usize {
    fn value(&self) -> FluentValue<'static> {
        FluentValue::from(*self)
    }
}

impl Argument for u64 {
    fn value(&self) -> FluentValue<'static> {
        FluentValue::from(*self)
    }
}

impl Argument for i64 {
    fn value(&self) -> FluentValue<'static> {
        FluentValue::from(*self)
    }
}

impl Argument for u16 {
    fn value(&self) -> FluentValue<'static> {
        FluentValue::from(*self)
    }
}

impl<T: Argument + ?Sized> Argument for &T {
    fn value(&self) -> FluentValue<'static> {
        (**self).value()
    }
}

/// Speaks one of the two languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words(pub Language);

struct Bundles {
    ja: FluentBundle<FluentResource>,
    en: FluentBundle<FluentResource>,
}

impl Words {
    /// The sentence with this id.
    pub fn say(self, id: &str) -> String {
        self.format(id, None)
    }

    /// With one argument.
    pub fn say1(self, id: &str, name: &str, value: impl Argument) -> String {
        let mut arguments = FluentArgs::new();
        arguments.set(name, value.value());
        self.format(id, Some(&arguments))
    }

    /// With two arguments.
    pub fn say2(self, id: &str, first: &str, value: impl Argument, second: &str, other: impl Argument) -> String {
        let mut arguments = FluentArgs::new();
        arguments.set(first, value.value());
        arguments.set(second, other.value());
        self.format(id, Some(&arguments))
    }

    /// An id without a sentence gives the id itself, so that a page never breaks over a missing word.
    fn format(self, id: &str, arguments: Option<&FluentArgs<'_>>) -> String {
        let bundle = match self.0 {
            Language::Ja => &bundles().ja,
            Language::En => &bundles().en,
        };
        let Some(pattern) = bundle.get_message(id).and_then(|message| message.value()) else {
            return id.to_owned();
        };
        let mut faults = Vec::new();
        let text = bundle.format_pattern(pattern, arguments, &mut faults).into_owned();
        if !faults.is_empty() {
            tracing::warn!(id, ?faults, "a sentence of the pages lacks an argument");
        }
        text
    }
}

fn bundles() -> &'static Bundles {
    static BUNDLES: OnceLock<Bundles> = OnceLock::new();
    BUNDLES.get_or_init(|| Bundles { ja: bundle("ja", JA), en: bundle("en", EN) })
}

fn bundle(language: &str, text: &str) -> FluentBundle<FluentResource> {
    let mut bundle = FluentBundle::new_concurrent(vec![language.parse::<LanguageIdentifier>().unwrap_or_default()]);
    // Isolation marks would end up in attributes and in what people copy.
    bundle.set_use_isolating(false);
    let resource = match FluentResource::try_new(text.to_owned()) {
        Ok(resource) => resource,
        Err((resource, faults)) => {
            tracing::error!(?faults, "a language file cannot be read whole");
            resource
        }
    };
    if let Err(faults) = bundle.add_resource(resource) {
        tracing::error!(?faults, "a language file says something twice");
    }
    bundle
}
