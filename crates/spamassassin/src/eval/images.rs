//! Pictures in a message: how many, how large (ImageInfo).

use std::collections::BTreeSet;

use super::{Call, Row};
use crate::pattern::Pattern;
use crate::view::View;
use crate::view::text::string;

pub(super) const ROWS: &[Row] = &[
    (
        "image_count",
        |view, call| images(view).kind(call.text(0)).is_some_and(|kind| fits(kind.count as f64, call, 1)),
        None,
    ),
    (
        "pixel_coverage",
        |view, call| images(view).kind(call.text(0)).is_some_and(|kind| fits(kind.pixels, call, 1)),
        None,
    ),
    ("image_size_exact", size_exact, None),
    ("image_size_range", size_range, None),
    ("image_named", |view, call| images(view).names.contains(call.text(0)), None),
    ("image_name_regex", name_matches, None),
    ("image_to_text_ratio", to_text_ratio, None),
];

/// Pictures of one kind.
#[derive(Debug, Default)]
struct Kind {
    count: usize,
    pixels: f64,
    /// Heights and widths.
    sizes: BTreeSet<(u32, u32)>,
}

/// Pictures of a message.
#[derive(Debug, Default)]
pub(crate) struct Images {
    gif: Kind,
    png: Kind,
    jpeg: Kind,
    all: Kind,
    names: BTreeSet<String>,
}

fn images<'v>(view: &'v View<'_>) -> &'v Images {
    view.images.get_or_init(|| Images::find(view))
}

impl Images {
    fn kind(&self, name: &str) -> Option<&Kind> {
        match name {
            "gif" => Some(&self.gif),
            "png" => Some(&self.png),
            "jpeg" => Some(&self.jpeg),
            "all" => Some(&self.all),
            _ => None,
        }
    }

    fn find(view: &View<'_>) -> Self {
        let mut images = Self::default();
        for part in view.parts.leaves().filter(|part| part.transfer_encoding() == b"base64") {
            let read: fn(&[u8]) -> Option<(u32, u32)> = match part.kind.as_str() {
                "image/gif" => gif,
                "image/png" => png,
                "image/jpeg" | "image/jpg" => jpeg,
                _ => continue,
            };
            let size = read(&part.decoded()).filter(|(height, width)| *height > 0 && *width > 0);
            let kind = match part.kind.as_str() {
                "image/gif" => &mut images.gif,
                "image/png" => &mut images.png,
                _ => &mut images.jpeg,
            };
            for kind in [kind, &mut images.all] {
                kind.count += 1;
                kind.pixels += size.map_or(0.0, |(height, width)| f64::from(height) * f64::from(width));
                kind.sizes.extend(size);
            }
            if size.is_some() {
                images.names.extend(part.name.as_deref().map(string));
            }
        }
        images
    }
}

fn gif(data: &[u8]) -> Option<(u32, u32)> {
    let rest = data.strip_prefix(b"GIF87a").or_else(|| data.strip_prefix(b"GIF89a"))?;
    let number = |at: usize| Some(u32::from(u16::from_le_bytes([*rest.get(at)?, *rest.get(at + 1)?])));
    Some((number(2)?, number(0)?))
}

fn png(data: &[u8]) -> Option<(u32, u32)> {
    let rest = data.strip_prefix(b"\x89PNG\r\n\x1a\n")?;
    if rest.get(4..8)? != b"IHDR" {
        return None;
    }
    let number = |at: usize| Some(u32::from_be_bytes(rest.get(at..at + 4)?.try_into().ok()?));
    Some((number(12)?, number(8)?))
}

fn jpeg(data: &[u8]) -> Option<(u32, u32)> {
    let mut rest = data.strip_prefix(b"\xFF\xD8")?;
    loop {
        let (&[0xFF, mark, high, low], after) = rest.split_first_chunk::<4>()? else { return None };
        let length = usize::from(u16::from_be_bytes([high, low])).checked_sub(2)?;
        if matches!(mark, 0xDA | 0xD9) {
            return None;
        }
        if matches!(mark, 0xC0..=0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF) {
            let number = |at: usize| Some(u32::from(u16::from_be_bytes([*after.get(at)?, *after.get(at + 1)?])));
            return Some((number(1)?, number(3)?));
        }
        rest = after.get(length..)?;
    }
}

fn fits(value: f64, call: &Call, first: usize) -> bool {
    value >= call.number(first).unwrap_or(0.0) && call.number(first + 1).is_none_or(|most| value <= most)
}

fn size_exact(view: &View<'_>, call: &Call) -> bool {
    let wanted = call.number(1).zip(call.number(2)).map(|(height, width)| (height as u32, width as u32));
    let kind = images(view).kind(call.text(0));
    wanted.is_some_and(|wanted| kind.is_some_and(|kind| kind.sizes.contains(&wanted)))
}

fn size_range(view: &View<'_>, call: &Call) -> bool {
    let bound = |number: usize, default: f64| call.number(number).unwrap_or(default);
    images(view).kind(call.text(0)).is_some_and(|kind| {
        kind.sizes.iter().any(|(height, width)| {
            let (height, width) = (f64::from(*height), f64::from(*width));
            height >= bound(1, 0.0)
                && width >= bound(2, 0.0)
                && height <= bound(3, f64::INFINITY)
                && width <= bound(4, f64::INFINITY)
        })
    })
}

fn name_matches(view: &View<'_>, call: &Call) -> bool {
    let Ok(pattern) = Pattern::delimited(call.text(0).as_bytes()) else { return false };
    images(view).names.iter().any(|name| pattern.is_match(name.as_bytes()))
}

fn to_text_ratio(view: &View<'_>, call: &Call) -> bool {
    let text = view.paragraphs.all().len() as f64;
    images(view).kind(call.text(0)).filter(|kind| kind.pixels > 0.0 && text > 0.0).is_some_and(|kind| {
        let ratio = text / kind.pixels;
        ratio >= call.number(1).unwrap_or(0.0) && call.number(2).is_none_or(|most| ratio < most)
    })
}
