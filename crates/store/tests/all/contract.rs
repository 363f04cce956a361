//! The embedded implementations keep the contracts that every implementation keeps.

use store::{Embedded, contract};

/// Runs one contract against a fresh data folder: on a reference to a store, or on a store that tasks share.
macro_rules! contract {
    ($name:ident, $contract:path, &$store:ident) => {
        contract!($name, store, $contract(store.$store.as_ref()));
    };
    ($name:ident, $contract:path, $store:ident) => {
        contract!($name, store, $contract(store.$store.clone()));
    };
    ($name:ident, $opened:ident, $call:expr) => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
        async fn $name() {
            let folder = tempfile::tempdir().unwrap();
            let $opened = Embedded::open(folder.path()).await.unwrap();
            $call.await.unwrap();
            $opened.close().await.unwrap();
        }
    };
}

contract!(operators_and_domains, contract::directory::operators_and_domains, &records);
contract!(subscribers, contract::directory::subscribers, &records);
contract!(addresses, contract::directory::addresses, &records);
contract!(contracts, contract::directory::contracts, &records);
contract!(import, contract::directory::import, &records);
contract!(settings_history, contract::settings::history, &records);
contract!(settings_conflict, contract::settings::conflict, records);
contract!(decisions_find, contract::decisions::find, &records);
contract!(decisions_over_days, contract::decisions::over_days, &records);
contract!(decisions_pages, contract::decisions::pages, &records);
contract!(decisions_again, contract::decisions::again, &records);
contract!(decisions_many, contract::decisions::many, &records);
contract!(decisions_counts, contract::decisions::counts, &records);
contract!(decisions_expiry, contract::decisions::expiry, &records);
contract!(headers_of_delivered_mail, contract::headers::keep_find_erase, &records);
contract!(junk_put_and_find, contract::junk::put_and_find, &records);
contract!(junk_pages, contract::junk::pages, &records);
contract!(junk_moves, contract::junk::moves, records);
contract!(junk_expiry, contract::junk::expiry, &records);
contract!(digests_plans, contract::digests::plans, &records);
contract!(digests_told, contract::digests::told, &records);
contract!(digests_links, contract::digests::links, records);
contract!(learning_log, contract::learning::log, &records);
contract!(signin_staff, contract::signin::staff, &records);
contract!(signin_sessions, contract::signin::sessions, &records);
contract!(signin_codes, contract::signin::codes, records);
contract!(signin_means, contract::signin::means, records);
contract!(audit_log, contract::audit::log, &records);
contract!(counters_exactly_so_many, contract::counters::exactly_so_many, counters);
contract!(counters_window, contract::counters::window, &counters);
contract!(counters_refund, contract::counters::refund, &counters);
contract!(counters_memory, contract::counters::memory, &counters);
contract!(counters_expiry, contract::counters::expiry, &counters);
contract!(blobs_bytes_and_holders, contract::blobs::bytes_and_holders, &blobs);
contract!(blobs_erase, contract::blobs::erase, &blobs);
contract!(blobs_many_and_sweep, contract::blobs::many_and_sweep, blobs);
contract!(blobs_large, contract::blobs::large, &blobs);
