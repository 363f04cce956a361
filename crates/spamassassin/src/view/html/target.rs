//! Where a reference in HTML leads from a base (RFC 3986, section 5.2, as SpamAssassin reads it).

/// Pieces of an address.
#[derive(Clone, Debug, Default)]
struct Pieces {
    scheme: Option<String>,
    authority: Option<String>,
    path: String,
    query: Option<String>,
    fragment: Option<String>,
}

fn pieces(address: &str) -> Pieces {
    let mut pieces = Pieces::default();
    let mut rest = address;
    if let Some(colon) = rest.find([':', '/', '?', '#'])
        && colon > 0
        && rest[colon..].starts_with(':')
    {
        pieces.scheme = Some(rest[..colon].to_owned());
        rest = &rest[colon + 1..];
    }
    if let Some((before, fragment)) = rest.split_once('#') {
        pieces.fragment = Some(fragment.split('\n').next().unwrap_or_default().to_owned());
        rest = before;
    }
    if let Some((before, query)) = rest.split_once('?') {
        pieces.query = Some(query.to_owned());
        rest = before;
    }
    if let Some(after) = rest.strip_prefix("//") {
        let end = after.find('/').unwrap_or(after.len());
        pieces.authority = Some(after[..end].to_owned());
        rest = &after[end..];
    }
    pieces.path = rest.to_owned();
    pieces
}

/// RFC 3986, section 5.2.4.
fn without_dots(path: &str) -> String {
    if !path.contains("/.") && !path.starts_with('.') {
        return path.to_owned();
    }
    let mut output: Vec<&str> = Vec::new();
    let path = path
        .strip_prefix("../")
        .or_else(|| path.strip_prefix("./"))
        .map_or_else(|| path.to_owned(), |rest| format!("/{rest}"));
    let absolute = path.starts_with('/');
    let mut segments = path.trim_start_matches('/').split('/').peekable();
    while let Some(segment) = segments.next() {
        let is_last = segments.peek().is_none();
        match segment {
            "." if is_last => output.push(""),
            "." => {}
            ".." => {
                output.pop();
                if is_last {
                    output.push("");
                }
            }
            segment => output.push(segment),
        }
    }
    let joined = output.join("/");
    if absolute { format!("/{joined}") } else { joined }
}

/// The address that a reference stands for.
pub(super) fn target(base: &str, reference: &str) -> String {
    let mut wanted = pieces(reference);
    let base = pieces(base);
    if wanted.scheme.is_some() && wanted.scheme == base.scheme {
        wanted.scheme = None;
    }
    let mut found = Pieces { fragment: wanted.fragment.clone(), ..Pieces::default() };
    if wanted.scheme.is_some() || wanted.authority.is_some() {
        found.path = without_dots(&wanted.path);
        found.query.clone_from(&wanted.query);
        found.authority.clone_from(&wanted.authority);
        found.scheme = wanted.scheme.or(base.scheme);
    } else {
        if wanted.path.is_empty() {
            found.path.clone_from(&base.path);
            found.query = wanted.query.or(base.query);
        } else {
            found.path = if wanted.path.starts_with('/') {
                without_dots(&wanted.path)
            } else {
                without_dots(&merged(base.authority.as_deref(), &base.path, &wanted.path))
            };
            found.query = wanted.query;
        }
        found.authority = base.authority;
        found.scheme = base.scheme;
    }
    written(&found)
}

fn merged(authority: Option<&str>, base: &str, path: &str) -> String {
    if authority.is_some() && base.is_empty() {
        return format!("/{path}");
    }
    base.rfind('/').map_or_else(|| path.to_owned(), |slash| format!("{}{path}", &base[..=slash]))
}

fn written(found: &Pieces) -> String {
    let mut text = String::new();
    match (&found.scheme, &found.authority) {
        (Some(scheme), _) if !scheme.is_empty() => text.push_str(&format!("{scheme}:")),
        (_, Some(authority)) if authority.to_ascii_lowercase().starts_with("www") => text.push_str("http:"),
        (_, Some(authority)) if authority.to_ascii_lowercase().starts_with("ftp") => text.push_str("ftp:"),
        _ => {}
    }
    if let Some(authority) = &found.authority {
        text.push_str("//");
        text.push_str(authority);
    }
    text.push_str(&found.path);
    if let Some(query) = &found.query {
        text.push('?');
        text.push_str(query);
    }
    if let Some(fragment) = &found.fragment {
        text.push('#');
        text.push_str(fragment);
    }
    text
}
