//! Any bytes are a snapshot, an example or a delta, or an error; what was read is written the same.
#![no_main]

use content::bayes::{Delta, Features, Model};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(model) = Model::from_bytes(bytes) {
        assert_eq!(Model::from_bytes(&model.to_bytes()), Ok(model));
    }
    if let Ok(features) = Features::from_bytes(bytes) {
        assert_eq!(Features::from_bytes(&features.to_bytes()), Ok(features));
    }
    if let Ok(delta) = Delta::from_bytes(bytes) {
        assert_eq!(Delta::from_bytes(&delta.to_bytes()), Ok(delta));
    }
});
