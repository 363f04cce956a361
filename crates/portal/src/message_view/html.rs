//! A message's HTML, cleaned: no scripts, forms, styles or pictures, and links that lead nowhere.
//!
//! The true targets stand in a list beside it. The frame it is shown in has a policy of its own as a second wall.

use std::collections::{HashMap, HashSet};

use ammonia::Builder;
use bytes::Bytes;
use mail_parser::{MessageParser, MimeHeaders, PartType};

use crate::security::headers::MESSAGE_STYLE;

/// Octets of HTML that are cleaned.
const LONGEST: usize = 1024 * 1024;

/// The whole little document, or nothing where the message has no HTML.
pub fn html(raw: &Bytes) -> Option<String> {
    let message = MessageParser::default().parse(raw.as_ref())?;
    let part = message.parts.iter().find(|part| matches!(part.body, PartType::Html(_)) && !is_attachment(part))?;
    let PartType::Html(source) = &part.body else { return None };
    let mut end = source.len().min(LONGEST);
    while !source.is_char_boundary(end) {
        end -= 1;
    }
    let cleaned = clean(&source[..end]);
    Some(format!(
        "<!doctype html><html><head><meta charset=\"utf-8\"><title>mail</title><style>{MESSAGE_STYLE}</style></head>\
         <body dir=\"auto\">{cleaned}</body></html>"
    ))
}

fn is_attachment(part: &mail_parser::MessagePart<'_>) -> bool {
    part.content_disposition().is_some_and(|disposition| disposition.is_attachment())
}

/// Only tags that carry text and its order, and no attribute that names anything outside.
fn clean(source: &str) -> String {
    let tags: HashSet<&str> = [
        "a",
        "abbr",
        "b",
        "bdi",
        "bdo",
        "blockquote",
        "br",
        "caption",
        "center",
        "cite",
        "code",
        "dd",
        "del",
        "div",
        "dl",
        "dt",
        "em",
        "font",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "i",
        "ins",
        "kbd",
        "li",
        "ol",
        "p",
        "pre",
        "q",
        "rp",
        "rt",
        "ruby",
        "s",
        "samp",
        "small",
        "span",
        "strong",
        "sub",
        "sup",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "tt",
        "u",
        "ul",
        "wbr",
    ]
    .into();
    let attributes: HashMap<&str, HashSet<&str>> =
        [("td", ["colspan", "rowspan"].into()), ("th", ["colspan", "rowspan"].into())].into();
    Builder::empty()
        .tags(tags)
        .clean_content_tags(
            ["script", "style", "title", "template", "noscript", "iframe", "object", "svg", "math"].into(),
        )
        .tag_attributes(attributes)
        .generic_attributes(["dir"].into())
        .link_rel(None)
        .strip_comments(true)
        .clean(source)
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_runs_loads_or_leads_away() {
        let hostile = [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "<a href=\"javascript:alert(1)\">x</a>",
            "<a href=\"https://login.example/\">x</a>",
            "<svg><script>alert(1)</script></svg>",
            "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
            "<form action=\"https://x.example\"><input name=p><button>go</button></form>",
            "<iframe src=\"https://x.example\"></iframe>",
            "<link rel=stylesheet href=\"https://x.example/x.css\">",
            "<style>@import url(https://x.example)</style>",
            "<div style=\"background:url(https://x.example)\">t</div>",
            "<meta http-equiv=refresh content=\"0;url=https://x.example\">",
            "<base href=\"https://x.example/\">",
            "<video src=\"https://x.example/v\" poster=\"https://x.example/p\">",
            "<table background=\"https://x.example/b.png\"><td background=\"https://x.example/b.png\">t",
            "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
        ];
        for source in hostile {
            let cleaned = clean(source).to_lowercase();
            for bad in
                ["script", "onerror", "x.example", "login.example", "href", "src=", "style", "<form", "<input", "url("]
            {
                assert!(!cleaned.contains(bad), "{source} left {bad}: {cleaned}");
            }
        }
        assert_eq!(clean("<p>ご確認<br>ください</p>"), "<p>ご確認<br>ください</p>");
    }
}
