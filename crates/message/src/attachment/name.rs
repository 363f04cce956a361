//! What a file's name says, and how it deceives: the last extension decides what opens it.

use crate::normal::fold;

/// Spaces in a row that push the end of a name out of sight.
const OUT_OF_SIGHT: usize = 8;

/// Extensions of files that run, or make something run, when they are opened on a common desktop.
const RUNS: [&str; 85] = [
    "ade",
    "adp",
    "app",
    "application",
    "appref-ms",
    "appx",
    "appxbundle",
    "bat",
    "chm",
    "cmd",
    "com",
    "command",
    "cpl",
    "desktop",
    "diagcab",
    "dll",
    "dmg",
    "docm",
    "dotm",
    "exe",
    "gadget",
    "hlp",
    "hta",
    "img",
    "inf",
    "ins",
    "iqy",
    "iso",
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
    "msu",
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
    "psm1",
    "py",
    "pyw",
    "rdp",
    "reg",
    "scf",
    "scr",
    "sct",
    "search-ms",
    "settingcontent-ms",
    "sh",
    "shb",
    "sldm",
    "slk",
    "sys",
    "url",
    "vb",
    "vbe",
    "vbs",
    "vhd",
    "vhdx",
    "vxd",
    "ws",
    "wsb",
    "wsc",
    "wsf",
    "wsh",
    "xbap",
    "xlam",
    "xll",
    "xlsm",
];

/// Extensions that a person takes for a document or a picture.
const HARMLESS: [&str; 30] = [
    "pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "txt", "rtf", "csv", "odt", "ods", "jpg", "jpeg", "png", "gif",
    "bmp", "tif", "tiff", "heic", "mp3", "mp4", "mov", "wav", "avi", "htm", "html", "xml", "eml", "jtd",
];

/// Extensions of archives and images of discs.
const HOLDS: [&str; 18] = [
    "zip", "rar", "7z", "tar", "gz", "tgz", "bz2", "tbz", "xz", "txz", "zst", "lzh", "lha", "cab", "arj", "ace", "z",
    "zipx",
];

/// The last part of a path.
pub(crate) fn file(name: &str) -> &str {
    name.rsplit(['/', '\\']).next().unwrap_or(name)
}

/// The extensions of a name from left to right, lower case. Trailing dots and spaces count for nothing, as on Windows;
/// a mark that turns the direction does not hide the true end.
pub(crate) fn extensions(name: &str) -> Vec<String> {
    let seen: String =
        file(name).chars().filter(|c| !matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}')).collect();
    let seen = fold(&seen);
    let trimmed = seen.trim_end_matches(['.', ' ']);
    let mut parts = trimmed.split('.');
    let _stem = parts.next();
    parts.map(|part| part.trim().to_owned()).collect()
}

/// The last extension.
pub(crate) fn extension(name: &str) -> Option<String> {
    extensions(name).pop()
}

/// Whether a file of this name runs something when it is opened.
pub(crate) fn runs(name: &str) -> bool {
    extension(name).is_some_and(|extension| RUNS.contains(&extension.as_str()))
}

/// Whether a person takes it for a document or a picture.
pub(crate) fn seems_harmless(name: &str) -> bool {
    extension(name).is_some_and(|extension| HARMLESS.contains(&extension.as_str()))
}

/// `invoice.pdf.exe`: a harmless extension in front of one that runs.
pub(crate) fn is_doubled(name: &str) -> bool {
    let extensions = extensions(name);
    let [.., before, last] = extensions.as_slice() else { return false };
    let before = before.trim_end_matches(['_', ' ', '-']);
    (HARMLESS.contains(&before) || HOLDS.contains(&before)) && RUNS.contains(&last.as_str())
}

/// A mark that turns the direction (U+202E and its kin) stands in the name: `photo\u{202E}gpj.exe` shows as
/// `photoexe.jpg`.
pub(crate) fn is_turned(name: &str) -> bool {
    name.chars().any(|c| matches!(c, '\u{202A}' | '\u{202B}' | '\u{202D}' | '\u{202E}' | '\u{2066}' | '\u{2067}'))
}

/// Many spaces, of any kind, before the last extension.
pub(crate) fn is_pushed_out_of_sight(name: &str) -> bool {
    let Some((stem, _)) = file(name).rsplit_once('.') else { return false };
    let blank = |c: &char| c.is_whitespace() || matches!(c, '\u{2800}' | '\u{3164}' | '\u{00AD}' | '_');
    stem.chars().rev().take_while(blank).count() >= OUT_OF_SIGHT
}
