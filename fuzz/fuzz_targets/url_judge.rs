//! Any host and address can be judged: whom it resembles, how it scores, where it leads on.
#![no_main]

use content::urls::brands::Brands;
use content::urls::{Model, each_feature, inner};
use libfuzzer_sys::fuzz_target;
use message::links::{Link, Place};

fuzz_target!(|data: &str| {
    let link = Link::new(data, "", Place::Anchor);
    let _ = inner(&link);
    let Some(host) = link.host.as_deref() else { return };
    let _ = Brands::shipped().resembles(host);
    let mut count = 0;
    each_feature(host, &link.target, |_| count += 1);
    assert!(count < 2_000);
    assert!(Model::shipped().score(host, &link.target).is_finite());
});
