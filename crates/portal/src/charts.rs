//! Charts drawn here as SVG: stacked columns with a grid. The table behind each is the page's.
//!
//! Colours come from the stylesheet by class, so that one chart serves light and dark.

use std::fmt::Write;

const HEIGHT: usize = 240;
const LEFT: usize = 48;
const BOTTOM: usize = 24;
const TOP: usize = 8;

/// One kind of thing that is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    /// Its name in the reader's language.
    pub name: String,
    /// Colour 1 to 8.
    pub colour: usize,
    /// Counts, one per column.
    pub counts: Vec<u64>,
}

/// Stacked columns. `labels` has one entry per column. What lies across is in parts of the room there is, so that writing
/// keeps its size on a telephone; there every other label is left out.
pub fn stacked(title: &str, labels: &[String], series: &[Series]) -> String {
    let columns = labels.len().max(1);
    let sum = |at: usize| series.iter().map(|one| one.counts.get(at).copied().unwrap_or_default()).sum::<u64>();
    let most = nice((0..columns).map(sum).max().unwrap_or_default());
    let inner = HEIGHT - TOP - BOTTOM;
    let height =
        |count: u64| usize::try_from(count.saturating_mul(inner as u64) / most.max(1)).unwrap_or(inner).min(inner);
    let step = 100.0 / columns as f64;
    let mut axis = format!("<svg class=\"axis\" width=\"{LEFT}\" height=\"{HEIGHT}\" aria-hidden=\"true\">");
    let mut svg = format!(
        "<svg class=\"columns\" width=\"100%\" height=\"{HEIGHT}\" role=\"img\" aria-label=\"{}\">",
        escape(title)
    );
    for quarter in 0..=4_u64 {
        let value = most * quarter / 4;
        let y = TOP + inner - height(value);
        let _ = write!(svg, "<line class=\"grid\" x1=\"0\" x2=\"100%\" y1=\"{y}\" y2=\"{y}\"/>");
        let _ = write!(axis, "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{value}</text>", LEFT - 6, y + 4);
    }
    let every = if columns <= 12 { 1 } else { columns / 12 + 1 };
    for (at, label) in labels.iter().enumerate() {
        let x = at as f64 * step;
        let mut y = TOP + inner;
        for one in series {
            let count = one.counts.get(at).copied().unwrap_or_default();
            // A count that is there is seen, however small beside the others.
            let tall = if count > 0 { height(count).max(1) } else { 0 };
            if tall > 0 {
                y = y.saturating_sub(tall);
                let _ = write!(
                    svg,
                    "<rect class=\"s{}\" x=\"{:.2}%\" y=\"{y}\" width=\"{:.2}%\" height=\"{tall}\"><title>{} {}: {count}</title></rect>",
                    one.colour,
                    x + step * 0.08,
                    step * 0.84,
                    escape(label),
                    escape(&one.name)
                );
            }
        }
        if at % every == 0 {
            let class = if (at / every) % 2 == 1 { " class=\"more\"" } else { "" };
            let _ = write!(
                svg,
                "<text{class} x=\"{:.2}%\" y=\"{}\" text-anchor=\"middle\">{}</text>",
                x + step / 2.0,
                HEIGHT - 6,
                escape(label)
            );
        }
    }
    format!("<div class=\"plot\">{axis}</svg>{svg}</svg></div>")
}

/// Lying bars, one per row: its name, and below it the bar with its count.
pub fn bars(title: &str, rows: &[(String, u64)]) -> String {
    const ROW: usize = 44;
    /// Part of the width that the longest bar has, percent: the rest is for its count.
    const ROOM: f64 = 78.0;
    let most = rows.iter().map(|row| row.1).max().unwrap_or_default().max(1);
    let mut svg = format!(
        "<svg class=\"bars\" width=\"100%\" height=\"{}\" role=\"img\" aria-label=\"{}\">",
        rows.len().max(1) * ROW,
        escape(title)
    );
    for (at, (name, count)) in rows.iter().enumerate() {
        let y = at * ROW;
        let share = *count as f64 / most as f64 * ROOM;
        let wide = if *count > 0 { share.clamp(0.5, ROOM) } else { 0.0 };
        let _ = write!(svg, "<text x=\"0\" y=\"{}\">{}</text>", y + 16, escape(&fitting(name)));
        let _ = write!(
            svg,
            "<rect class=\"s1\" x=\"0\" y=\"{}\" width=\"{wide:.2}%\" height=\"14\"><title>{}: {count}</title></rect>",
            y + 23,
            escape(name)
        );
        let _ = write!(svg, "<text x=\"{wide:.2}%\" dx=\"8\" y=\"{}\">{count}</text>", y + 35);
    }
    svg.push_str("</svg>");
    svg
}

/// As much of a name as a telephone's width has room for: Japanese letters are twice as wide as others.
fn fitting(name: &str) -> String {
    const ROOM: usize = 44;
    let mut wide = 0;
    let fits = |c: &char| {
        wide += if c.is_ascii() { 1 } else { 2 };
        wide <= ROOM
    };
    let short: String = name.chars().take_while(fits).collect();
    if short.len() < name.len() { format!("{short}…") } else { short }
}

/// The next round number, so that the grid reads well.
fn nice(most: u64) -> u64 {
    let mut bound = 4_u64;
    while bound < most {
        let next = [2, 5, 10].into_iter().map(|factor| bound / 4 * factor * 4 / 2).find(|next| *next >= most);
        match next {
            Some(next) => return next,
            None => bound = bound.saturating_mul(10),
        }
    }
    bound
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(counts: &[u64]) -> Series {
        Series { name: "<spam>".into(), colour: 5, counts: counts.to_vec() }
    }

    #[test]
    fn columns_stay_within_the_picture_and_text_is_escaped() {
        let labels: Vec<String> = (0..24).map(|hour| format!("{hour}:00")).collect();
        let all: Vec<u64> = (0..24).map(|at| at * 1_000_003).collect();
        let svg = stacked("a \"title\" & more", &labels, &[series(&all), series(&all)]);
        assert!(!svg.contains("<spam>") && svg.contains("&lt;spam&gt;") && svg.contains("&quot;title&quot; &amp;"));
        assert_eq!(svg.matches("<rect").count(), 46);
        assert!(!svg.contains("viewBox"), "what is drawn smaller is written smaller");
        for rest in svg.split("<rect").skip(1) {
            let part = |name: &str| {
                let value = rest.split(&format!(" {name}=\"")).nth(1).and_then(|rest| rest.split('%').next());
                value.and_then(|value| value.parse::<f64>().ok()).unwrap_or(f64::NAN)
            };
            assert!(part("x") >= 0.0 && part("x") + part("width") <= 100.0, "{rest}");
        }
        for rest in svg.split(" y=\"").skip(1) {
            let y: usize = rest.split('"').next().unwrap_or_default().parse().unwrap_or(usize::MAX);
            assert!(y <= HEIGHT, "{y} lies below the picture");
        }
    }

    #[test]
    fn bars_keep_within_the_picture() {
        let rows = [("<b>".to_owned(), u64::MAX), ("one".to_owned(), 1), ("none".to_owned(), 0)];
        let svg = bars("t", &rows);
        assert!(svg.contains("&lt;b&gt;") && !svg.contains("<b>"), "{svg}");
        for wide in ["78.00%", "0.50%", "0.00%"] {
            assert!(svg.contains(&format!("width=\"{wide}\"")), "{svg}");
        }
        assert_eq!(fitting("一二三四五六七八九十一二三四五六七八九十一二三").chars().count(), 23);
        assert!(bars("t", &[]).ends_with("</svg>"));
    }

    #[test]
    fn nothing_and_one_are_drawn() {
        assert!(stacked("t", &[], &[]).contains("</svg>"));
        assert_eq!(stacked("t", &["a".into()], &[series(&[1])]).matches("<rect").count(), 1);
    }

    #[test]
    fn bounds_are_round_and_never_below_what_they_bound() {
        for most in [0, 1, 4, 5, 9, 17, 80, 99, 100, 101, 250, 999, 12_345, 9_999_999] {
            assert!(nice(most) >= most, "{most} → {}", nice(most));
            assert!(nice(most) <= most.max(2) * 5, "{most} → {}", nice(most));
        }
    }
}
