//! What is found inside real archives (`tests/archives/`), and that hostile ones cost nothing and break nothing.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use message::attachment::{Attachment, Format};
use message::{Limits, Message};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/archives")
}

fn octets(name: &str) -> Vec<u8> {
    std::fs::read(folder().join(name)).expect(name)
}

/// The attachment of a message that carries these octets under this name.
fn attached(name: &str, octets: &[u8]) -> Attachment {
    let mut raw = format!(
        "From: a@example.com\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhello\r\n--b\r\n\
         Content-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=\"{name}\"\r\n\r\n"
    )
    .into_bytes();
    raw.extend_from_slice(octets);
    raw.extend_from_slice(b"\r\n--b--\r\n");
    let message = Message::parse(raw.into(), &Limits::default());
    message.attachments.into_iter().next().expect(name)
}

struct Row {
    file: &'static str,
    format: Format,
    names: &'static [&'static str],
    /// What holds of it, by letter: e(ncrypted) m(acros) c(ut) b(omb) x (broken) r(uns) d(isguised) 2 (double extension).
    traits: &'static str,
}

const fn row(file: &'static str, format: Format, traits: &'static str, names: &'static [&'static str]) -> Row {
    Row { file, format, names, traits }
}

const ROWS: &[Row] = &[
    row("plain.zip", Format::Zip, "", &["note.txt", "real.pdf"]),
    row("utf8.zip", Format::Zip, "r2", &["請求書.pdf.exe", "note.txt"]),
    row("sjis.zip", Format::Zip, "r", &["見積書/表示ソフト.exe"]),
    row("disguised.zip", Format::Zip, "rd", &["photo.jpg"]),
    row("encrypted.zip", Format::Zip, "er2", &["note.txt", "請求書.pdf.exe"]),
    row("aes.zip", Format::Zip, "e", &["note.txt"]),
    row("nested.zip", Format::Zip, "r2", &["utf8.zip", "utf8.zip/請求書.pdf.exe", "utf8.zip/note.txt"]),
    row(
        "deeper.zip",
        Format::Zip,
        "r2",
        &["nested.zip", "nested.zip/utf8.zip", "nested.zip/utf8.zip/請求書.pdf.exe", "nested.zip/utf8.zip/note.txt"],
    ),
    row(
        "toodeep.zip",
        Format::Zip,
        "b",
        &[
            "deepest.zip",
            "deepest.zip/deeper.zip",
            "deepest.zip/deeper.zip/nested.zip",
            "deepest.zip/deeper.zip/nested.zip/utf8.zip",
        ],
    ),
    row("bomb.zip", Format::Zip, "b", &["bomb.zip", "bomb.zip/-"]),
    row("cut.zip", Format::Zip, "x", &["note.txt", "real.pdf"]),
    row("before.zip", Format::Zip, "r", &["note.txt", "real.pdf"]),
    row(
        "macro.docm",
        Format::Zip,
        "mr",
        &["[Content_Types].xml", "_rels/.rels", "word/document.xml", "word/vbaProject.bin"],
    ),
    row("plain.docx", Format::Zip, "", &["[Content_Types].xml", "_rels/.rels", "word/document.xml"]),
    row("program.jar", Format::Zip, "r", &["META-INF/MANIFEST.MF", "a/B.class"]),
    row("plain.tar", Format::Tar, "r2", &["a/note.txt", "a/請求書.pdf.exe"]),
    row("plain.tar.gz", Format::Gzip, "r2", &["a/note.txt", "a/請求書.pdf.exe"]),
    row(
        "long.tar.gz",
        Format::Gzip,
        "r",
        &[
            "a-very-long-folder-name-that-goes-on-and-on-and-on/another-long-folder-name-that-goes-on/and-a-file-with-a-long-name.vbs",
        ],
    ),
    row("one.gz", Format::Gzip, "", &["note.txt"]),
    row("program.exe.gz", Format::Gzip, "r", &["program.exe"]),
    row("bare.7z", Format::SevenZip, "r2", &["note.txt", "請求書.pdf.exe"]),
    row("plain.7z", Format::SevenZip, "", &["note.txt", "real.pdf"]),
    row("stored.7z", Format::SevenZip, "", &["note.txt", "real.pdf"]),
    row("encrypted.7z", Format::SevenZip, "e", &["note.txt"]),
    row("hidden.7z", Format::SevenZip, "ec", &[]),
    row("disc.iso", Format::Iso, "r2", &["請求書.pdf.exe", "sub/note.txt"]),
    row("bare.iso", Format::Iso, "r", &["NOTE.TXT"]),
];

fn traits(attachment: &Attachment) -> String {
    let inside = attachment.inside.as_ref().expect("it has an inside");
    let told = [
        ('e', attachment.is_encrypted()),
        ('m', attachment.has_macros()),
        ('c', inside.cut),
        ('b', inside.bomb),
        ('x', inside.broken),
        ('r', attachment.runs().is_some()),
        ('d', attachment.is_disguised()),
        ('2', attachment.has_double_extension()),
    ];
    told.into_iter().filter(|(_, holds)| *holds).map(|(letter, _)| letter).collect()
}

#[test]
fn every_archive_of_the_folder_tells_what_it_holds() {
    let mut wrong = Vec::new();
    for row in ROWS {
        let attachment = attached(row.file, &octets(row.file));
        let Some(inside) = &attachment.inside else {
            wrong.push(format!("{}: nothing inside", row.file));
            continue;
        };
        let names: Vec<&str> = inside.entries.iter().map(|entry| entry.name.as_str()).collect();
        let told = (inside.format, traits(&attachment));
        if names != row.names || told != (row.format, row.traits.to_owned()) {
            wrong.push(format!("{}: {told:?} {names:?}", row.file));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let tested: BTreeSet<&str> = ROWS.iter().map(|row| row.file).collect();
    for entry in std::fs::read_dir(folder()).expect("the folder is part of the crate") {
        let name = entry.expect("readable").file_name().to_string_lossy().into_owned();
        assert!(name == "README.md" || tested.contains(name.as_str()), "{name} has no row");
    }
}

#[test]
fn every_archive_cut_anywhere_or_with_a_changed_octet_is_still_read() {
    for row in ROWS {
        let whole = octets(row.file);
        let step = (whole.len() / 300).max(1);
        for at in (0..whole.len()).step_by(step) {
            let cut = attached(row.file, &whole[..at]);
            assert!(cut.size <= whole.len());
            let mut changed = whole.clone();
            changed[at] = !changed[at];
            let limit = Limits::default().archive_entries;
            let entries = attached(row.file, &changed).inside.map_or(0, |inside| inside.entries.len());
            assert!(entries <= limit, "{}: {entries}", row.file);
        }
    }
}

#[test]
fn types_that_the_list_of_parts_tells_are_told() {
    let kind = |file: &str| attached(file, &octets(file)).actual;
    assert_eq!(kind("before.zip").as_deref(), Some("text/x-shellscript"));
    assert_eq!(kind("macro.docm").as_deref(), Some("application/vnd.ms-office.macroenabled"));
    assert_eq!(kind("program.jar").as_deref(), Some("application/java-archive"));
    assert_eq!(
        kind("plain.docx").as_deref(),
        Some("application/vnd.openxmlformats-officedocument.wordprocessingml.document")
    );
    assert_eq!(kind("disc.iso").as_deref(), Some("application/x-iso9660-image"));
}

/// RAR 4 as its technote describes it: no free program writes it, so the headers are put together here.
fn rar_4(name: &[u8], flags: u16) -> Vec<u8> {
    let mut file = b"Rar!\x1A\x07\x00\0\0\x73\0\0\x0D\0\0\0\0\0\0\0".to_vec();
    file.extend_from_slice(&[0, 0, 0x74]);
    file.extend_from_slice(&(flags | 0x8000).to_le_bytes());
    file.extend_from_slice(&u16::try_from(32 + name.len()).expect("a short name").to_le_bytes());
    file.extend_from_slice(&4u32.to_le_bytes());
    file.extend_from_slice(&9u32.to_le_bytes());
    file.extend_from_slice(&[0; 11]);
    file.extend_from_slice(&u16::try_from(name.len()).expect("a short name").to_le_bytes());
    file.extend_from_slice(&[0; 4]);
    file.extend_from_slice(name);
    file.extend_from_slice(b"data\0\0\x7B\0\0\x07\0");
    file
}

/// RAR 5: signature, main header, one file, end.
fn rar_5(name: &[u8], encrypted: bool) -> Vec<u8> {
    let mut file = b"Rar!\x1A\x07\x01\0".to_vec();
    let header = |fields: &[u8]| {
        let length = u8::try_from(fields.len()).expect("a short header");
        [&[0, 0, 0, 0, length][..], fields].concat()
    };
    file.extend_from_slice(&header(&[1, 0, 0]));
    let extra: &[u8] = if encrypted { &[2, 1, 0] } else { &[2, 2, 0] };
    let mut fields = vec![2, 3, u8::try_from(extra.len()).expect("short"), 4, 0, 9, 0, 0, 1];
    fields.push(u8::try_from(name.len()).expect("a short name"));
    fields.extend_from_slice(name);
    fields.extend_from_slice(extra);
    file.extend_from_slice(&header(&fields));
    file.extend_from_slice(b"data");
    file.extend_from_slice(&header(&[5, 0, 0]));
    file
}

#[test]
fn rar_is_read_in_both_formats() {
    let (shift_jis, _, _) = encoding_rs::SHIFT_JIS.encode("表.exe");
    let names = |octets: &[u8]| -> (Vec<String>, bool) {
        let inside = attached("a.rar", octets).inside.expect("a RAR has an inside");
        assert!(!inside.cut && !inside.broken, "{inside:?}");
        (inside.entries.into_iter().map(|entry| entry.name).collect(), inside.encrypted)
    };
    assert_eq!(names(&rar_4(&shift_jis, 0)), (vec!["表.exe".to_owned()], false));
    assert_eq!(names(&rar_4(b"a\\b.txt", 4)), (vec!["a/b.txt".to_owned()], true));
    assert_eq!(names(&rar_5("表.exe".as_bytes(), false)), (vec!["表.exe".to_owned()], false));
    assert_eq!(names(&rar_5(b"b.txt", true)), (vec!["b.txt".to_owned()], true));
    let hidden = b"Rar!\x1A\x07\x00\0\0\x73\x80\0\x0D\0\0\0\0\0\0\0";
    assert_eq!(names(hidden), (Vec::new(), true));
}

/// LZH of one entry, at a level.
fn lzh(level: u8, name: &[u8]) -> Vec<u8> {
    let length = |extra: usize| u8::try_from(name.len() + extra).expect("a short name");
    let mut fixed = b"-lh0-".to_vec();
    fixed.extend_from_slice(&4u32.to_le_bytes());
    fixed.extend_from_slice(&4u32.to_le_bytes());
    fixed.extend_from_slice(&[0, 0, 0, 0, 0x20, level]);
    let mut file = Vec::new();
    if level == 2 {
        let total = 24 + 2 + 3 + name.len() + 2;
        file.extend_from_slice(&u16::try_from(total).expect("short").to_le_bytes());
        file.extend_from_slice(&fixed);
        file.extend_from_slice(&[0, 0, b'M']);
        file.extend_from_slice(&u16::from(length(3)).to_le_bytes());
        file.push(1);
        file.extend_from_slice(name);
        file.extend_from_slice(&[0, 0]);
        file.resize(total, 0);
    } else {
        file.extend_from_slice(&[length(22), 0]);
        file.extend_from_slice(&fixed);
        file.push(length(0));
        file.extend_from_slice(name);
        file.extend_from_slice(&[0, 0]);
    }
    file.extend_from_slice(b"data\0");
    file
}

#[test]
fn lzh_is_read_at_its_levels() {
    let (name, _, _) = encoding_rs::SHIFT_JIS.encode("ソフト.exe");
    for level in [0, 2] {
        let inside = attached("a.lzh", &lzh(level, &name)).inside.expect("an LZH has an inside");
        let names: Vec<&str> = inside.entries.iter().map(|entry| entry.name.as_str()).collect();
        assert_eq!((names, inside.broken), (vec!["ソフト.exe"], false), "level {level}");
    }
}

#[test]
fn a_cabinet_is_read() {
    let mut file = b"MSCF\0\0\0\0".to_vec();
    file.extend_from_slice(&[0; 8]);
    file.extend_from_slice(&36u32.to_le_bytes());
    file.extend_from_slice(&[0; 8]);
    file.extend_from_slice(&1u16.to_le_bytes());
    file.resize(36, 0);
    file.extend_from_slice(&9u32.to_le_bytes());
    file.extend_from_slice(&[0; 12]);
    file.extend_from_slice(b"setup.js\0");
    let attachment = attached("a.cab", &file);
    assert_eq!(attachment.runs().as_deref(), Some("a.cab/setup.js"));
}

/// A compound document of one directory sector with these storages.
fn compound(names: &[&str]) -> Vec<u8> {
    let mut file = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec();
    file.resize(512, 0);
    file[30] = 9;
    file[48] = 1;
    // The table is the first sector, the directory the second, and the chain ends there.
    let mut table = vec![0xFF; 512];
    table[4..8].copy_from_slice(&0xFFFF_FFFEu32.to_le_bytes());
    file.extend_from_slice(&table);
    for name in names {
        let mut entry: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let length = u8::try_from(entry.len() + 2).expect("a short name");
        entry.resize(128, 0);
        entry[64] = length;
        file.extend_from_slice(&entry);
    }
    file.resize(512 * 3, 0);
    file
}

#[test]
fn compound_documents_tell_macros_and_passwords() {
    let word = attached("a.doc", &compound(&["Root Entry", "WordDocument", "Macros", "VBA"]));
    assert!(word.has_macros() && !word.is_encrypted());
    assert_eq!(word.actual.as_deref(), Some("application/msword"));
    let plain = attached("a.doc", &compound(&["Root Entry", "WordDocument"]));
    assert!(!plain.has_macros() && plain.runs().is_none());
    assert!(attached("a.xlsx", &compound(&["Root Entry", "EncryptedPackage"])).is_encrypted());
}

#[test]
fn pages_that_run_and_names_that_feign_are_seen() {
    let page = attached("invoice.html", b"<html><body onload=\"go()\">");
    assert!(page.active);
    assert!(!attached("invoice.html", b"<html><p>hello").active);
    assert!(attached("picture.svg", b"<svg><script>x()</script></svg>").active);
    assert!(attached("photo\u{202E}gpj.exe", b"MZ").has_feigned_name());
    assert!(attached("invoice.pdf              .exe", b"MZ").has_feigned_name());
    assert!(!attached("two words.pdf", b"%PDF-1.4").has_feigned_name());
    assert!(attached("photo.jpg", b"%PDF-1.4").contradicts_its_name());
    assert!(!attached("photo.jpg", b"\x89PNG\r\n\x1a\n").contradicts_its_name());
}
