//! What the tests of this folder share: the binary, settings of people, held mail.

use std::path::Path;
use std::time::Duration;

use testkit::{Sekisho, Setup};

/// The binary under test.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_sekisho");

/// Agreed, everything else as shipped.
pub(crate) const AGREED: &str = r#"{"consent":{"given":true,"at":1700000000000,"text":1}}"#;

/// Agreed, and holds everything.
pub(crate) const HOLDS_ALL: &str = r#"{"consent":{"given":true,"at":1700000000000,"text":1},"refuse":[{"kind":"everyone"}],"refused":{"then":"junk"}}"#;

/// Said nothing.
pub(crate) const SAID_NOTHING: &str = "{}";

/// How long a debug build may take for something that has to happen.
pub(crate) const SOON: Duration = Duration::from_secs(60);

pub(crate) const PLAIN: &[u8] = b"From: Sayuri <sayuri@sumire.example.jp>\nTo: hanako@shirakaba.example.jp\nSubject: A walk\nDate: Sat, 21 Nov 2026 20:14:05 +0900\nMessage-ID: <walk@sumire.example.jp>\n\nShall we walk on Sunday?\n";

/// One domain with Maildirs.
pub(crate) fn maildirs() -> Setup {
    Setup::new(PROGRAM).maildir_domain("shirakaba.example.jp")
}

/// One line of `sekisho junk list`.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub(crate) reference: String,
    pub(crate) state: String,
    pub(crate) mail_from: String,
}

/// Held mail of an address, whatever its state.
pub(crate) fn junk(sekisho: &Sekisho, address: &str) -> Vec<Held> {
    let said = sekisho.run(&["junk", "list", address]);
    let rows = said.lines().filter(|line| !line.trim().is_empty()).map(|line| {
        let fields: Vec<&str> = line.split('\t').collect();
        let field = |at: usize| fields.get(at).unwrap_or_else(|| panic!("not a line of held mail: {line}")).to_string();
        Held { reference: field(0), state: field(1), mail_from: field(6) }
    });
    rows.collect()
}

/// Held mail that nobody released yet.
pub(crate) fn held(sekisho: &Sekisho, address: &str) -> usize {
    junk(sekisho, address).iter().filter(|row| row.state == "held").count()
}

/// Puts aliases into a data folder that nobody has open.
pub(crate) fn add_aliases(data: &Path, aliases: &[(String, String)]) {
    use store::Records as _;
    use store::records::directory::{AddressKind, AddressRow};
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let embedded = store::Embedded::open(data).await.expect("the data folder can be opened");
        let operator = embedded.records.operators().await.expect("operators can be read")[0].id;
        for (from, to) in aliases {
            let kind = AddressKind::Alias(to.clone());
            let row = AddressRow { operator, key: from.clone(), kind, subscriber: None };
            embedded.records.put_address(&row).await.expect("an alias can be written");
        }
        embedded.close().await.expect("the data folder can be closed");
    });
}
