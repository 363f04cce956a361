//! A milter that does nothing, for measuring what asking a milter costs at all: `idle_milter ADDRESS:PORT`.

fn main() {
    let address = std::env::args().nth(1).and_then(|text| text.parse().ok()).expect("idle_milter ADDRESS:PORT");
    let _listening = testkit::OtherMilter::start_at(address);
    loop {
        std::thread::park();
    }
}
