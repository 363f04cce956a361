//! From bytes in whatever charset they are really in to text.

/// Text, and whether the label was true.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// The text.
    pub text: String,
    /// The charset it was read in, lower case.
    pub charset: &'static str,
    /// The label was wrong or missing and another charset was recognised.
    pub relabelled: bool,
    /// Octets that could not be read and became U+FFFD.
    pub lost: usize,
}

/// Decodes bytes with the declared label, if any.
pub fn decode(bytes: &[u8], label: Option<&str>) -> Decoded {
    let _ = label;
    Decoded { text: String::from_utf8_lossy(bytes).into_owned(), charset: "utf-8", relabelled: false, lost: 0 }
}
