//! What hangs on a message: name, declared type and true type (magic bytes), and what is inside.

mod contents;
mod inside;
mod kind;
mod name;
mod script;

use crate::limits::Limits;

pub use contents::Contents;
use inside::Look;
pub use inside::{Entry, Format, Inside};
use kind::by_first_octets;

/// One attachment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// File name, decoded (RFC 2231, RFC 2047, raw Japanese).
    pub name: Option<String>,
    /// Content-Type as declared, lower case.
    pub declared: String,
    /// MIME type by the first bytes; `None` where they say nothing.
    pub actual: Option<String>,
    /// Octets, decoded (estimated where beyond the bound).
    pub size: usize,
    /// Content-Disposition inline, or referred to by Content-ID.
    pub inline: bool,
    /// What it holds, where it is an archive, a disc image or a compound document.
    pub inside: Option<Box<Inside>>,
    /// It is a page (HTML, SVG) that runs a script when it is opened.
    pub active: bool,
    /// Its octets, decoded when somebody asks.
    pub contents: Contents,
}

impl Attachment {
    /// Fills in what the octets tell: true type, size, what is inside.
    pub(crate) fn new(
        name: Option<String>,
        declared: String,
        inline: bool,
        contents: Contents,
        limits: &Limits,
    ) -> Self {
        let start = contents.start(limits.attachment_start);
        let mut actual = by_first_octets(&start, name.as_deref());
        let own_name = name.as_deref().unwrap_or_default();
        let mut inside = None;
        if Format::of(&start).is_some()
            || name::extension(own_name).is_some_and(|extension| extension == "zip")
            || (actual.is_none() && is_disc_image(&contents, own_name))
        {
            inside = Look::new(limits).inside(contents.octets(), own_name).map(Box::new);
        }
        if let Some(inside) = &mut inside {
            inside.cut |= contents.is_cut();
            actual = inside.kind.map(str::to_owned).or(actual);
            if inside.format == Format::Iso {
                actual = Some("application/x-iso9660-image".to_owned());
            }
        }
        let active = is_page(&declared, actual.as_deref(), own_name) && script::runs(contents.octets());
        Self { name, declared, actual, size: contents.size(), inline, inside, active, contents }
    }

    /// The last extension of the name, lower case. Trailing dots and spaces count for nothing, as on Windows; a
    /// right-to-left mark does not hide the true end of a name.
    pub fn extension(&self) -> Option<String> {
        name::extension(self.name.as_deref()?)
    }

    /// Whether opening it runs something: by its first bytes, its declared type or its name.
    pub fn executable(&self) -> bool {
        self.actual.as_deref().is_some_and(kind::runs)
            || kind::runs(&self.declared)
            || self.name.as_deref().is_some_and(name::runs)
    }

    /// What runs when it, or something in it, is opened: the name of the file, with the archive before it.
    pub fn runs(&self) -> Option<String> {
        let own = self.name.as_deref().unwrap_or(&self.declared);
        if self.executable() {
            return Some(own.to_owned());
        }
        let entry = self.inside.as_ref()?.executable()?;
        Some(format!("{own}/{}", entry.name))
    }

    /// `invoice.pdf.exe`: a harmless extension in front of one that runs; of the file itself or of one inside.
    pub fn has_double_extension(&self) -> bool {
        self.any_name(name::is_doubled)
    }

    /// The name, or that of a file inside, is written so that its end is not read as it is: turned by a mark from
    /// right to left, or pushed out of sight by spaces.
    pub fn has_feigned_name(&self) -> bool {
        self.any_name(|name| name::is_turned(name) || name::is_pushed_out_of_sight(name))
    }

    /// The first bytes contradict the name: it runs something, and is named as a document or picture.
    pub fn is_disguised(&self) -> bool {
        let disguised = |name: &str, actual: Option<&str>| {
            name::seems_harmless(name) && actual.is_some_and(|kind| kind::runs(kind) && !kind.contains("macroenabled"))
        };
        let inside = self.inside.iter().flat_map(|inside| &inside.entries);
        self.name.as_deref().is_some_and(|name| disguised(name, self.actual.as_deref()))
            || inside.into_iter().any(|entry| disguised(&entry.name, entry.actual.as_deref()))
    }

    /// The name says picture or PDF and the first bytes say something of another kind.
    pub fn contradicts_its_name(&self) -> bool {
        let (Some(extension), Some(actual)) = (self.extension(), &self.actual) else { return false };
        match extension.as_str() {
            "jpg" | "jpeg" | "png" | "gif" | "bmp" | "tif" | "tiff" | "heic" | "webp" => !actual.starts_with("image/"),
            "pdf" => actual != "application/pdf",
            _ => false,
        }
    }

    /// Opening it, or something in it, needs a password.
    pub fn is_encrypted(&self) -> bool {
        self.inside.as_ref().is_some_and(|inside| inside.encrypted)
    }

    /// A document in it brings a program with it.
    pub fn has_macros(&self) -> bool {
        self.inside.as_ref().is_some_and(|inside| inside.macros)
            || self.actual.as_deref().is_some_and(|kind| kind.contains("macroenabled"))
    }

    fn any_name(&self, is: impl Fn(&str) -> bool) -> bool {
        let inside = self.inside.iter().flat_map(|inside| &inside.entries);
        self.name.as_deref().is_some_and(&is) || inside.into_iter().any(|entry| is(&entry.name))
    }
}

/// Whether it may be the image of a disc, whose mark stands far from the start: asked only where nothing else fits.
fn is_disc_image(contents: &Contents, name: &str) -> bool {
    if contents.travelled() <= inside::DESCRIPTORS {
        return false;
    }
    let named = name::extension(name).is_some_and(|extension| matches!(extension.as_str(), "iso" | "img" | "udf"));
    named || Format::of(&contents.start(inside::DESCRIPTORS + 8)) == Some(Format::Iso)
}

/// Whether a browser shows it as a page: HTML, XHTML, SVG.
fn is_page(declared: &str, actual: Option<&str>, name: &str) -> bool {
    let page = |kind: &str| matches!(kind, "text/html" | "application/xhtml+xml" | "image/svg+xml");
    let named = name::extension(name)
        .is_some_and(|extension| matches!(extension.as_str(), "html" | "htm" | "shtml" | "xhtml" | "svg" | "xht"));
    page(declared) || actual.is_some_and(page) || named
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> Attachment {
        Attachment {
            name: Some(name.to_owned()),
            declared: "application/octet-stream".to_owned(),
            actual: None,
            size: 1,
            inline: false,
            inside: None,
            active: false,
            contents: Contents::default(),
        }
    }

    #[test]
    fn names_tell_what_runs() {
        for (name, runs, double) in [
            ("a.exe", true, false),
            ("請求書.pdf.exe", true, true),
            ("invoice.pdf                    .scr", true, true),
            ("invoice.PDF.EXE.", true, true),
            ("report\u{202E}fdp.exe", true, false),
            ("ｓｅｔｕｐ．ＥＸＥ", true, false),
            ("v1.2.3.pdf", false, false),
            ("archive.tar.gz", false, false),
            ("photo.jpg", false, false),
            ("noextension", false, false),
        ] {
            let attachment = named(name);
            assert_eq!((attachment.executable(), attachment.has_double_extension()), (runs, double), "{name}");
        }
    }

    #[test]
    fn a_program_named_as_a_picture_is_disguised() {
        let program = Attachment { actual: by_first_octets(b"MZ\x90\0\x03\0\0\0", None), ..named("photo.jpg") };
        assert!(program.executable());
        assert!(program.is_disguised());
        assert!(!named("photo.jpg").is_disguised());
    }
}
