//! Category lists: what is read, what is refused with file and line, and what a look-up finds.

use message::links::{Link, Place};

use super::*;

fn of(categories: &Categories, target: &str) -> Vec<String> {
    let mut found = Vec::new();
    categories.of(&Link::new(target, "", Place::Anchor), |name| found.push(name.to_owned()));
    found
}

fn built(file: &str, text: &str) -> Categories {
    let mut builder = Builder::default();
    let bad = builder.add(file, None, "listed", text).expect("a list");
    assert_eq!(bad, []);
    builder.build()
}

#[test]
fn plain_lists_cover_hosts_domains_and_paths() {
    let list = built(
        "list.txt",
        "# comment\n\nexample.com\n*.example.net\nhttp://www.example.org/bad/page\nhttps://host.example.jp/\n192.0.2.7\n\
         www.example.co.jp/shop?id=3  # one page\n",
    );
    assert_eq!(list.len(), 6);
    for (target, hit) in [
        ("https://example.com/", true),
        ("https://a.b.example.com/x", true),
        ("https://example.com.test/", false),
        ("https://notexample.com/", false),
        ("https://x.example.net/", true),
        ("http://www.example.org/bad/page", true),
        ("http://www.example.org/bad/page/more?x", true),
        ("http://www.example.org/bad/page?x=1", true),
        ("http://www.example.org/bad", false),
        ("http://www.example.org/bad/pages", false),
        ("http://example.org/bad/page", false),
        ("https://host.example.jp/any", true),
        ("http://192.0.2.7/x", true),
        ("http://3221225991/x", true),
        ("https://www.example.co.jp/shop?id=3", true),
        ("https://www.example.co.jp/shop?id=4", false),
        ("mailto:a@example.com", false),
    ] {
        assert_eq!(!of(&list, target).is_empty(), hit, "{target}");
    }
}

#[test]
fn every_format_is_recognised() {
    let hosts = built("hosts", "127.0.0.1 localhost\n0.0.0.0 ads.example.com tracker.example.com # two\n");
    assert_eq!(of(&hosts, "http://tracker.example.com/"), ["listed"]);
    assert!(of(&hosts, "http://www.tracker.example.com/").is_empty());

    let csv = built("list.csv", "url,category\nhttps://a.example.com/x,Adult\n\"b.example.com\",\"on line_games\"\n");
    assert_eq!(csv.names(), ["adult", "on-line-games"]);
    assert_eq!(of(&csv, "https://a.example.com/x/y"), ["adult"]);
    assert_eq!(of(&csv, "https://b.example.com/"), ["on-line-games"]);

    let zone = built(
        "list",
        "$TTL 300\n@ IN SOA localhost. root.localhost. (1 2 3\n 4 5)\n  IN NS localhost.\nbad.example.com CNAME .\n\
         *.bad.example.com CNAME .\ngood.example.com CNAME rpz-passthru.\n32.7.2.0.192.rpz-ip CNAME .\n\
         other.example.net 300 IN A 127.0.0.1\n",
    );
    assert_eq!(of(&zone, "http://bad.example.com/"), ["listed"]);
    assert_eq!(of(&zone, "http://x.bad.example.com/"), ["listed"]);
    assert_eq!(of(&zone, "http://other.example.net/"), ["listed"]);
    assert!(of(&zone, "http://good.example.com/").is_empty());
    assert!(of(&zone, "http://x.other.example.net/").is_empty());
}

#[test]
fn an_address_may_stand_in_several_categories() {
    let mut builder = Builder::default();
    builder.add("a", None, "adult", "x.example.com\n").expect("a list");
    builder.add("b", None, "gambling", "example.com\nx.example.com\n").expect("a list");
    let list = builder.build();
    let mut found = of(&list, "https://x.example.com/");
    found.sort();
    assert_eq!(found, ["adult", "gambling", "gambling"]);
}

#[test]
fn garbage_is_named_and_replaces_nothing() {
    let mut builder = Builder::default();
    let error = builder
        .add("list.txt", None, "listed", "example.com\nco.jp\n<html><body>404</body>\n")
        .expect_err("two of three lines are garbage");
    assert_eq!((error.count, error.lines[0].line, error.lines[1].line), (2, 2, 3));
    let told = error.to_string();
    assert!(told.contains("list.txt:2:") && told.contains("list.txt:3:"), "{told}");
    assert!(builder.build().is_empty());

    // One bad line in many is told and passed over.
    let text: String = (0..500).map(|n| format!("h{n}.example.com\n")).chain(["two words\n".to_owned()]).collect();
    let mut builder = Builder::default();
    let bad = builder.add("list.txt", None, "listed", &text).expect("nearly all of it is fine");
    assert_eq!(bad.iter().map(|bad| bad.line).collect::<Vec<_>>(), [501]);
    assert_eq!(builder.build().len(), 500);
    let mut builder = Builder::default();
    assert!(builder.add("list.csv", None, "listed", "a.example.com,\u{65e5}\n").is_err());
}

#[test]
fn an_empty_list_is_a_list() {
    let list = built("list.txt", "# nothing yet\n");
    assert!(list.is_empty() && of(&list, "https://example.com/").is_empty());
}
