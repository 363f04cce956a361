//! Colours of HTML and CSS, as far as they tell whether text can be seen.

/// Red, green, blue.
pub(super) type Colour = [u8; 3];

pub(super) const WHITE: Colour = [255; 3];
pub(super) const BLACK: Colour = [0; 3];

/// Whether text in one colour on the other cannot be read.
pub(super) fn is_alike(one: Colour, other: Colour) -> bool {
    let distance: u16 = one.iter().zip(other).map(|(&a, b)| u16::from(a.abs_diff(b))).sum();
    distance <= 24
}

/// Reads a colour in the notations that mail uses. A fully transparent one is `None`.
pub(super) fn parse(text: &str) -> Option<Colour> {
    let text = text.trim().to_ascii_lowercase();
    if let Some(hex) = text.strip_prefix('#') {
        return hexadecimal(hex);
    }
    if let Some(inside) = text.strip_prefix("rgb").and_then(|rest| rest.trim_start_matches('a').strip_prefix('(')) {
        return rgb(inside.trim_end_matches(')'));
    }
    Some(match text.as_str() {
        "white" => WHITE,
        "black" => BLACK,
        "red" => [255, 0, 0],
        "green" => [0, 128, 0],
        "lime" => [0, 255, 0],
        "blue" => [0, 0, 255],
        "navy" => [0, 0, 128],
        "yellow" => [255, 255, 0],
        "orange" => [255, 165, 0],
        "gray" | "grey" => [128; 3],
        "silver" => [192; 3],
        "maroon" => [128, 0, 0],
        "purple" => [128, 0, 128],
        "teal" => [0, 128, 128],
        "aqua" | "cyan" => [0, 255, 255],
        "fuchsia" | "magenta" => [255, 0, 255],
        "olive" => [128, 128, 0],
        "snow" => [255, 250, 250],
        "ivory" => [255, 255, 240],
        "ghostwhite" => [248, 248, 255],
        "whitesmoke" => [245; 3],
        // `bgcolor=ffffff` without the sign is read by every mail program.
        bare if bare.len() == 6 => return hexadecimal(bare),
        _ => return None,
    })
}

fn hexadecimal(hex: &str) -> Option<Colour> {
    let digits: Vec<u8> =
        hex.chars().map_while(|c| c.to_digit(16)).filter_map(|digit| u8::try_from(digit).ok()).collect();
    match digits.as_slice() {
        [r, g, b] | [r, g, b, _] => Some([r * 17, g * 17, b * 17]),
        [a, b, c, d, e, f, ..] => Some([a * 16 + b, c * 16 + d, e * 16 + f]),
        _ => None,
    }
}

fn rgb(inside: &str) -> Option<Colour> {
    let mut parts = inside.split([',', ' ', '/']).map(str::trim).filter(|part| !part.is_empty());
    let mut channel = || -> Option<u8> {
        let part = parts.next()?;
        let value: f32 = part.trim_end_matches('%').parse().ok()?;
        let value = if part.ends_with('%') { value * 2.55 } else { value };
        // Clamped to 0–255 first, so nothing is lost.
        Some(value.clamp(0.0, 255.0) as u8)
    };
    let colour = [channel()?, channel()?, channel()?];
    match parts.next().map(|alpha| alpha.trim_end_matches('%').parse::<f32>()) {
        Some(Ok(alpha)) if alpha <= 0.0 => None,
        _ => Some(colour),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_read_and_compared() {
        for text in
            ["#fff", "#FFFFFF", "white", "rgb(255,255,255)", "rgba(255, 255, 255, .5)", "ffffff", "rgb(100% 100% 100%)"]
        {
            assert_eq!(parse(text), Some(WHITE), "{text}");
        }
        assert_eq!(parse("transparent"), None);
        assert_eq!(parse("#12"), None);
        assert!(is_alike(WHITE, [254, 254, 254]));
        assert!(!is_alike(WHITE, BLACK));
    }
}
