//! Every bound on a message, in one place. What lies beyond a bound is not read, and the message says so.

/// Bounds on what is read of one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Octets of one message that are accepted at all (SIZE, RFC 1870).
    pub message: usize,
    /// Octets of the header section that are read.
    pub header_section: usize,
    /// Header fields that are read.
    pub header_fields: usize,
    /// Octets of one header field that are decoded.
    pub header_field: usize,
    /// MIME parts that are read.
    pub parts: usize,
    /// Depth of nesting that is followed.
    pub depth: usize,
    /// Octets of decoded text, all text parts together.
    pub text: usize,
    /// Octets of one HTML part that are walked.
    pub html: usize,
    /// Links that are kept.
    pub links: usize,
    /// Octets of attached files of one message that are searched for links, all together.
    pub linked_files: usize,
    /// Attached pictures that are searched for QR codes.
    pub pictures: usize,
    /// Pixels of attached pictures that are decoded, all together; this bounds the time as well.
    pub pixels: usize,
    /// Attachments that are looked at.
    pub attachments: usize,
    /// Octets of one attachment's start that are decoded to learn its true type.
    pub attachment_start: usize,
    /// Octets of one attachment that are decoded where somebody has to look inside.
    pub attachment_octets: usize,
    /// Files in one archive, nested ones included, that are listed.
    pub archive_entries: usize,
    /// Archives in archives that are opened.
    pub archive_depth: usize,
    /// Octets that are unpacked to look into the archives of one attachment.
    pub archive_octets: usize,
    /// Octets that an archive may declare before its ratio is looked at.
    pub archive_size: u64,
    /// Unpacked octets for each packed one from which such an archive is a bomb.
    pub archive_ratio: u64,
    /// Received fields after which a message is going round in circles (RFC 5321 §6.3).
    pub hops: usize,
}

/// What the shipped configuration uses.
pub const LIMITS: Limits = Limits {
    message: 50 * 1024 * 1024,
    header_section: 256 * 1024,
    header_fields: 1_000,
    header_field: 16 * 1024,
    parts: 1_000,
    depth: 50,
    text: 1024 * 1024,
    html: 2 * 1024 * 1024,
    links: 1_000,
    linked_files: 4 * 1024 * 1024,
    pictures: 4,
    pixels: 6_000_000,
    attachments: 200,
    attachment_start: 4 * 1024,
    attachment_octets: 16 * 1024 * 1024,
    archive_entries: 1_000,
    archive_depth: 3,
    archive_octets: 8 * 1024 * 1024,
    archive_size: 64 * 1024 * 1024,
    archive_ratio: 200,
    hops: 50,
};

impl Default for Limits {
    fn default() -> Self {
        LIMITS
    }
}
