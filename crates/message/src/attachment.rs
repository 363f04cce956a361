//! What hangs on a message: name, declared type and true type (magic bytes).

mod contents;
mod kind;

pub use contents::Contents;
pub(crate) use kind::by_first_octets;

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
    /// Its octets, decoded when somebody asks.
    pub contents: Contents,
}

/// Extensions of files that run, or make something run, when they are opened on a common desktop.
const RUNS: [&str; 72] = [
    "ade",
    "adp",
    "app",
    "appref-ms",
    "appx",
    "appxbundle",
    "application",
    "bat",
    "chm",
    "cmd",
    "com",
    "cpl",
    "diagcab",
    "dll",
    "dmg",
    "docm",
    "dotm",
    "exe",
    "gadget",
    "hlp",
    "hta",
    "inf",
    "ins",
    "iso",
    "img",
    "isp",
    "jar",
    "jnlp",
    "js",
    "jse",
    "lib",
    "library-ms",
    "lnk",
    "mde",
    "msc",
    "msh",
    "msi",
    "msix",
    "msp",
    "mst",
    "nsh",
    "one",
    "pif",
    "pkg",
    "potm",
    "ppam",
    "ppsm",
    "pptm",
    "ps1",
    "psc1",
    "reg",
    "scf",
    "scr",
    "sct",
    "search-ms",
    "settingcontent-ms",
    "shb",
    "sldm",
    "sys",
    "url",
    "vb",
    "vbe",
    "vbs",
    "vhd",
    "vhdx",
    "vxd",
    "wsc",
    "wsf",
    "wsh",
    "xlam",
    "xlsm",
    "xll",
];

/// Extensions that a person takes for a document or a picture.
const HARMLESS: [&str; 30] = [
    "pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "txt", "rtf", "csv", "odt", "ods", "jpg", "jpeg", "png", "gif",
    "bmp", "tif", "tiff", "heic", "mp3", "mp4", "mov", "wav", "avi", "htm", "html", "xml", "eml", "jtd",
];

impl Attachment {
    /// The last extension of the name, lower case. Trailing dots and spaces count for nothing, as on Windows; a
    /// right-to-left mark does not hide the true end of a name.
    pub fn extension(&self) -> Option<String> {
        self.extensions().pop()
    }

    /// Whether opening it runs something: by its first bytes, its declared type or its name.
    pub fn executable(&self) -> bool {
        let by_type = |kind: &str| {
            matches!(
                kind,
                "application/vnd.microsoft.portable-executable"
                    | "application/x-executable"
                    | "application/x-mach-binary"
                    | "application/x-ms-shortcut"
                    | "application/x-msdownload"
                    | "application/x-dosexec"
                    | "application/x-iso9660-image"
                    | "application/onenote"
                    | "application/x-msi"
                    | "application/x-sh"
                    | "text/x-shellscript"
                    | "application/java-archive"
                    | "application/hta"
                    | "application/x-bat"
                    | "application/vnd.ms-htmlhelp"
                    | "application/x-powershell"
                    | "text/vbscript"
                    | "application/x-vhd"
                    | "application/x-apple-diskimage"
                    | "application/x-internet-shortcut"
            ) || kind.contains("macroenabled")
        };
        self.actual.as_deref().is_some_and(by_type)
            || by_type(&self.declared)
            || self.extension().is_some_and(|extension| RUNS.contains(&extension.as_str()))
    }

    /// `invoice.pdf.exe`: a harmless extension in front of one that runs, or the last one pushed out of sight by spaces.
    pub fn has_double_extension(&self) -> bool {
        let extensions = self.extensions();
        let [.., before, last] = extensions.as_slice() else { return false };
        HARMLESS.contains(&before.as_str()) && RUNS.contains(&last.as_str())
    }

    /// The first bytes contradict the name: it is a program, and is named as a document or picture.
    pub fn is_disguised(&self) -> bool {
        let program = self.actual.as_deref().is_some_and(|kind| {
            kind.contains("executable")
                || kind.contains("shortcut")
                || kind.contains("mach-binary")
                || kind.contains("script")
        });
        program && self.extension().is_some_and(|extension| HARMLESS.contains(&extension.as_str()))
    }

    /// The extensions of the name from left to right, lower case.
    fn extensions(&self) -> Vec<String> {
        let Some(name) = &self.name else { return Vec::new() };
        let seen: String =
            name.chars().filter(|c| !matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}')).collect();
        let seen = crate::normal::fold(&seen);
        let trimmed = seen.trim_end_matches(['.', ' ']);
        let mut parts = trimmed.split('.');
        let _stem = parts.next();
        parts.map(|part| part.trim().to_owned()).collect()
    }
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
