//! Facts about what hangs on a message: names that feign, types that contradict, what is inside.

use message::attachment::{Attachment, Format};

use super::{Fact, View};

pub(super) const FACTS: [Fact; 9] = [
    Fact { name: "attachment-disguised", holds: |view| any(view, Attachment::is_disguised) },
    Fact { name: "attachment-double-extension", holds: |view| any(view, Attachment::has_double_extension) },
    Fact { name: "attachment-name-feigned", holds: |view| any(view, Attachment::has_feigned_name) },
    Fact { name: "attachment-contradicts", holds: |view| any(view, Attachment::contradicts_its_name) },
    Fact { name: "attachment-encrypted", holds: |view| any(view, Attachment::is_encrypted) },
    Fact { name: "attachment-macros", holds: |view| any(view, Attachment::has_macros) },
    Fact { name: "page-active", holds: |view| any(view, |attachment| attachment.active) },
    Fact { name: "archive-bomb", holds: |view| any(view, is_bomb) },
    Fact { name: "archive-holds-program", holds: archive_holds_program },
];

/// The first attachment of which it is true, by its name.
fn any(view: &View<'_>, is: impl Fn(&Attachment) -> bool) -> Option<String> {
    let found = view.message.attachments.iter().find(|attachment| is(attachment))?;
    Some(found.name.clone().unwrap_or_default())
}

fn is_bomb(attachment: &Attachment) -> bool {
    attachment.inside.as_ref().is_some_and(|inside| inside.bomb)
}

/// A file in an archive that runs when it is opened; parts of a document are not files that somebody opens.
fn archive_holds_program(view: &View<'_>) -> Option<String> {
    view.message.attachments.iter().find_map(|attachment| {
        let inside =
            attachment.inside.as_ref().filter(|inside| inside.format != Format::Ole && inside.kind.is_none())?;
        inside.executable().map(|entry| entry.name.clone())
    })
}
