//! Picture-only mail: the same advertisement drawn again in another size, with speckles, as a PNG of its own.

use image::{GrayImage, ImageFormat, Luma};

use crate::noise::assemble;
use crate::random::Random;

/// A message that shows the picture of a campaign.
pub(crate) fn mail(campaign: u64, random: &mut Random) -> Vec<u8> {
    let (width, height) = (300 + random.below(200) as u32, 220 + random.below(160) as u32);
    let shapes = shapes(campaign);
    let noise = random.below(24) as u32 + 1;
    let mut picture = GrayImage::new(width, height);
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        let (u, v) = (x * 1_000 / width, y * 1_000 / height);
        let ink = shapes.iter().rev().find(|shape| shape.holds(u, v)).map_or(245, |shape| shape.grey);
        let speckle = (random.next() as u32 % noise) as i32 - (noise / 2) as i32;
        *pixel = Luma([(i32::from(ink) + speckle).clamp(0, 255) as u8]);
    }
    let (form, kind) = *random.one(&[
        (ImageFormat::Png, "image/png"),
        (ImageFormat::Jpeg, "image/jpeg"),
        (ImageFormat::Bmp, "image/bmp"),
    ]);
    let mut file = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut file, form).expect("memory can be written");
    let html = "<html><body><img src=\"cid:1\"></body></html>".to_owned();
    let head = format!(
        "From: {0}@{1}.example\r\nTo: a@example.jp\r\nSubject: {0}\r\nMIME-Version: 1.0\r\n",
        random.letters(7),
        random.letters(9)
    );
    assemble(head, &[("text/html".to_owned(), html.into_bytes()), (kind.to_owned(), file.into_inner())], random)
}

/// A rectangle of one grey.
struct Shape {
    left: u32,
    top: u32,
    right: u32,
    bottom: u32,
    grey: u8,
}

impl Shape {
    fn holds(&self, x: u32, y: u32) -> bool {
        (self.left..self.right).contains(&x) && (self.top..self.bottom).contains(&y)
    }
}

/// Lines of text, a box, a product: what such pictures have, at places of the campaign's own.
fn shapes(campaign: u64) -> Vec<Shape> {
    let mut random = Random(campaign.wrapping_mul(0x5851_f42d_4c95_7f2d) + 1);
    (0..14)
        .map(|_| {
            let (left, top) = (random.below(800) as u32, random.below(850) as u32);
            let (right, bottom) = (left + 80 + random.below(400) as u32, top + 40 + random.below(220) as u32);
            Shape { left, top, right, bottom, grey: random.below(200) as u8 }
        })
        .collect()
}
