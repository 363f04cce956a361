//! Japanese as it is met in mail: each case that general libraries read wrongly, in the body and in a Subject.

use bytes::Bytes;
use message::charset::{Decoded, decode};
use message::{Limits, Message};

/// A body under a declared charset.
fn body(content_type: &str, bytes: &[u8]) -> Message {
    let mut raw = format!("From: a@example.jp\r\nContent-Type: {content_type}\r\n\r\n").into_bytes();
    raw.extend_from_slice(bytes);
    Message::parse(Bytes::from(raw), &Limits::default())
}

fn subject(value: &[u8]) -> String {
    let raw = [b"From: a@example.jp\r\nSubject: ", value, b"\r\n\r\nx"].concat();
    Message::parse(Bytes::from(raw), &Limits::default()).subject().to_owned()
}

fn encoded(encoding: &'static encoding_rs::Encoding, text: &str) -> Vec<u8> {
    let (bytes, _, broken) = encoding.encode(text);
    assert!(!broken, "{text} can be written in {}", encoding.name());
    bytes.into_owned()
}

const TEXT: &str = "こんにちは。お知らせです①";

#[test]
fn vendor_labels_are_read() {
    for (label, encoding) in [
        ("cp932", encoding_rs::SHIFT_JIS),
        ("windows-31j", encoding_rs::SHIFT_JIS),
        ("MS932", encoding_rs::SHIFT_JIS),
        ("x-sjis", encoding_rs::SHIFT_JIS),
        ("eucjp", encoding_rs::EUC_JP),
        ("cp51932", encoding_rs::EUC_JP),
        ("x-euc-jp", encoding_rs::EUC_JP),
        ("cp50220", encoding_rs::ISO_2022_JP),
        ("cp50221", encoding_rs::ISO_2022_JP),
        ("cp50222", encoding_rs::ISO_2022_JP),
        ("iso-2022-jp-ms", encoding_rs::ISO_2022_JP),
        ("iso-2022-jp-3", encoding_rs::ISO_2022_JP),
    ] {
        let message = body(&format!("text/plain; charset={label}"), &encoded(encoding, TEXT));
        assert_eq!(message.text, TEXT, "{label}");
        assert_eq!(message.faults, [], "{label}");
    }
}

#[test]
fn half_width_kana_are_read_in_every_form() {
    for (bytes, form) in
        [(&b"\x1b(I123\x1b(B"[..], "escape"), (b"\x0e123\x0f", "shift"), (b"\xb1\xb2\xb3", "raw octets")]
    {
        let message = body("text/plain; charset=iso-2022-jp", bytes);
        assert_eq!(message.text, "ｱｲｳ", "{form}");
    }
}

#[test]
fn rare_characters_are_read() {
    assert_eq!(body("text/plain; charset=iso-2022-jp", b"\x1b$B-!-j!A|b\x1b(B").text, "①㈱～髙");
    assert_eq!(body("text/plain; charset=iso-2022-jp-1", b"\x1b$(D0!\x1b(B").text, "丂");
    assert_eq!(body("text/plain; charset=euc-jp", b"\x8f\xb0\xa1").text, "丂");
}

#[test]
fn iso_2022_jp_under_any_label_is_read() {
    let bytes = encoded(encoding_rs::ISO_2022_JP, TEXT);
    for label in ["us-ascii", "utf-8", "iso-8859-1", "shift_jis", "x-unknown"] {
        let message = body(&format!("text/plain; charset={label}"), &bytes);
        assert_eq!(message.text, TEXT, "{label}");
        assert!(!message.faults.is_empty(), "{label}");
    }
    assert_eq!(body("text/plain", &bytes).text, TEXT);
}

#[test]
fn wrong_labels_are_seen_through() {
    let all = [encoding_rs::SHIFT_JIS, encoding_rs::EUC_JP, encoding_rs::UTF_8, encoding_rs::ISO_2022_JP];
    let labels = ["", "iso-2022-jp", "shift_jis", "euc-jp", "utf-8", "us-ascii", "iso-8859-1"];
    for encoding in all {
        for label in labels {
            let declared =
                if label.is_empty() { "text/plain".to_owned() } else { format!("text/plain; charset={label}") };
            let message = body(&declared, &encoded(encoding, TEXT));
            assert_eq!(message.text, TEXT, "{} declared {label:?}", encoding.name());
            let true_label = label.eq_ignore_ascii_case(encoding.name());
            assert_eq!(message.faults.is_empty(), true_label, "{} declared {label:?}", encoding.name());
        }
    }
}

#[test]
fn short_texts_are_recognised_too() {
    for text in ["緊急連絡", "当選", "ヤマト運輸より", "請求書.pdf", "No.1のお店"] {
        for encoding in [encoding_rs::SHIFT_JIS, encoding_rs::EUC_JP, encoding_rs::UTF_8] {
            let bytes = encoded(encoding, text);
            assert_eq!(subject(&bytes), text, "{} in {}", text, encoding.name());
        }
    }
}

#[test]
fn other_languages_are_left_alone() {
    for (label, encoding, text) in [
        ("iso-8859-1", encoding_rs::WINDOWS_1252, "Schöne Grüße aus Köln, à bientôt"),
        ("windows-1251", encoding_rs::WINDOWS_1251, "Привет из Москвы"),
        ("gb2312", encoding_rs::GBK, "您好，发票优惠"),
        ("big5", encoding_rs::BIG5, "您好，優惠活動"),
        ("euc-kr", encoding_rs::EUC_KR, "안녕하세요 광고"),
        ("koi8-r", encoding_rs::KOI8_R, "Привет из Москвы"),
        ("iso-8859-2", encoding_rs::ISO_8859_2, "Zażółć gęślą jaźń"),
    ] {
        let message = body(&format!("text/plain; charset={label}"), &encoded(encoding, text));
        assert_eq!(message.text, text, "{label}");
        assert_eq!(message.faults, [], "{label}");
    }
    assert_eq!(subject(b"Gr\xfc\xdfe aus K\xf6ln"), "Grüße aus Köln");
    assert_eq!(subject(b"caf\xe9"), "café");
}

#[test]
fn a_missing_final_escape_ends_with_the_line() {
    let message = body("text/plain; charset=iso-2022-jp", b"\x1b$B$3$s\r\nabc\r\n\x1b$B$K\r\n");
    assert_eq!(message.text, "こん\r\nabc\r\nに\r\n");
    assert_eq!(message.faults, []);
}

#[test]
fn characters_split_across_encoded_words_are_joined() {
    // あ in ISO-2022-JP and in UTF-8, cut in the middle
    assert_eq!(subject(b"=?ISO-2022-JP?B?GyRCJA==?=\r\n =?ISO-2022-JP?B?IhsoQg==?="), "あ");
    assert_eq!(subject(b"=?UTF-8?B?44E=?=\r\n =?utf-8?Q?=82?="), "あ");
}

#[test]
fn subjects_are_read_without_and_with_encoding() {
    for encoding in [encoding_rs::SHIFT_JIS, encoding_rs::EUC_JP, encoding_rs::UTF_8, encoding_rs::ISO_2022_JP] {
        assert_eq!(subject(&encoded(encoding, TEXT)), TEXT, "{}", encoding.name());
    }
    assert_eq!(subject(b"Re:=?UTF-8?B?44GC?=x"), "Re:あx");
    assert_eq!(subject(b"=?ISO-2022-JP*ja?B?GyRCJCIbKEI=?="), "あ");
    assert_eq!(subject(b"=?utf-8?Q?a b?="), "a b");
}

#[test]
fn utf_7_is_read() {
    let message = body("text/plain; charset=utf-7", b"+MEIwRDBG- +AKM-");
    assert_eq!(message.text, "あいう £");
}

#[test]
fn carrier_pictures_become_unicode_or_the_neutral_sign() {
    let docomo = body("text/plain; charset=shift_jis", b"\x82\xa0\xf8\x9f\x82\xa2");
    assert_eq!(docomo.text, "あ☀い");
    let kddi = body("text/plain; charset=iso-2022-jp", b"\x1b$B$\"uA$$\x1b(B");
    assert_eq!(kddi.text, "あ☀い");
    let softbank = body("text/plain; charset=iso-2022-jp", b"a\x1b$Gj\x0fb");
    assert_eq!(softbank.text, "a☀b");
    let unknown = body("text/plain; charset=shift_jis", b"\x82\xa0\xf0\x40\x82\xa2");
    assert_eq!(unknown.text, "あ〓い");
}

#[test]
fn what_cannot_be_read_is_counted() {
    let Decoded { text, lost, .. } = decode(b"abc\xff\xfe", Some("utf-8"));
    assert!(text.starts_with("abc"));
    assert!(lost > 0 || !text.contains('\u{FFFD}'));
    assert_eq!(decode(b"\x1b$B$\x1b(B", Some("iso-2022-jp")).lost, 1);
}
