//! HTML as a reader sees it, hidden text apart.

/// What the HTML parts of a message show and hide.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Html {
    /// Text that a reader sees.
    pub visible: String,
    /// Text that is in the source but not seen (display:none, zero size, background colour …).
    pub hidden: String,
    /// `img` elements with a source outside the message.
    pub remote_images: usize,
    /// `img` elements of at most 2 × 2 pixels from outside: they report that the mail was opened.
    pub tracking_images: usize,
    /// `form` elements.
    pub forms: usize,
    /// `script` elements and `on…` attributes.
    pub scripts: usize,
    /// Comments and tags that no browser knows, set into words to break them up.
    pub noise: usize,
    /// The walk ended early at a bound.
    pub cut: bool,
}
