//! A milter that does nothing, for measuring what asking a milter costs at all: `idle_milter ADDRESS:PORT|PATH [unhurried]`.
//! `unhurried` leaves it to the system when it acknowledges (a delayed ACK where no answer carries it).

use std::path::Path;

use testkit::OtherMilter;

fn main() {
    let place = std::env::args().nth(1).expect("idle_milter ADDRESS:PORT|PATH [unhurried]");
    let unhurried = std::env::args().nth(2).is_some_and(|word| word == "unhurried");
    let _listening = match place.parse() {
        Ok(address) if unhurried => Some(OtherMilter::start_unhurried_at(address)),
        Ok(address) => Some(OtherMilter::start_at(address)),
        Err(_) => {
            OtherMilter::start_on_socket(Path::new(&place));
            None
        }
    };
    loop {
        std::thread::park();
    }
}
