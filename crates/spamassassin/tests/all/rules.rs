//! What each kind of rule looks at.

use super::{hits, set};

const MAIL: &str = "Received: from mail.example.com (mail.example.com [192.0.2.7])\n\
    \tby mx.example.jp (Postfix) with ESMTP id ABC123\n\tfor <hanako@example.jp>; Fri, 3 Jan 2020 12:00:00 +0900 (JST)\n\
    From: \"Taro, =?utf-8?q?Tar=C5=8D?=\" <taro@example.com>\nTo: hanako@example.jp, jiro@example.jp\n\
    Cc: <saburo@example.jp>\nSubject: Re: =?utf-8?b?ZnJlZSBvZmZlcg==?=\nMessage-Id: <one@example.com>\n\
    Date: Fri, 3 Jan 2020 12:00:00 +0900\nMIME-Version: 1.0\n\
    Content-Type: multipart/alternative; boundary=\"b\"\n\n\
    --b\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n\
    Dear friend,\nclick=20here: www.example.net/a?b=3D1\n\nSecond  paragraph.\n\
    --b\nContent-Type: text/html; charset=utf-8\n\n\
    <html><body><p>Hello <b>wo</b>rld</p><a href=\"http://192.0.2.9/login\">https://bank.example.com/</a>\n\
    <img src=x width=10 height=10><font color=\"#ffffff\">hidden</font></body></html>\n--b--\n";

#[test]
fn header_rules_see_fields_decoded_raw_and_in_pieces() {
    let rules = r#"
header SUBJECT Subject =~ /^Re: free offer$/
header SUBJECT_RAW Subject:raw =~ /=\?utf-8\?b\?/
header ADDRESS From:addr =~ /^taro\@example\.com$/
header NAME From:name =~ /^Taro, Tar\xc5\x8d$/
header EVERY_TO To:addr =~ /^jiro/m
header BOTH ToCc =~ /saburo/
header ID MESSAGEID =~ /^<one\@example\.com>$/m
header ALL_FIELDS ALL =~ /^Cc: .*\nSubject: Re: free/m
header RELAY X-Spam-Relays-Untrusted =~ /^\[ ip=192\.0\.2\.7 rdns=mail\.example\.com helo=mail\.example\.com by=mx\.example\.jp /
header THERE exists:Date
header NOT_THERE exists:X-Mailer
header NEGATED X-Mailer !~ /Outlook/
header UNSET X-Mailer =~ /^none$/ [if-unset: none]
header DOMAIN From:addr:domain =~ /^example\.com$/
"#;
    let mut expected =
        vec!["SUBJECT", "SUBJECT_RAW", "ADDRESS", "NAME", "EVERY_TO", "BOTH", "ID", "ALL_FIELDS", "RELAY"];
    expected.extend(["THERE", "NEGATED", "UNSET", "DOMAIN"]);
    assert_eq!(hits(rules, MAIL), expected);
}

#[test]
fn body_rules_see_the_text_as_a_reader_does() {
    let rules = r"
body SUBJECT_FIRST /^Re: free offer\n/
body PARAGRAPH /Dear friend, click here: www/
body OTHER /^Second paragraph\./
body HTML /Hello world/
body NO_TAGS /<b>/
rawbody LINES /Dear friend,\nclick here/
rawbody TAGS /<b>wo<\/b>/
full WHOLE /click=20here/
body NO_SUBJECT /free offer/
tflags NO_SUBJECT nosubject
";
    assert_eq!(hits(rules, MAIL), ["SUBJECT_FIRST", "PARAGRAPH", "OTHER", "HTML", "LINES", "TAGS", "WHOLE"]);
}

#[test]
fn uri_rules_see_text_and_markup() {
    let rules = r"
uri TEXT m{^http://www\.example\.net/a\?b=1$}
uri MARKUP m{^http://192\.0\.2\.9/login$}
uri_detail LIES raw =~ /^http:/ text =~ /^https:/ type =~ /^a$/
uri_detail NOT_MAIL raw =~ /^mailto:/
mimeheader PLAIN Content-Type =~ /^text\/plain/
mimeheader RAW Content-Transfer-Encoding:raw =~ /quoted/
util_rb_tld net com jp
";
    assert_eq!(hits(rules, MAIL), ["TEXT", "MARKUP", "LIES", "PLAIN", "RAW"]);
}

#[test]
fn functions_of_the_usual_plugins_are_there() {
    let rules = r"
body HTML eval:html_test('html')
body LOW_CONTRAST eval:html_test('font_low_contrast')
body HAS_IMAGE eval:html_tag_exists('img')
body LONG eval:html_range('length', '1', 'inf')
header SHIFTED eval:check_for_shifted_date('undef', '1')
header NO_CAPITALS eval:subject_is_all_caps()
body MIME_HTML eval:check_for_mime_html()
header FREE eval:check_freemail_from()
freemail_domains example.com
header LISTED eval:check_from_in_list('OURS')
enlist_addrlist (OURS) *@example.com
header HOST eval:check_uri_host_listed('THEIRS')
enlist_uri_host (THEIRS) example.net
util_rb_tld net com jp
body NETWORK eval:check_rbl('x', 'example.')
tflags NETWORK net
";
    let expected = ["HTML", "LOW_CONTRAST", "HAS_IMAGE", "LONG", "SHIFTED", "MIME_HTML", "FREE", "LISTED", "HOST"];
    assert_eq!(hits(rules, MAIL), expected);
    let unusable: Vec<String> =
        set(rules).unusable().iter().map(|one| format!("{}: {}", one.rule, one.reason)).collect();
    assert_eq!(unusable, ["NETWORK: asks the network"]);
}

#[test]
fn meta_rules_count() {
    let rules = r"
body __A /Dear/
body __B /nothing of the kind/
body __MANY /e/
tflags __MANY multiple maxhits=5
meta BOTH __A && !__B
meta SUM (__A + __B + BOTH) > 1
meta TIMES __MANY >= 5
meta NEVER NOT_THERE && __A
meta CIRCLE OTHER_CIRCLE
meta OTHER_CIRCLE CIRCLE || __A
meta CHOICE __A ? 3 : 0
meta MATCHING rules_matching(__*) > 2
";
    let found = hits(rules, MAIL);
    assert_eq!(found, ["__A", "__MANY", "BOTH", "SUM", "TIMES", "CHOICE", "MATCHING"]);
}

#[test]
fn scores_are_those_of_a_filter_without_network_and_learning() {
    let set =
        set("body ONE /Dear/\nscore ONE 1.5\nbody FOUR /Dear/\nscore FOUR 2 3 4 5\nbody OFF /Dear/\nscore OFF 0\n\
        body T_TRIAL /Dear/\nbody NICE /Dear/\ntflags NICE nice\nbody MORE /Dear/\nscore MORE 1\nscore MORE (0.5)\n\
        body __PART /Dear/\ndescribe ONE Says dear\nlang de describe ONE Sagt lieber\n");
    let outcome = set.evaluate(MAIL.as_bytes(), &|| false);
    let scores: Vec<(&str, f64)> = outcome.hits.iter().map(|hit| (hit.rule.name.as_str(), hit.rule.score)).collect();
    let expected = [("ONE", 1.5), ("FOUR", 2.0), ("T_TRIAL", 0.01), ("NICE", -1.0), ("MORE", 1.5), ("__PART", 1.0)];
    assert_eq!(scores, expected);
    assert!((outcome.score() - 4.01).abs() < 1e-9);
    assert_eq!(set.get("ONE").map(|rule| rule.description.as_str()), Some("Says dear"));
    let count = set.count();
    assert_eq!((count.defined, count.running, count.switched_off), (7, 6, 1));
}

#[test]
fn tags_are_replaced_in_the_rules_that_ask_for_it() {
    let rules = "replace_tag A [a@]\nreplace_tag R [r2]\nreplace_inter W1 \\W?\nreplace_post P2 {1,2}\n\
        body FUZZY /<inter W1><post P2>de<A><R>/i\nreplace_rules FUZZY\nbody PLAIN /de<A><R>/\n";
    assert_eq!(hits(rules, "Subject: x\n\nd e@-rr y\n"), Vec::<String>::new());
    assert_eq!(hits(rules, "Subject: x\n\nde@-rr y\n"), ["FUZZY"]);
    assert_eq!(hits(rules, "Subject: x\n\nde<A><R>\n"), ["PLAIN"]);
}

#[test]
fn time_that_has_run_out_is_said() {
    let set = set("body A /Dear/\nmeta NOT_A !A\n");
    let outcome = set.evaluate(MAIL.as_bytes(), &|| true);
    assert!(outcome.cut && outcome.hits.is_empty());
}
