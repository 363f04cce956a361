//! Links in attached files: HTML, PDF, calendars, QR codes in pictures and drawn in text.

use base64::Engine as _;
use image::{DynamicImage, GrayImage, ImageFormat, Luma};
use message::links::{Link, Place};
use message::{Limits, Message};
use qrcode::{Color, EcLevel, QrCode};

const TARGET: &str = "https://login.example.com/qr?id=12345";

/// A message with one attachment in base64.
fn with_file(content_type: &str, name: &str, content: &[u8]) -> Message {
    let encoded = base64::engine::general_purpose::STANDARD.encode(content);
    let lines: Vec<&str> =
        encoded.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).expect("ASCII")).collect();
    let raw = format!(
        "From: a@example.jp\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
         --b\r\nContent-Type: text/plain\r\n\r\nsee the file\r\n--b\r\nContent-Type: {content_type}; name=\"{name}\"\r\n\
         Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=\"{name}\"\r\n\r\n{}\r\n--b--\r\n",
        lines.join("\r\n")
    );
    Message::parse(raw.into_bytes().into(), &Limits::default())
}

fn found(message: &Message) -> Vec<(&str, Place)> {
    message.links.iter().map(|link: &Link| (link.target.as_str(), link.place)).collect()
}

/// A code as a picture: `scale` pixels to a module, a quiet zone around it, values for dark and light.
fn picture(scale: u32, quiet: u32, dark: u8, light: u8) -> GrayImage {
    let code = QrCode::with_error_correction_level(TARGET, EcLevel::M).expect("a code");
    let width = u32::try_from(code.width()).expect("small");
    let colors = code.to_colors();
    GrayImage::from_fn((width + 2 * quiet) * scale, (width + 2 * quiet) * scale, |x, y| {
        let inside = |at: u32| (at / scale).checked_sub(quiet).filter(|at| *at < width);
        let ink = match (inside(x), inside(y)) {
            (Some(x), Some(y)) => colors[(y * width + x) as usize] == Color::Dark,
            _ => false,
        };
        Luma([if ink { dark } else { light }])
    })
}

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut octets = Vec::new();
    picture.write_to(&mut std::io::Cursor::new(&mut octets), format).expect("an encoder");
    octets
}

#[test]
fn codes_in_pictures_are_read() {
    let cases = [
        ("as usual", picture(6, 4, 0, 255), ImageFormat::Png),
        ("single pixels", picture(1, 2, 0, 255), ImageFormat::Png),
        ("very large", picture(40, 4, 0, 255), ImageFormat::Png),
        ("light on dark", picture(6, 4, 255, 0), ImageFormat::Png),
        ("grey on grey", picture(5, 4, 90, 190), ImageFormat::Bmp),
        ("squeezed", picture(5, 4, 0, 255), ImageFormat::Jpeg),
        ("few colours", picture(5, 4, 0, 255), ImageFormat::Gif),
        ("of today", picture(5, 4, 0, 255), ImageFormat::WebP),
    ];
    for (case, grey, format) in cases {
        let picture = DynamicImage::ImageLuma8(grey);
        // GIF and WebP are written in colour only.
        let picture = DynamicImage::ImageRgba8(picture.to_rgba8());
        let picture = if format == ImageFormat::Jpeg { DynamicImage::ImageRgb8(picture.to_rgb8()) } else { picture };
        let message = with_file("image/png", "code.png", &encoded(&picture, format));
        assert_eq!(found(&message), [(TARGET, Place::Code)], "{case}");
    }
}

#[test]
fn ink_on_nothing_is_ink_on_white() {
    let grey = picture(6, 4, 0, 255);
    let clear = image::RgbaImage::from_fn(grey.width(), grey.height(), |x, y| {
        image::Rgba([0, 0, 0, 255 - grey.get_pixel(x, y).0[0]])
    });
    let message = with_file("image/png", "code.png", &encoded(&clear.into(), ImageFormat::Png));
    assert_eq!(found(&message), [(TARGET, Place::Code)]);
}

#[test]
fn pictures_beyond_the_bounds_are_not_decoded() {
    let picture = DynamicImage::ImageLuma8(GrayImage::from_pixel(4_000, 4_000, Luma([255])));
    let octets = encoded(&picture, ImageFormat::Png);
    let message = with_file("image/png", "large.png", &octets);
    assert!(found(&message).is_empty());
    let half = octets.get(..octets.len() / 2).expect("half of it");
    assert!(found(&with_file("image/png", "broken.png", half)).is_empty());
}

/// The code drawn as text: `ink` says whether characters stand for the dark modules.
fn drawing(ink: bool, half_blocks: bool, indent: &str) -> String {
    let code = QrCode::with_error_correction_level(TARGET, EcLevel::L).expect("a code");
    let width = code.width();
    let colors = code.to_colors();
    let quiet = 2;
    let side = width + 2 * quiet;
    let inked = |x: usize, y: usize| {
        let inside = |at: usize| at.checked_sub(quiet).filter(|at| *at < width);
        let dark = match (inside(x), inside(y)) {
            (Some(x), Some(y)) => colors[y * width + x] == Color::Dark,
            _ => false,
        };
        dark == ink && y < side
    };
    let mut text = String::new();
    for y in (0..side).step_by(if half_blocks { 2 } else { 1 }) {
        text.push_str(indent);
        for x in 0..side {
            match (half_blocks, inked(x, y), inked(x, y + 1)) {
                (true, true, true) => text.push('█'),
                (true, true, false) => text.push('▀'),
                (true, false, true) => text.push('▄'),
                (true, false, false) => text.push(' '),
                (false, true, _) => text.push_str("██"),
                (false, false, _) => text.push_str("  "),
            }
        }
        text.push('\n');
    }
    text
}

#[test]
fn codes_drawn_in_text_are_read() {
    for ink in [true, false] {
        for half_blocks in [true, false] {
            for indent in ["", "  "] {
                let text = format!("Scan this:\n\n{}\nthank you\n", drawing(ink, half_blocks, indent));
                let raw = format!(
                    "From: a@example.jp\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\
                     Content-Transfer-Encoding: 8bit\r\n\r\n{text}"
                );
                let message = Message::parse(raw.into_bytes().into(), &Limits::default());
                assert_eq!(found(&message), [(TARGET, Place::TextCode)], "ink {ink}, half {half_blocks}, {indent:?}");
                let html = format!("<html><body><pre>{text}</pre></body></html>");
                let raw = format!(
                    "From: a@example.jp\r\nMIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\
                     Content-Transfer-Encoding: 8bit\r\n\r\n{html}"
                );
                let message = Message::parse(raw.into_bytes().into(), &Limits::default());
                assert_eq!(found(&message), [(TARGET, Place::TextCode)], "HTML");
            }
        }
    }
}

#[test]
fn blocks_that_are_no_code_are_nothing() {
    for text in
        ["█████████████████████████\n".repeat(40), "▀▄".repeat(20_000), format!("{}\n", "█ ".repeat(30)).repeat(3_000)]
    {
        assert!(message::links::find_drawn(&text, 9).is_empty());
    }
}

#[test]
fn html_files_lead_where_a_browser_would_go() {
    let source = "<html><head><base href=\"https://cards.example.com/in/\"></head><body>\
                  <form action=\"post.php\"></form><a href=\"/top\">x</a><a href=\"#here\">y</a>\
                  <script>window.location = 'https://next.example.net/go';</script>\
                  <svg><a xlink:href=\"https://svg.example.org/\"></a></svg></body></html>";
    let message = with_file("application/octet-stream", "invoice.html", source.as_bytes());
    let targets: Vec<&str> = message.links.iter().map(|link| link.target.as_str()).collect();
    assert_eq!(
        targets,
        [
            "https://cards.example.com/in/",
            "https://cards.example.com/in/post.php",
            "https://cards.example.com/top",
            "https://next.example.net/go",
            "https://svg.example.org/"
        ]
    );
    assert!(message.links.iter().all(|link| link.place == Place::HtmlFile));
}

#[test]
fn pdf_and_calendar_files_are_searched() {
    let pdf = b"%PDF-1.7\n1 0 obj\n<< /Type /Annot /A << /S /URI /URI (https://pay.example.com/) >> >>\nendobj\n";
    assert_eq!(found(&with_file("application/pdf", "a.pdf", pdf)), [("https://pay.example.com/", Place::Pdf)]);
    let calendar = b"BEGIN:VCALENDAR\r\nURL:https://meet.example.com/1\r\nEND:VCALENDAR\r\n";
    let message = with_file("text/calendar", "a.ics", calendar);
    assert_eq!(found(&message), [("https://meet.example.com/1", Place::Calendar)]);
}

#[test]
fn files_beyond_the_bounds_are_not_searched_and_the_message_says_so() {
    let mut pdf = b"%PDF-1.7\n/URI (https://pay.example.com/)\n".to_vec();
    pdf.resize(5 * 1024 * 1024, b' ');
    let message = with_file("application/pdf", "a.pdf", &pdf);
    assert!(found(&message).is_empty());
    assert!(message.faults.contains(&message::parse::Fault::FilesCut));
}

#[test]
fn forms_regions_and_refreshes_are_told_apart() {
    let html = "<map><area href=\"https://a.example/\"></map><form action=\"https://f.example/\"><button \
                formaction=\"https://b.example/\">x</button></form><meta http-equiv=refresh \
                content=\"0;url=https://r.example/\">";
    let raw = format!("From: a@example.jp\r\nMIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n{html}");
    let message = Message::parse(raw.into_bytes().into(), &Limits::default());
    assert_eq!(
        found(&message),
        [
            ("https://a.example/", Place::Area),
            ("https://f.example/", Place::Form),
            ("https://b.example/", Place::Form),
            ("https://r.example/", Place::Refresh)
        ]
    );
}
