//! Charts drawn here as SVG: stacked columns with a grid. The table behind each is the page's.
//!
//! Colours come from the stylesheet by class, so that one chart serves light and dark.

use std::fmt::Write;

const WIDTH: usize = 960;
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

/// Stacked columns. `labels` has one entry per column; an empty one is not written below it.
pub fn stacked(title: &str, labels: &[String], series: &[Series]) -> String {
    let columns = labels.len().max(1);
    let sum = |at: usize| series.iter().map(|one| one.counts.get(at).copied().unwrap_or_default()).sum::<u64>();
    let most = nice((0..columns).map(sum).max().unwrap_or_default());
    let inner = HEIGHT - TOP - BOTTOM;
    let height =
        |count: u64| usize::try_from(count.saturating_mul(inner as u64) / most.max(1)).unwrap_or(inner).min(inner);
    let step = (WIDTH - LEFT) / columns;
    let mut svg = format!(
        "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{}\" preserveAspectRatio=\"xMidYMid meet\">",
        escape(title)
    );
    for quarter in 0..=4_u64 {
        let value = most * quarter / 4;
        let y = TOP + inner - height(value);
        let _ = write!(svg, "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{WIDTH}\" y1=\"{y}\" y2=\"{y}\"/>");
        let _ = write!(svg, "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{value}</text>", LEFT - 6, y + 4);
    }
    for (at, label) in labels.iter().enumerate() {
        let x = LEFT + at * step;
        let mut y = TOP + inner;
        for one in series {
            let count = one.counts.get(at).copied().unwrap_or_default();
            // A count that is there is seen, however small beside the others.
            let tall = if count > 0 { height(count).max(1) } else { 0 };
            if tall > 0 {
                y = y.saturating_sub(tall);
                let _ = write!(
                    svg,
                    "<rect class=\"s{}\" x=\"{}\" y=\"{y}\" width=\"{}\" height=\"{tall}\"><title>{} {}: {count}</title></rect>",
                    one.colour,
                    x + 2,
                    step.saturating_sub(4).max(1),
                    escape(label),
                    escape(&one.name)
                );
            }
        }
        if columns <= 12 || at % (columns / 12 + 1) == 0 {
            let _ = write!(
                svg,
                "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
                x + step / 2,
                HEIGHT - 6,
                escape(label)
            );
        }
    }
    svg.push_str("</svg>");
    svg
}

/// Lying bars, one per row: its name, its count, and the bar. What a row is stands before it as text.
pub fn bars(title: &str, rows: &[(String, u64)]) -> String {
    const ROW: usize = 28;
    const NAMES: usize = 260;
    let most = rows.iter().map(|row| row.1).max().unwrap_or_default().max(1);
    let mut svg = format!(
        "<svg viewBox=\"0 0 {WIDTH} {}\" role=\"img\" aria-label=\"{}\" preserveAspectRatio=\"xMidYMid meet\">",
        rows.len().max(1) * ROW,
        escape(title)
    );
    let room = WIDTH - NAMES - 90;
    for (at, (name, count)) in rows.iter().enumerate() {
        let y = at * ROW;
        let share = u128::from(*count) * room as u128 / u128::from(most);
        let wide = usize::try_from(share).unwrap_or(room).clamp(usize::from(*count > 0), room);
        let short: String = name.chars().take(24).collect();
        let _ =
            write!(svg, "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>", NAMES - 10, y + 18, escape(&short));
        let _ = write!(
            svg,
            "<rect class=\"s1\" x=\"{NAMES}\" y=\"{}\" width=\"{wide}\" height=\"18\"><title>{}: {count}</title></rect>",
            y + 4,
            escape(name)
        );
        let _ = write!(svg, "<text x=\"{}\" y=\"{}\">{count}</text>", NAMES + wide + 8, y + 18);
    }
    svg.push_str("</svg>");
    svg
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
        assert!(svg.contains("width=\"610\"") && svg.contains("width=\"1\"") && svg.contains("width=\"0\""), "{svg}");
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
