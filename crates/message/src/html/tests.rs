//! HTML as a reader sees it, and what it hides.

use super::*;

fn walked(source: &str) -> (Html, Vec<Link>) {
    let mut html = Html::default();
    let mut links = Vec::new();
    walk(source, &Limits::default(), &mut html, &mut links);
    (html, links)
}

fn visible(source: &str) -> String {
    walked(source).0.visible
}

#[test]
fn blocks_break_lines_and_inline_elements_do_not() {
    assert_eq!(visible("<p>one<p>two<br>three<div>fo<b>ur</b></div>five"), "one\ntwo\nthree\nfour\nfive");
    assert_eq!(visible("<table><tr><td>a<td>b<tr><td>c</table>"), "a b\nc");
    assert_eq!(visible("a  \n b&nbsp;c"), "a b\u{A0}c");
    assert_eq!(visible("<pre>a\n  b</pre>"), "a\n  b");
}

#[test]
fn every_way_of_hiding_is_seen() {
    for style in [
        "display:none",
        "DISPLAY : NONE !important",
        "visibility:hidden",
        "font-size:0",
        "font-size:1px",
        "font-size:0.01em",
        "opacity:0",
        "width:0;overflow:hidden",
        "max-height:0px;overflow:hidden",
        "text-indent:-9999px",
        "position:absolute;left:-5000px",
        "color:#fff",
        "color:#fefefe",
        "color:red;background:red",
        "color:transparent",
    ] {
        let (html, _) = walked(&format!("seen<span style=\"{style}\">secret<b>deep</b></span>seen"));
        assert_eq!((html.visible.as_str(), html.hidden.as_str()), ("seenseen", "secretdeep"), "{style}");
    }
    assert_eq!(visible("<td style='font-size:0px'><div style='font-size:14px'>newsletter</div></td>"), "newsletter");
    assert_eq!(visible("<div style='font-size:0'><b style='font-size:2em'>x</b></div>y"), "y");
    assert_eq!(visible("<div style='visibility:hidden'>x<b style='visibility:visible'>y</b></div>"), "y");
    assert_eq!(visible("<div style='display:none'>x<b style='visibility:visible'>z</b></div>y"), "y");
    assert_eq!(visible("<div style='height:0'>overflows</div>"), "overflows");
    assert_eq!(visible("<div hidden>x</div>y"), "y");
    assert_eq!(visible("<font color=white>x</font>y"), "y");
    assert_eq!(visible("<style>.k{display:none} @media print{.v{display:none}}</style><p class=k>x<p class=v>y"), "y");
    assert_eq!(visible("<body bgcolor=#000000 text=#FFFFFF>white on black</body>"), "white on black");
    assert_eq!(visible("<td background=x.png><font color=white>over a picture</font>"), "over a picture");
    assert_eq!(visible("<p style='display:none'>a<p>b"), "b");
    assert_eq!(visible("<head><title>t</title></head><script>s</script><!-- c -->x<noscript>y</noscript>"), "xy");
}

#[test]
fn links_have_what_is_shown_and_where_they_go() {
    let (html, links) = walked(
        "<a href=\"http://evil.example/?a=1&amp;b=2\">https://bank.example/</a> \
         <a href='https://example.jp/'><img src=cid:x>text</a><a name=x>y</a><form action=http://f.example/>\
         <meta http-equiv=refresh content='0; URL=http://r.example/'><area href=/relative>",
    );
    let told: Vec<_> = links.iter().map(|link| (link.shown.as_str(), link.target.as_str(), link.place)).collect();
    assert_eq!(
        told,
        [
            ("https://bank.example/", "http://evil.example/?a=1&b=2", Place::Anchor),
            ("text", "https://example.jp/", Place::Anchor),
            ("", "cid:x", Place::Image),
            ("", "http://f.example/", Place::Form),
            ("", "http://r.example/", Place::Refresh),
            ("", "/relative", Place::Area),
        ]
    );
    assert_eq!(html.forms, 1);
    assert!(links[0].lies());
    assert!(!links[1].lies());
}

#[test]
fn images_scripts_and_noise_are_counted() {
    let (html, _) = walked(
        "<img src=http://a.example/x width=1 height=1><img src=//b.example/y><img src=cid:z>\
         <p onclick=x()>vi<!-- x -->ag<xyzzy>ra <!-- fine --> <unknown>",
    );
    assert_eq!((html.remote_images, html.tracking_images, html.scripts, html.noise), (2, 1, 1, 2));
    assert_eq!(html.visible, "viagra");
}

#[test]
fn broken_markup_ends_and_loses_nothing_visible() {
    for (source, expected) in [
        ("<", "<"),
        ("a < b", "a < b"),
        ("<a href=\"x>text", "text"),
        ("<!-- open", ""),
        ("x</", "x</"),
        ("<b", ""),
        ("<script>", ""),
        ("a<!>b<?x?>c</1>d", "abcd"),
        ("<p<b>>x", ">x"),
    ] {
        assert_eq!(visible(source), expected, "{source}");
    }
}

#[test]
fn deep_nesting_and_length_are_bounded() {
    let deep = "<div>".repeat(100_000) + "x";
    assert_eq!(visible(&deep), "x");
    let long = "あ".repeat(1_000_000);
    let (html, _) = walked(&long);
    assert!(html.cut);
    assert!(html.visible.len() <= Limits::default().html);
}
