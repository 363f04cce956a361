//! Patterns of host names, such as `*.pool.example.net`: `*` stands for anything, dots too.

/// A pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(String);

impl Pattern {
    /// Reads a pattern of host names; upper and lower case are the same.
    pub fn parse(text: &str) -> Result<Self, String> {
        let pattern = text.trim().trim_end_matches('.').to_ascii_lowercase();
        let good = |c: char| c.is_ascii_alphanumeric() || "-_.*".contains(c);
        if pattern.is_empty() || pattern.len() > 253 || !pattern.chars().all(good) {
            return Err(format!("\"{text}\" is not a host name, nor a pattern of one such as *.pool.example.net"));
        }
        Ok(Self(pattern))
    }

    /// Whether the whole name matches. At most as many steps as name times pattern.
    pub fn matches(&self, name: &str) -> bool {
        let (pattern, name) = (self.0.as_bytes(), name.trim_end_matches('.').as_bytes());
        let (mut at, mut here) = (0, 0);
        let mut star: Option<(usize, usize)> = None;
        while here < name.len() {
            match pattern.get(at) {
                Some(b'*') => {
                    star = Some((at, here));
                    at += 1;
                }
                Some(c) if c.eq_ignore_ascii_case(&name[here]) => {
                    at += 1;
                    here += 1;
                }
                _ => match star {
                    Some((star_at, from)) => {
                        star = Some((star_at, from + 1));
                        (at, here) = (star_at + 1, from + 1);
                    }
                    None => return false,
                },
            }
        }
        pattern[at..].iter().all(|c| *c == b'*')
    }
}

impl std::fmt::Display for Pattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_names_match() {
        let rows = [
            ("*.pool.example.net", "a.pool.example.net", true),
            ("*.pool.example.net", "a.b.pool.EXAMPLE.net.", true),
            ("*.pool.example.net", "pool.example.net", false),
            ("*.pool.example.net", "a.pool.example.net.evil.example", false),
            ("host-*-*.example.net", "host-1-2.example.net", true),
            ("host-*-*.example.net", "host-1.example.net", false),
            ("mail.example.net", "mail.example.net", true),
            ("mail.example.net", "xmail.example.net", false),
            ("*", "", true),
            ("*a*a*a*a*b", &"a".repeat(250), false),
        ];
        for (pattern, name, expected) in rows {
            assert_eq!(Pattern::parse(pattern).expect("a pattern").matches(name), expected, "{pattern} {name}");
        }
        for wrong in ["", "a b", "a/b", "例.jp"] {
            assert!(Pattern::parse(wrong).is_err(), "{wrong}");
        }
    }
}
