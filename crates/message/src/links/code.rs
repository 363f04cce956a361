//! QR codes (ISO/IEC 18004): in attached pictures, and drawn with block characters in text.
//!
//! A picture costs more than all the rest of a message, so its size is read before anything of it is decoded, and
//! pixels are counted over the whole message; with them the time is bounded, without a clock.

mod ink;

use std::io::Cursor;

use image::{DynamicImage, ImageDecoder, ImageReader};
use rqrr::{Grid, PreparedImage, SimpleGrid};

use super::{Link, Place, text};
use crate::likeness::Likeness;

/// Modules of the smallest and of the largest code along one side (§5.3.1).
const MODULES: std::ops::RangeInclusive<usize> = 21..=177;
/// Pixels along a side that a code needs no more of: larger pictures are made smaller before they are searched.
const ENOUGH: u32 = 1_200;
/// Pixels along a side below which a picture is made larger, for its modules may be single pixels.
const SMALL: u32 = 200;
/// A picture longer than this many times its height (or the reverse) is a banner or a rule.
const ASPECT: u32 = 6;
/// Octets that a decoder may take.
const MEMORY: u64 = 96 * 1024 * 1024;
/// Codes of one picture that are read.
const CODES: usize = 4;
/// Lines of a text in which drawn codes are looked for, and blocks of lines that are tried.
const LINES: usize = 20_000;
const DRAWINGS: usize = 8;

/// Links in the QR codes of a picture; `pixels` is what may still be decoded for this message.
pub(super) fn photographed(
    content: &[u8],
    pixels: &mut usize,
    limit: usize,
    likenesses: &mut Vec<Likeness>,
) -> Vec<Link> {
    let Some(picture) = decoded(content, pixels) else { return Vec::new() };
    let grey = on_white(&picture);
    likenesses.extend(Likeness::of(grey.width, grey.height, &grey.values));
    let grey = sized(&grey);
    let mut links = search(&grey, limit, false);
    if links.is_empty() && grey.is_dark() {
        // Light modules on a dark ground: common in pictures made for dark screens.
        links = search(&grey, limit, true);
    }
    links
}

/// A picture that could hold a code and is not too large, decoded.
fn decoded(content: &[u8], pixels: &mut usize) -> Option<DynamicImage> {
    let mut reader = ImageReader::new(Cursor::new(content)).with_guessed_format().ok()?;
    let mut limits = image::Limits::default();
    limits.max_alloc = Some(MEMORY);
    reader.limits(limits);
    let decoder = reader.into_decoder().ok()?;
    let (width, height) = decoder.dimensions();
    let (short, long) = (width.min(height), width.max(height));
    let area = usize::try_from(u64::from(width) * u64::from(height)).ok()?;
    if (short as usize) < *MODULES.start() || long / short.max(1) > ASPECT || area > *pixels {
        return None;
    }
    *pixels -= area;
    DynamicImage::from_decoder(decoder).ok()
}

/// Grey values by row.
struct Grey {
    width: usize,
    height: usize,
    values: Vec<u8>,
}

impl Grey {
    /// Dark on the whole.
    fn is_dark(&self) -> bool {
        let sum: u64 = self.values.iter().map(|value| u64::from(*value)).sum();
        sum < 128 * self.values.len() as u64
    }
}

/// What is transparent shows the white of the page.
fn on_white(picture: &DynamicImage) -> Grey {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let values = if picture.color().has_alpha() {
        let blend = |pixel: &image::LumaA<u8>| {
            let [value, alpha] = pixel.0.map(u32::from);
            u8::try_from((value * alpha + 255 * (255 - alpha)) / 255).unwrap_or(255)
        };
        picture.to_luma_alpha8().pixels().map(blend).collect()
    } else {
        picture.to_luma8().into_raw()
    };
    Grey { width, height, values }
}

/// Made smaller or larger by a whole factor where that helps the search.
fn sized(grey: &Grey) -> Grey {
    let long = grey.width.max(grey.height);
    let factor = long.div_ceil(ENOUGH as usize);
    if factor > 1 {
        return smaller(grey, factor);
    }
    // A code needs a quiet zone, and a module some pixels.
    let factor = (SMALL as usize).div_ceil(long.max(1)).clamp(1, 8);
    let border = 4 * factor;
    let (width, height) = (grey.width * factor + 2 * border, grey.height * factor + 2 * border);
    let mut values = Vec::with_capacity(width * height);
    values.resize(width * border, 255);
    for row in grey.values.chunks_exact(grey.width.max(1)) {
        let start = values.len();
        values.resize(start + border, 255);
        values.extend(row.iter().flat_map(|value| std::iter::repeat_n(*value, factor)));
        values.resize(start + width, 255);
        for _ in 1..factor {
            values.extend_from_within(start..start + width);
        }
    }
    values.resize(width * height, 255);
    Grey { width, height, values }
}

/// Squares of so many pixels along each side become one.
fn smaller(grey: &Grey, factor: usize) -> Grey {
    let (width, height) = (grey.width / factor, grey.height / factor);
    let mut values = Vec::with_capacity(width * height);
    let mut sums = vec![0; width];
    for rows in grey.values.chunks_exact(grey.width * factor) {
        sums.fill(0);
        for row in rows.chunks_exact(grey.width) {
            for (sum, piece) in sums.iter_mut().zip(row.chunks_exact(factor)) {
                *sum += piece.iter().map(|value| usize::from(*value)).sum::<usize>();
            }
        }
        values.extend(sums.iter().map(|sum| u8::try_from(sum / (factor * factor)).unwrap_or(255)));
    }
    Grey { width, height, values }
}

fn search(grey: &Grey, limit: usize, inverted: bool) -> Vec<Link> {
    let modules = ink::of(grey, inverted);
    if ink::finders(&modules, grey.width) < 3 {
        return Vec::new();
    }
    let mut dark = modules.into_iter();
    let mut prepared = PreparedImage::prepare_from_bitmap(grey.width, grey.height, |_, _| dark.next() == Some(true));
    let grids = prepared.detect_grids();
    let read = grids.iter().take(CODES).filter_map(|grid| {
        let mut content = Vec::new();
        grid.decode_to(&mut content).ok()?;
        Some(content)
    });
    read.flat_map(|content| links_of(&content, Place::Code)).take(limit).collect()
}

/// What a reader's program opens.
fn links_of(content: &[u8], place: Place) -> Vec<Link> {
    let content = crate::charset::decode(content, None).text;
    let content = content.trim();
    let whole = Link::new(content, "", place);
    if whole.host.is_some() && !content.contains(char::is_whitespace) {
        return vec![whole];
    }
    let mut links = text::find(content, CODES);
    for link in &mut links {
        link.place = place;
    }
    links
}

/// Links in codes that a text draws with block characters.
pub(super) fn drawn(text: &str, limit: usize) -> Vec<Link> {
    // All block elements begin with the same two octets in UTF-8.
    let blocks = memchr::memmem::find_iter(text.as_bytes(), b"\xE2\x96").take(64).count();
    if blocks < 64 || limit == 0 {
        return Vec::new();
    }
    let mut links = Vec::new();
    let mut drawing: Vec<&str> = Vec::new();
    let mut tried = 0;
    for line in text.lines().take(LINES).chain([""]) {
        if is_drawn(line) {
            drawing.push(line);
            continue;
        }
        if drawing.len() >= MODULES.start() / 2 && tried < DRAWINGS {
            tried += 1;
            links.extend(read_drawing(&drawing));
        }
        drawing.clear();
    }
    links.truncate(limit);
    links
}

/// A line of nothing but block characters and spaces, wide enough.
fn is_drawn(line: &str) -> bool {
    let blocks = line.chars().filter(|c| matches!(c, '█' | '▀' | '▄')).count();
    blocks >= 4 && line.chars().all(|c| upper_and_lower(c).is_some() || c == '\r') && line.chars().count() <= 400
}

/// Which halves of a cell are inked.
fn upper_and_lower(c: char) -> Option<(bool, bool)> {
    match c {
        '█' | '■' => Some((true, true)),
        '▀' => Some((true, false)),
        '▄' => Some((false, true)),
        ' ' | '\u{A0}' | '\u{3000}' | '░' => Some((false, false)),
        _ => None,
    }
}

/// Tries the ways in which codes are drawn: two modules to a character, or two characters (or one) to a module; ink for
/// dark or for light.
fn read_drawing(lines: &[&str]) -> Vec<Link> {
    let halves: Vec<Vec<(bool, bool)>> =
        lines.iter().map(|line| line.chars().filter_map(upper_and_lower).collect()).collect();
    let stacked: Vec<Vec<bool>> = halves
        .iter()
        .flat_map(|line| {
            let upper = line.iter().map(|half| half.0).collect();
            let lower = line.iter().map(|half| half.1).collect();
            [upper, lower]
        })
        .collect();
    let doubled: Vec<Vec<bool>> = halves
        .iter()
        .map(|line| line.chunks(2).map(|pair| pair.first().is_some_and(|half| half.0)).collect())
        .collect();
    let single: Vec<Vec<bool>> = halves.iter().map(|line| line.iter().map(|half| half.0).collect()).collect();
    for modules in [stacked, doubled, single] {
        for ink in [true, false] {
            let links = read_modules(&modules, ink);
            if !links.is_empty() {
                return links;
            }
        }
    }
    Vec::new()
}

fn read_modules(modules: &[Vec<bool>], ink: bool) -> Vec<Link> {
    let widest = modules.iter().map(Vec::len).max().unwrap_or(0);
    // What a line lacks at its end is ground, not ink.
    let at = |x: usize, y: usize| modules.get(y).and_then(|row| row.get(x)).copied().unwrap_or(false) == ink;
    let missing = |x: usize, y: usize| !ink && modules.get(y).is_none_or(|row| row.get(x).is_none());
    let dark = |x: usize, y: usize| at(x, y) && !missing(x, y);
    // With light ink the frame around the code is ink; with dark ink the code's own edges are.
    let Some((left, top)) = corner(modules.len(), widest, &dark) else { return Vec::new() };
    for size in MODULES.step_by(4) {
        if left + size > widest + 1 || top + size > modules.len() + 1 {
            break;
        }
        let has_finders = is_finder(&dark, left, top)
            && is_finder(&dark, left + size - 7, top)
            && is_finder(&dark, left, top + size - 7);
        if has_finders {
            let grid = Grid::new(SimpleGrid::from_func(size, |x, y| dark(left + x, top + y)));
            let mut content = Vec::new();
            if grid.decode_to(&mut content).is_ok() {
                return links_of(&content, Place::TextCode);
            }
        }
    }
    Vec::new()
}

/// The first place, by rows, where a finder pattern stands.
fn corner(rows: usize, columns: usize, dark: &impl Fn(usize, usize) -> bool) -> Option<(usize, usize)> {
    let places = (0..rows).flat_map(|y| (0..columns).map(move |x| (x, y)));
    places.take(40_000).find(|&(x, y)| is_finder(dark, x, y))
}

/// The seven by seven modules of a finder pattern (§6.3.3).
fn is_finder(dark: &impl Fn(usize, usize) -> bool, left: usize, top: usize) -> bool {
    (0..7).all(|y| {
        (0..7).all(|x| {
            let ring = x == 0 || x == 6 || y == 0 || y == 6;
            let heart = (2..5).contains(&x) && (2..5).contains(&y);
            dark(left + x, top + y) == (ring || heart)
        })
    })
}
