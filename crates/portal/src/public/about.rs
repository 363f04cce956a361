//! What this is, what it looks at and what it keeps; licences of what the pages carry.

use askama::Template;
use axum::response::Response;

use crate::assets;
use crate::frame::{Frame, show};
use crate::visit::Visit;

#[derive(Template)]
#[template(path = "public/about.html")]
struct Page {
    f: Frame,
    icons: &'static str,
}

/// The page.
pub async fn page(visit: Visit) -> Response {
    show(&Page { f: Frame::new(&visit, visit.words.say("about-title")), icons: assets::ICON_LICENCE })
}
