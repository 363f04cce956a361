//! XFORWARD (Postfix XFORWARD_README): tells a next hop that trusts us who really sent the message.

use message::Peer;

/// The XFORWARD commands for a peer, with the attributes that were offered. Two, where one would be too long.
pub(super) fn commands(offered: &[String], peer: &Peer) -> Vec<String> {
    let mut commands = Vec::new();
    for names in [&["NAME", "ADDR", "PORT", "PROTO"][..], &["HELO", "SOURCE"][..]] {
        let mut command = String::from("XFORWARD");
        for name in names.iter().filter(|name| offered.iter().any(|word| word == *name)) {
            command.push_str(&format!(" {name}={}", value(name, peer)));
        }
        if command.contains('=') {
            commands.push(command);
        }
    }
    commands
}

fn value(name: &str, peer: &Peer) -> String {
    let known = match name {
        "NAME" => peer.name.clone(),
        "ADDR" if peer.ip.is_ipv6() => Some(format!("IPv6:{}", peer.ip)),
        "ADDR" => Some(peer.ip.to_string()),
        "PORT" => (peer.port != 0).then(|| peer.port.to_string()),
        "PROTO" => Some(if peer.extended { "ESMTP" } else { "SMTP" }.to_owned()),
        "HELO" => peer.helo.clone(),
        "SOURCE" => Some(if peer.ip.is_loopback() { "LOCAL" } else { "REMOTE" }.to_owned()),
        _ => None,
    };
    known.filter(|text| !text.is_empty()).map_or_else(|| "[UNAVAILABLE]".to_owned(), |text| xtext(&text))
}

/// RFC 3461 §4.
fn xtext(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for octet in text.bytes().take(255) {
        if octet.is_ascii_graphic() && octet != b'+' && octet != b'=' {
            out.push(char::from(octet));
        } else {
            out.push_str(&format!("+{octet:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_offered_is_told_and_nothing_can_be_slipped_in() {
        let mut peer = Peer::at("2001:db8::7".parse().unwrap());
        peer.helo = Some("mail example\r\nRSET".into());
        peer.extended = true;
        let all: Vec<String> = ["NAME", "ADDR", "PORT", "PROTO", "HELO", "SOURCE", "IDENT"].map(String::from).into();
        assert_eq!(
            commands(&all, &peer),
            [
                "XFORWARD NAME=[UNAVAILABLE] ADDR=IPv6:2001:db8::7 PORT=[UNAVAILABLE] PROTO=ESMTP",
                "XFORWARD HELO=mail+20example+0D+0ARSET SOURCE=REMOTE"
            ]
        );
        assert_eq!(commands(&["ADDR".to_owned()], &peer), ["XFORWARD ADDR=IPv6:2001:db8::7"]);
        assert!(commands(&[], &peer).is_empty());
    }
}
