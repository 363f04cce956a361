//! Lists of recipients that a program made (HeaderEval).

use super::{Call, Row};
use crate::view::View;
use crate::view::text::string;

pub(super) const ROWS: &[Row] = &[("sorted_recipients", sorted, None), ("similar_recipients", similar, None)];

const SORTED_LEAST: usize = 7;
const SIMILAR_LEAST: usize = 5;
const MOST: usize = 256;

fn addresses(view: &View<'_>) -> Vec<String> {
    let mut inputs: Vec<Vec<u8>> = view.get("ToCc:addr").to_vec();
    if inputs.len() < SIMILAR_LEAST {
        inputs.extend(view.get("Bcc:addr").iter().cloned());
    }
    let mut addresses: Vec<String> = inputs.iter().take(MOST).map(|address| string(address)).collect();
    addresses.dedup_by(|one, other| one.eq_ignore_ascii_case(other));
    addresses
}

fn sorted(view: &View<'_>, _: &Call) -> bool {
    let addresses = addresses(view);
    addresses.len() >= SORTED_LEAST && addresses.is_sorted()
}

fn similar(view: &View<'_>, call: &Call) -> bool {
    call.is_within(similarity(&addresses(view)), 0, 1)
}

/// The share of pairs whose names or hosts begin alike.
fn similarity(addresses: &[String]) -> f64 {
    if addresses.len() < SIMILAR_LEAST {
        return 0.0;
    }
    let start = |text: &str| text.chars().take(2).collect::<String>();
    let parts: Vec<(String, String, &str)> = addresses
        .iter()
        .map(|address| {
            let host = address.split_once('@').map_or("", |(_, host)| host);
            (start(address), start(host), host)
        })
        .collect();
    let (mut hits, mut pairs) = (0usize, 0usize);
    for (number, one) in parts.iter().enumerate() {
        for other in &parts[number + 1..] {
            hits += usize::from(one.0 == other.0) + usize::from(one.1 == other.1 && one.2 != other.2);
            pairs += 1;
        }
    }
    hits as f64 / pairs.max(1) as f64
}
