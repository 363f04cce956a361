//! SMFIC_OPTNEG: which steps come at all, and which of them wait for an answer. Every answer that is not waited for is
//! a round trip less, so only MAIL, RCPT and the end of the message are answered where the mail server can do that.

use super::command::Offer;
use super::packet;

/// Version that we speak.
pub const VERSION: u32 = 6;
/// The oldest that can carry what we need (Sendmail 8.12).
const OLDEST: u32 = 2;

/// SMFIF_ADDHDRS, SMFIF_CHGBODY, SMFIF_DELRCPT, SMFIF_CHGHDRS, SMFIF_QUARANTINE.
pub const ACTIONS: u32 = 0x01 | 0x02 | 0x08 | 0x10 | 0x20;
/// SMFIF_SETSYMLIST.
const SET_MACROS: u32 = 0x100;

/// SMFIP_NR_HDR.
const QUIET_HEADERS: u32 = 0x80;
/// SMFIP_NOUNKNOWN.
const NO_UNKNOWN: u32 = 0x100;
/// SMFIP_NODATA.
const NO_DATA: u32 = 0x200;
/// SMFIP_RCPT_REJ.
const REFUSED_RECIPIENTS: u32 = 0x800;
/// SMFIP_NR_CONN.
const QUIET_CONNECT: u32 = 0x1000;
/// SMFIP_NR_HELO.
const QUIET_HELO: u32 = 0x2000;
/// SMFIP_NR_EOH.
const QUIET_END_OF_HEADERS: u32 = 0x4_0000;
/// SMFIP_NR_BODY.
const QUIET_BODY: u32 = 0x8_0000;
/// SMFIP_HDR_LEADSPC.
const LEADING_SPACE: u32 = 0x10_0000;

const STEPS: u32 = QUIET_HEADERS
    | NO_UNKNOWN
    | NO_DATA
    | REFUSED_RECIPIENTS
    | QUIET_CONNECT
    | QUIET_HELO
    | QUIET_END_OF_HEADERS
    | QUIET_BODY
    | LEADING_SPACE;

/// Macros asked for, by stage (SMFIM_CONNECT, SMFIM_HELO, SMFIM_ENVFROM, SMFIM_ENVRCPT).
const MACROS: [(u32, &str); 4] = [
    (0, "j {client_addr} {client_port} {client_name} {client_ptr} {daemon_name}"),
    (1, "{tls_version} {cipher}"),
    (2, "i r {auth_authen} {auth_type} {mail_addr} {tls_version} {cipher}"),
    (3, "{rcpt_addr} {rcpt_mailer} {rcpt_host}"),
];

/// What was agreed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Agreed {
    steps: u32,
}

/// Why nothing can be agreed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CannotAgree {
    /// Too old.
    #[error("the mail server speaks version {0} of the milter protocol; {OLDEST} is the oldest that is understood")]
    Version(u32),
    /// It lacks something without which held mail would be delivered.
    #[error("the mail server offers actions {0:#x}; {ACTIONS:#x} are needed")]
    Actions(u32),
}

impl Agreed {
    /// Agrees on what both sides can do.
    pub fn on(offer: Offer) -> Result<Self, CannotAgree> {
        if offer.version < OLDEST {
            return Err(CannotAgree::Version(offer.version));
        }
        if offer.actions & ACTIONS != ACTIONS {
            return Err(CannotAgree::Actions(offer.actions));
        }
        Ok(Self { steps: offer.steps & STEPS })
    }

    /// The answer to the offer.
    pub fn write(self, offer: Offer, out: &mut Vec<u8>) {
        let head = [offer.version.min(VERSION), ACTIONS | (offer.actions & SET_MACROS), self.steps];
        let mut data: Vec<u8> = head.iter().flat_map(|word| word.to_be_bytes()).collect();
        if offer.actions & SET_MACROS != 0 {
            for (stage, names) in MACROS {
                data.extend_from_slice(&stage.to_be_bytes());
                data.extend_from_slice(names.as_bytes());
                data.push(0);
            }
        }
        packet::write(out, b'O', &[&data]);
    }

    /// Whether CONNECT is answered.
    pub fn answers_connect(self) -> bool {
        self.steps & QUIET_CONNECT == 0
    }

    /// Whether HELO is answered.
    pub fn answers_helo(self) -> bool {
        self.steps & QUIET_HELO == 0
    }

    /// Whether each header field is answered.
    pub fn answers_headers(self) -> bool {
        self.steps & QUIET_HEADERS == 0
    }

    /// Whether the end of the header section is answered.
    pub fn answers_end_of_headers(self) -> bool {
        self.steps & QUIET_END_OF_HEADERS == 0
    }

    /// Whether each piece of body is answered.
    pub fn answers_body(self) -> bool {
        self.steps & QUIET_BODY == 0
    }

    /// Whether values of fields come, and are given, with the space after the colon.
    pub fn keeps_leading_space(self) -> bool {
        self.steps & LEADING_SPACE != 0
    }
}
