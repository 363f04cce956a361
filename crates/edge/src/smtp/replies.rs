//! What the server says of the dialogue itself. What it says of mail comes from the gate.

use policy::Reply;

use super::data::Fault;

/// A reply without an enhanced code (RFC 2034 §4: greetings, EHLO and 354 carry none).
pub(super) fn bare(code: u16, text: impl Into<String>) -> Reply {
    Reply { code, enhanced: None, text: text.into(), private: String::new() }
}

pub(super) fn go_ahead() -> Reply {
    bare(354, "End data with <CR><LF>.<CR><LF>")
}

pub(super) fn bye() -> Reply {
    Reply::new(221, (2, 0, 0), "Bye")
}

pub(super) fn ok() -> Reply {
    Reply::new(250, (2, 0, 0), "Ok")
}

pub(super) fn sender_ok() -> Reply {
    Reply::new(250, (2, 1, 0), "Sender ok")
}

pub(super) fn sequence(text: &str) -> Reply {
    Reply::new(503, (5, 5, 1), text)
}

pub(super) fn stopping() -> Reply {
    Reply::new(421, (4, 3, 2), "Service is stopping, please come again")
}

pub(super) fn too_slow() -> Reply {
    Reply::new(421, (4, 4, 2), "Too slow, closing")
}

pub(super) fn fault_of_ours() -> Reply {
    Reply::new(421, (4, 3, 0), "Temporary problem here, please try again later")
}

pub(super) fn too_much(text: &str) -> Reply {
    Reply::new(421, (4, 7, 0), text)
}

pub(super) fn needs_smtp_utf8() -> Reply {
    Reply::new(553, (5, 6, 7), "This address needs the SMTPUTF8 parameter of MAIL")
}

pub(super) fn too_large() -> Reply {
    Reply::new(552, (5, 3, 4), "Message is larger than this server takes")
}

pub(super) fn busy() -> Reply {
    Reply::new(450, (4, 7, 1), "Not now, please try again later")
}

fn no_room() -> Reply {
    Reply::new(452, (4, 3, 1), "No room for the message now, please try again later")
}

/// Why a message was not taken.
pub(super) fn of_fault(fault: Fault) -> Reply {
    match fault {
        Fault::TooLarge => too_large(),
        Fault::NoRoom => no_room(),
        Fault::BareCr => Reply::new(554, (5, 6, 0), "A CR without LF is not accepted (RFC 5321 section 2.3.8)"),
        Fault::BareLf => Reply::new(554, (5, 6, 0), "An LF without CR is not accepted (RFC 5321 section 2.3.8)"),
        Fault::Nul => Reply::new(554, (5, 6, 0), "NUL octets are not accepted (RFC 5322 section 4)"),
    }
}
