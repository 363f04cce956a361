//! Every key of `sekisho.toml` in visible tables: its default, what kind of value it takes, what it is for.
//! The shipped `sekisho.toml` and the manual are made from them, and a test compares them.

mod content;
mod door;
mod faces;
mod machine;

use super::lists::LIST_KEYS;
pub use faces::DOMAIN_KEYS;

/// The keys, file by file.
const SECTIONS: [&[Key]; 4] = [faces::FACES, door::DOOR, content::CONTENT, machine::MACHINE];

/// What a value must look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// A text, or nothing (`""`).
    OptionalText,
    /// `address:port`, a list of them, or `""` for none.
    Addresses,
    /// A path, or `""`.
    Path,
    /// A whole number, 0 or more.
    Number,
    /// A number, with decimals or without.
    Decimal,
    /// `true` or `false`.
    Switch,
    /// A list of texts.
    Texts,
    /// One of these words.
    Word(&'static [&'static str]),
}

/// One key.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// The table it stands in.
    pub table: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Its default, as TOML.
    pub default: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// What it is for.
    pub about: &'static str,
}

pub(super) const fn key(
    table: &'static str,
    name: &'static str,
    default: &'static str,
    kind: Kind,
    about: &'static str,
) -> Key {
    Key { table, name, default, kind, about }
}

/// What each table is about, in the order in which the shipped file shows them.
pub const TABLES: &[(&str, &str)] = &[
    ("listen", "Where Sekisho listens. A text such as \"127.0.0.1:25\", a list of them, or \"\" for nowhere."),
    ("data", "Where Sekisho keeps what it remembers. One running Sekisho owns this folder."),
    ("operator", "Whose checkpoint this is."),
    ("smtp", "How SMTP and LMTP are spoken."),
    ("door", "What is looked at before there is a message. Sessions that signed in, and LMTP, are let by."),
    ("tls", "Certificate for STARTTLS and for the portal."),
    ("onward", "How mail is handed to the next hop."),
    ("release", "How held mail is delivered after all."),
    ("dns", "Where names are looked up."),
    ("signatures", "Signatures of reported mail, by which its variants are found."),
    ("links", "What is known of addresses on the web. Files are read again when they change."),
    ("clamd", "The virus scanner."),
    ("yara", "YARA rules, run by a worker process of their own (`make yara-worker`)."),
    ("portal", "The web pages."),
    ("digest", "Mail to people about their held mail."),
    ("rules", "Rules beside those that come with the program."),
    ("replay", "Trying rules on mail of the last days."),
    ("milter", "How a mail server is answered by milter."),
    ("rspamd", "The HTTP interface in rspamd's dialect."),
    ("log", "What is logged."),
];

/// Every key outside `[[domain]]` and `[[door.lists]]`, in the order of the tables.
pub fn all() -> impl Iterator<Item = &'static Key> {
    let of = |table| SECTIONS.iter().copied().flatten().filter(move |key| key.table == table);
    TABLES.iter().flat_map(move |(table, _)| of(*table))
}

/// A key by table and name.
pub fn find(table: &str, name: &str) -> Option<&'static Key> {
    all().chain(DOMAIN_KEYS).chain(LIST_KEYS).find(|key| key.table == table && key.name == name)
}

/// The shipped `sekisho.toml`: every key, commented out, with its default.
pub fn shipped() -> String {
    let mut out = String::from(
        "# Sekisho. Every key stands here with its default, commented out.\n\
         # `sekisho config check` reads this file and says what is wrong with it;\n\
         # `sekisho config show` prints every value in force and where it came from.\n",
    );
    for (table, about) in TABLES {
        out.push_str(&format!("\n# {about}\n[{table}]\n"));
        for key in all().filter(|key| key.table == *table) {
            push_key(&mut out, key);
        }
    }
    out.push_str(
        "\n# One for each DNS list that is asked. Each tests itself, and is not asked while it does not pass.\n",
    );
    out.push_str("# [[door.lists]]\n");
    for key in LIST_KEYS {
        push_key(&mut out, key);
    }
    out.push_str("\n# One for each domain that mail is taken for.\n# [[domain]]\n");
    for key in DOMAIN_KEYS {
        push_key(&mut out, key);
    }
    out
}

fn push_key(out: &mut String, key: &Key) {
    let mut line = String::from("#");
    for word in key.about.split_whitespace() {
        if line.chars().count() + word.chars().count() > 110 {
            out.push_str(&line);
            out.push('\n');
            line = String::from("#");
        }
        line.push(' ');
        line.push_str(word);
    }
    out.push_str(&line);
    out.push('\n');
    if let Kind::Word(words) = key.kind {
        let words: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
        out.push_str(&format!("# One of {}.\n", words.join(", ")));
    }
    out.push_str(&format!("#{} = {}\n", key.name, key.default));
}
