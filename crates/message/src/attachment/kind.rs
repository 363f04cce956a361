//! The true type of a file by its first octets: infer's table, and what mail brings that it lacks.

/// The MIME type that the first octets tell. `name` is asked only where a script has no signature of its own.
pub(crate) fn by_first_octets(octets: &[u8], name: Option<&str>) -> Option<String> {
    if let Some(kind) = own(octets) {
        return Some(kind.to_owned());
    }
    if let Some(kind) = infer::get(octets) {
        return Some(kind.mime_type().to_owned());
    }
    text(octets, name).map(str::to_owned)
}

/// Whether opening a file of this type runs something.
pub(crate) fn runs(kind: &str) -> bool {
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
}

/// Signatures that infer does not have, or where a closer look is needed.
fn own(octets: &[u8]) -> Option<&'static str> {
    // [MS-SHLLINK] 2.1: HeaderSize and LinkCLSID
    if octets.starts_with(b"L\0\0\0\x01\x14\x02\0") {
        return Some("application/x-ms-shortcut");
    }
    // [MS-ONESTORE] 2.3.1: guidFileType of .one and .onetoc2
    if octets.starts_with(b"\xE4\x52\x5C\x7B\x8C\xD8\xA7\x4D")
        || octets.starts_with(b"\xA1\x2F\xFF\x43\xD9\xEF\x76\x4C")
    {
        return Some("application/onenote");
    }
    if octets.starts_with(b"ITSF") {
        return Some("application/vnd.ms-htmlhelp");
    }
    if octets.starts_with(b"conectix") || octets.starts_with(b"vhdxfile") {
        return Some("application/x-vhd");
    }
    if octets.starts_with(b"MSCF") {
        return Some("application/vnd.ms-cab-compressed");
    }
    if octets.starts_with(b"MZ") {
        return Some("application/vnd.microsoft.portable-executable");
    }
    // Before what infer finds further on: a script can carry a document behind it.
    if octets.starts_with(b"#!") {
        return Some("text/x-shellscript");
    }
    if octets.starts_with(b"PK\x03\x04") {
        return Some(zip(octets));
    }
    if octets.starts_with(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1") {
        return Some("application/x-ole-storage");
    }
    // ISO 9660 §6.7.1: the first descriptor stands in sector 16, seldom within what is looked at
    if octets.get(0x8001..0x8006) == Some(b"CD001") {
        return Some("application/x-iso9660-image");
    }
    None
}

/// A ZIP archive by the names at its start: Office documents, with and without macros, and Java.
fn zip(octets: &[u8]) -> &'static str {
    let has = |name: &[u8]| memchr::memmem::find(octets, name).is_some();
    let office = has(b"[Content_Types].xml") || has(b"_rels/.rels");
    if office && has(b"vbaProject.bin") {
        return "application/vnd.ms-office.macroenabled";
    }
    if has(b"word/") && office {
        return "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
    }
    if has(b"xl/") && office {
        return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    }
    if has(b"ppt/") && office {
        return "application/vnd.openxmlformats-officedocument.presentationml.presentation";
    }
    if has(b"META-INF/") && (has(b".class") || has(b"MANIFEST.MF")) {
        return "application/java-archive";
    }
    "application/zip"
}

/// Scripts and documents that are text.
fn text(octets: &[u8], name: Option<&str>) -> Option<&'static str> {
    let start = octets.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(octets).trim_ascii_start();
    let lower = start.get(..start.len().min(1024)).unwrap_or_default().to_ascii_lowercase();
    let has = |sign: &[u8]| memchr::memmem::find(&lower, sign).is_some();
    if lower.starts_with(b"#!") {
        return Some("text/x-shellscript");
    }
    if lower.starts_with(b"@echo off") || lower.starts_with(b"@echo off\r") {
        return Some("application/x-bat");
    }
    if lower.starts_with(b"[internetshortcut]") {
        return Some("application/x-internet-shortcut");
    }
    if has(b"<hta:application") {
        return Some("application/hta");
    }
    if lower.starts_with(b"<!doctype html") || lower.starts_with(b"<html") || lower.starts_with(b"<head") {
        return Some("text/html");
    }
    if lower.starts_with(b"<svg") || (lower.starts_with(b"<?xml") && has(b"<svg")) {
        return Some("image/svg+xml");
    }
    if has(b"wscript.shell") || has(b"createobject(") || has(b"activexobject") {
        let script = name.is_some_and(|name| name.to_ascii_lowercase().ends_with(".js"));
        return Some(if script { "text/javascript" } else { "text/vbscript" });
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_known_by_their_first_octets() {
        for (octets, kind) in [
            (&b"%PDF-1.7\n"[..], Some("application/pdf")),
            (b"\x89PNG\r\n\x1a\n", Some("image/png")),
            (b"GIF89a", Some("image/gif")),
            (b"MZ\x90\0", Some("application/vnd.microsoft.portable-executable")),
            (b"L\0\0\0\x01\x14\x02\0\0\0", Some("application/x-ms-shortcut")),
            (b"\xE4\x52\x5C\x7B\x8C\xD8\xA7\x4D\xAE", Some("application/onenote")),
            (
                b"PK\x03\x04....[Content_Types].xml....word/document.xml",
                Some("application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
            ),
            (b"PK\x03\x04....[Content_Types].xml..word/vbaProject.bin", Some("application/vnd.ms-office.macroenabled")),
            (b"PK\x03\x04....a.txt", Some("application/zip")),
            (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1\0", Some("application/x-ole-storage")),
            (b"\r\n<html><body>", Some("text/html")),
            (b"Set x = CreateObject(\"WScript.Shell\")", Some("text/vbscript")),
            (b"#!/bin/sh\n", Some("text/x-shellscript")),
            (b"just text", None),
            (b"", None),
        ] {
            assert_eq!(by_first_octets(octets, None).as_deref(), kind, "{}", String::from_utf8_lossy(octets));
        }
    }

    #[test]
    fn a_disc_image_is_known_where_its_descriptor_is_seen() {
        let mut image = vec![0; 0x8001];
        image.extend_from_slice(b"CD001");
        assert_eq!(by_first_octets(&image, None).as_deref(), Some("application/x-iso9660-image"));
    }
}
