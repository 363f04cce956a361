//! Functions over HTML parts (HTMLEval).

use super::{Call, Row};
use crate::view::View;

pub(super) const ROWS: &[Row] = &[
    ("html_tag_balance", tag_balance, None),
    ("html_image_only", image_only, None),
    ("html_image_ratio", image_ratio, None),
    ("html_charset_faraway", |_, _| false, None),
    ("html_tag_exists", |view, call| view.html().any(|html| html.inside.contains_key(call.text(0))), None),
    (
        "html_test",
        |view, call| view.html().any(|html| html.number(call.text(0)).is_some_and(|number| number != 0.0)),
        None,
    ),
    (
        "html_eval",
        |view, call| {
            view.html().any(|html| html.number(call.text(0)).is_some_and(|number| compares(number, call.text(1))))
        },
        None,
    ),
    ("html_text_match", text_match, Some(1)),
    ("html_text_not_match", text_not_match, Some(1)),
    ("html_title_subject_ratio", title_ratio, None),
    ("html_range", range, None),
    (
        "check_iframe_src",
        |view, _| view.html().any(|html| html.links.values().any(|link| link.types.contains("iframe"))),
        None,
    ),
];

/// `> 3`, `!= 0`
fn compares(number: f64, comparison: &str) -> bool {
    let comparison = comparison.trim();
    let operator = comparison.find(|c: char| !matches!(c, '<' | '>' | '=' | '!')).unwrap_or(comparison.len());
    let Ok(other) = comparison[operator..].trim().parse::<f64>() else { return false };
    match &comparison[..operator] {
        "<" => number < other,
        "<=" => number <= other,
        ">" => number > other,
        ">=" => number >= other,
        "==" => number == other,
        "!=" => number != other,
        _ => false,
    }
}

fn tag_balance(view: &View<'_>, call: &Call) -> bool {
    view.html().any(|html| html.inside.get(call.text(0)).is_some_and(|depth| compares(*depth as f64, call.text(1))))
}

fn image_only(view: &View<'_>, call: &Call) -> bool {
    let (least, most) = (call.number(0).unwrap_or(0.0), call.number(1).unwrap_or(0.0));
    view.html().any(|html| {
        let length = html.length as f64;
        html.inside.contains_key("img") && length > least && length <= most
    })
}

fn image_ratio(view: &View<'_>, call: &Call) -> bool {
    let (least, most) = (call.number(0).unwrap_or(0.0), call.number(1).unwrap_or(0.0));
    view.html().filter(|html| html.image_area > 0.0).any(|html| {
        let ratio = html.number("non_space_len").unwrap_or(0.0) / html.image_area;
        ratio > least && ratio <= most
    })
}

fn text_match(view: &View<'_>, call: &Call) -> bool {
    let Some(pattern) = &call.pattern else { return false };
    view.html().any(|html| html.texts(call.text(0)).iter().any(|text| pattern.is_match(text.as_bytes())))
}

fn text_not_match(view: &View<'_>, call: &Call) -> bool {
    let Some(pattern) = &call.pattern else { return false };
    view.html().any(|html| html.texts(call.text(0)).iter().any(|text| !pattern.is_match(text.as_bytes())))
}

fn title_ratio(view: &View<'_>, call: &Call) -> bool {
    let subject = view.value("Subject").len();
    let longest = |titles: &[String]| titles.iter().map(|title| title.chars().count()).max().unwrap_or(0);
    let ratio = call.number(0).unwrap_or(0.0);
    subject > 0 && view.html().any(|html| longest(&html.titles) as f64 / subject as f64 > ratio)
}

fn range(view: &View<'_>, call: &Call) -> bool {
    let least = call.number(1).unwrap_or(0.0);
    let most = call.number(2).unwrap_or(f64::INFINITY);
    view.html().any(|html| html.number(call.text(0)).is_some_and(|value| value > least && value <= most))
}
