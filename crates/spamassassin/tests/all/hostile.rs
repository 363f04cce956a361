//! No message can stop the rules.

use proptest::prelude::*;

use super::set;

const RULES: &str = r"
util_rb_tld com net
redirector_pattern m'/\?.*(?<=[?&])URL=(.*?)(?:$|[&\#])'i
header A Subject =~ /x/i
header RELAY X-Spam-Relays-Untrusted =~ /ip=/
header NAME From:name =~ /x/
body B /f.?r.?e.?e/i
rawbody C /<a/
full D /x/
uri E /e/
uri_detail F type =~ /a/
mimeheader G Content-Type =~ /x/
body H eval:html_test('font_low_contrast')
body I eval:check_for_mime('mime_qp_long_line')
header J eval:check_for_shifted_date('1','2')
header K eval:check_freemail_replyto('reply')
body L eval:image_count('all', 1)
freemail_domains example.com
meta M A + B + C
";

proptest! {
    #[test]
    fn any_octets_are_a_message(message in proptest::collection::vec(any::<u8>(), 0..1500)) {
        set(RULES).evaluate(&message, &|| false);
    }

    #[test]
    fn any_header_and_markup_is_a_message(
        field in "(From|To|Subject|Received|Date|Content-Type|Content-Transfer-Encoding|Return-Path): [ -~\u{80}-\u{ff}\t\n]{0,120}",
        text in "(<[a-z!/]{0,6}[ a-z=\"'#:%/.&;0-9]{0,24}>?|[a-z@./:?&=% \n-]{0,20}){0,30}",
    ) {
        let message = format!("{field}\nContent-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/html\n\n{text}\n--x\n\n{text}");
        set(RULES).evaluate(message.as_bytes(), &|| false);
    }
}

#[test]
fn large_and_deep_messages_end_soon() {
    let set = set(RULES);
    let deep = "Content-Type: multipart/mixed; boundary=x\n\n--x\n".repeat(3_000);
    let forwarded = "Content-Type: message/rfc822\n\n".repeat(3_000);
    let tags = format!("Content-Type: text/html\n\n{}", "<div><table><td><font color=red>".repeat(20_000));
    let links = format!("Subject: x\n\n{}", "http://a.example.com/?u=http://b.example.net ".repeat(20_000));
    let at = format!("Subject: x\n\n{}", "a@".repeat(100_000));
    let open = format!("From: {}\n\nx\n", "\"(<".repeat(2_000));
    for message in [deep, forwarded, tags, links, at, open] {
        let outcome = set.evaluate(message.as_bytes(), &|| false);
        assert!(!outcome.cut);
    }
}
