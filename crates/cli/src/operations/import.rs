//! One part of a long list of subscribers: looked at, or taken in as a whole.

use std::fmt::Write as _;
use std::sync::Arc;

use policy::Language;
use portal::language::Words;
use portal::operator::import;

use crate::control::Response;
use crate::house::House;

/// Checks a part, or takes it in; what is wrong is told with the line of the whole file.
pub(super) async fn run(house: &Arc<House>, before: u64, check: bool, language: Language, bytes: &[u8]) -> Response {
    let Some(operator) = house.gate.directory.first_operator() else {
        return Response::no("there is no domain yet");
    };
    let portal = crate::pages::portal(house, false);
    let list = match import::read(&portal, operator, bytes, Words(language)).await {
        Ok(Ok(list)) => list,
        Ok(Err(faults)) => {
            let mut text = String::new();
            for fault in faults {
                // Line 1 of a part is the heading.
                let line = if fault.line > 1 { fault.line + before } else { fault.line };
                let column = if fault.column.is_empty() { String::new() } else { format!(" {}", fault.column) };
                let _ = writeln!(text, "{line}:{column} {}", fault.problem);
            }
            return Response::no(text.trim_end()).with("faults");
        }
        Err(problem) => return Response::no(format!("{problem:?}")),
    };
    if check {
        return Response::ok(list.rows.len().to_string());
    }
    match import::store(&portal, operator, &list).await {
        Ok(new) => Response::ok(list.rows.len().to_string()).with(&new.to_string()),
        Err(problem) => Response::no(format!("{problem:?}")),
    }
}
