//! What the operator's profile offers: bounds that are kept, files that go out and come in, presets that are seen before
//! they are saved, rules that are tried.

use axum::http::StatusCode;
use policy::{Layer, Profile};
use store::records::settings::SettingsOwner;

use crate::house::{House, Letter, Visitor};

const SAVED: StatusCode = StatusCode::SEE_OTHER;
const REFUSED: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;

async fn own(house: &House) -> (i64, Layer) {
    house.directory.layer_of(house.operator, &SettingsOwner::Subscriber(house.hanako)).await.unwrap()
}

async fn save(house: &House, visitor: &Visitor, path: &str, fields: &[(&str, &str)]) -> (StatusCode, String) {
    let version = own(house).await.0.to_string();
    let fields: Vec<(&str, &str)> = [("version", version.as_str())].into_iter().chain(fields.iter().copied()).collect();
    let answer = house.post(path, visitor, &fields).await;
    (answer.status, answer.body)
}

pub(crate) async fn offer(house: &House, profile: &str) {
    let profile = Profile::from_toml(profile).unwrap();
    let (version, layer) = house.directory.layer_of(house.operator, &SettingsOwner::Operator).await.unwrap();
    let layer = Layer { profile: Some(Box::new(profile)), ..layer };
    let change =
        house.directory.change_settings(house.operator, &SettingsOwner::Operator, &layer, version, "staff", "cli", "");
    change.await.unwrap();
}

#[tokio::test]
async fn bounds_of_lists_are_kept_and_what_was_set_before_stays() {
    let house = House::new().await;
    let hanako = house.sign_in("hanako@example.jp").await;
    let add = "/settings/lists/add";
    for name in ["a", "b", "c"] {
        let text = format!("{name}@shop.example");
        assert_eq!(save(&house, &hanako, add, &[("list", "refuse"), ("text", &text)]).await.0, SAVED);
    }
    offer(&house, "[lists]\nrefuse_most = 2\nexclusive = true\nkinds = [\"address\", \"domain\"]\n").await;
    let (status, said) = save(&house, &hanako, add, &[("list", "refuse"), ("text", "d@shop.example")]).await;
    assert_eq!(status, REFUSED);
    assert!(said.contains("拒否リスト") && said.contains('2'), "{said}");
    assert_eq!(own(&house).await.1.refuse.len(), 3, "nothing that was set is taken away");
    let (status, said) = save(&house, &hanako, add, &[("list", "receive"), ("text", "e@shop.example")]).await;
    assert!(status == REFUSED && said.contains("どちらか1つ"), "{said}");
    for text in ["a@shop.example", "b@shop.example"] {
        let off = [("list", "refuse"), ("text", text)];
        assert_eq!(save(&house, &hanako, "/settings/lists/remove", &off).await.0, SAVED);
    }
    let (status, said) = save(&house, &hanako, add, &[("list", "refuse"), ("text", "shop")]).await;
    assert!(status == REFUSED && said.contains("アドレスの一部"), "{said}");
    assert_eq!(save(&house, &hanako, add, &[("list", "refuse"), ("text", "shop.example")]).await.0, SAVED);
    // Whoever went within the bounds can still go back to what was before them.
    let owner = SettingsOwner::Subscriber(house.hanako);
    let history = house.records().settings_history(house.operator, &owner, 50).await.unwrap();
    let has = |json: &str, name: &str| json.contains(&format!("{name}@shop.example"));
    let full = history.into_iter().find(|row| ["a", "b", "c"].iter().all(|name| has(&row.json, name)));
    let to = full.unwrap().version.to_string();
    assert_eq!(save(&house, &hanako, "/settings/undo", &[("to", &to)]).await.0, SAVED);
    assert_eq!(own(&house).await.1.refuse.len(), 3);
    let off = [("list", "refuse"), ("text", "a@shop.example")];
    assert_eq!(save(&house, &hanako, "/settings/lists/remove", &off).await.0, SAVED);
    // An entry that is on the other list already moves there, or is refused where the operator has it so.
    offer(&house, "[lists]\non_other_list = \"refuse\"\n").await;
    let (status, said) = save(&house, &hanako, add, &[("list", "receive"), ("text", "b@shop.example")]).await;
    assert!(status == REFUSED && said.contains("もう一方"), "{said}");
    house.close().await;
}

#[tokio::test]
async fn lists_go_out_as_csv_that_no_spreadsheet_runs_and_come_in_again_whole_or_not_at_all() {
    let house = House::new().await;
    let hanako = house.sign_in("hanako@example.jp").await;
    let entry = [
        ("list", "refuse"),
        ("text", "*.shop.example"),
        ("entry-note", "=HYPERLINK(\"http://evil.test\")"),
        ("then", "surely-spam"),
        ("expires", "2036-12-31"),
    ];
    assert_eq!(save(&house, &hanako, "/settings/lists/add", &entry).await.0, SAVED);
    let before = own(&house).await.1;
    let csv = house.get("/settings/lists.csv", &hanako).await.body;
    assert!(csv.contains("\"'=HYPERLINK") && csv.contains("2036-12-31"), "{csv}");
    let off = [("list", "refuse"), ("text", "*.shop.example")];
    assert_eq!(save(&house, &hanako, "/settings/lists/remove", &off).await.0, SAVED);
    let import = "/settings/lists/import";
    assert_eq!(save(&house, &hanako, import, &[("list", "receive"), ("text", &csv)]).await.0, SAVED);
    assert_eq!(own(&house).await.1.refuse, before.refuse);
    // One address on each line goes to the list that was named.
    let lines = "x@friend.example\ny@friend.example\n";
    assert_eq!(save(&house, &hanako, import, &[("list", "receive"), ("text", lines)]).await.0, SAVED);
    assert_eq!(own(&house).await.1.receive.len(), 2);
    let bad = "list,entry,then\nrefuse,a@b.example,junk\nrefuse,c@d.example,explode\n";
    let (status, said) = save(&house, &hanako, import, &[("list", "receive"), ("text", bad)]).await;
    assert!(status == REFUSED && said.contains("3 行目"), "{said}");
    assert_eq!(own(&house).await.1.refuse.len(), 1, "all or nothing");
    let many: String = (0..2_001).map(|n| format!("n{n}@friend.example\n")).collect();
    let (status, said) = save(&house, &hanako, import, &[("list", "receive"), ("text", &many)]).await;
    assert!(status == REFUSED && said.contains("2000") || said.contains("2,000"), "{said}");
    // The search finds by note and by text.
    let found = house.get("/settings/lists?q=friend", &hanako).await.body;
    assert!(found.contains("x@friend.example") && !found.contains("*.shop.example"), "{found}");
    house.close().await;
}

#[tokio::test]
async fn a_preset_is_seen_with_what_it_would_have_done_before_it_is_saved() {
    let house = House::new().await;
    let hanako = house.sign_in("hanako@example.jp").await;
    house.hold(&Letter::spam(house.hanako)).await;
    let add = [("list", "receive"), ("text", "friend@example.com")];
    assert_eq!(save(&house, &hanako, "/settings/lists/add", &add).await.0, SAVED);
    let page = house.get("/settings/presets", &hanako).await.body;
    assert!(page.contains("お子さま向け") && page.contains("このアドレスは、だれが使いますか"), "{page}");
    let preview = house.get("/settings/try?preset=child", &hanako).await.body;
    assert!(preview.contains("リストにもアドレス帳にもない") && preview.contains("判定したメール: 1 通"), "{preview}");
    assert!(own(&house).await.1.conditions.is_empty(), "nothing is saved by looking");
    assert_eq!(save(&house, &hanako, "/settings/try", &[("preset", "child")]).await.0, SAVED);
    let child = own(&house).await.1;
    assert!(child.conditions.contains_key("sender-unlisted") && child.receive.len() == 1, "lists stay");
    assert_eq!(child.preset.as_deref(), Some("child"));
    // The weaker one leaves nothing of the stronger one behind; answers of the wizard stand on top of their preset.
    let answers = [("q-who", "work"), ("q-links", "all")];
    assert_eq!(save(&house, &hanako, "/settings/try", &answers).await.0, SAVED);
    let work = own(&house).await.1;
    assert_eq!(work.conditions.keys().collect::<Vec<_>>(), ["url-present"]);
    assert_eq!((work.threshold, work.preset.as_deref()), (Some(8.0), Some("gentle")));
    assert_eq!(house.get("/settings/try?preset=none", &hanako).await.status, StatusCode::NOT_FOUND);
    house.close().await;
}

#[tokio::test]
async fn rules_are_joined_ordered_switched_and_tried_on_held_mail() {
    let house = House::new().await;
    let hanako = house.sign_in("hanako@example.jp").await;
    house.hold(&Letter::fraud(house.hanako)).await;
    let add = "/settings/keywords/add";
    let rule = [
        ("name", "bank"),
        ("field", "subject"),
        ("kind", "contains"),
        ("text", "カード"),
        ("field-2", "header"),
        ("header-2", "List-Id"),
        ("kind-2", "wildcard"),
        ("text-2", "*shop*"),
        ("join", "any"),
        ("then", "surely-spam"),
    ];
    assert_eq!(save(&house, &hanako, add, &rule).await.0, SAVED);
    let second = [("field", "body"), ("kind", "prefix"), ("text", "x"), ("then", "trash")];
    assert_eq!(save(&house, &hanako, add, &second).await.0, SAVED);
    let rules = own(&house).await.1.keywords;
    assert!(rules[0].surely_spam && rules[0].rule.conditions.len() == 2 && rules[1].rule.conditions.len() == 1);
    let deed = "/settings/keywords/remove";
    let id = rules[1].rule.id.clone();
    assert_eq!(save(&house, &hanako, deed, &[("id", &id), ("deed", "up")]).await.0, SAVED);
    assert_eq!(save(&house, &hanako, deed, &[("id", &id), ("deed", "switch")]).await.0, SAVED);
    let rules = own(&house).await.1.keywords;
    assert!(rules[0].rule.id == id && !rules[0].rule.enabled);
    let mut tried = rule.to_vec();
    tried.push(("try", "1"));
    let (status, said) = save(&house, &hanako, add, &tried).await;
    assert!(status == StatusCode::OK && said.contains("1 通のうち 1 通"), "{said}");
    assert_eq!(own(&house).await.1.keywords.len(), 2, "trying saves nothing");
    // Whatever is written, a rule ends in linear time; what can match everything is refused with a clear word.
    let wild = [("field", "body"), ("kind", "wildcard"), ("text", "****"), ("then", "trash")];
    assert_eq!(save(&house, &hanako, add, &wild).await.0, REFUSED);
    offer(&house, "[rules]\nfields = [\"subject\"]\nactions = [\"delete\"]\nrefuse_most = 3\n").await;
    let (status, said) = save(&house, &hanako, add, &second).await;
    assert!(status == REFUSED && said.contains("本文"), "{said}");
    let subject = [("field", "subject"), ("kind", "contains"), ("text", "x"), ("then", "trash")];
    assert_eq!(save(&house, &hanako, add, &subject).await.0, REFUSED, "only deletion is offered");
    house.close().await;
}

#[tokio::test]
async fn senders_proof_and_the_address_book_are_stored_and_read_back() {
    let house = House::new().await;
    let hanako = house.sign_in("hanako@example.jp").await;
    let profile = "posing = true\nsecret_code_digits = 4\nselective = [\"everything\", \"named_in_full\", \"all_held\"]\n\
        [bulk_guard]\nfrom = 500\n[address_book]\nmodes = [\"unused\", \"first\", \"only\"]\nmost = 3\n\
        [impersonation]\nlevels = [\"off\", \"high\"]\ndomains_most = 2\nrescue_most = 2\nrescue_fields = [\"to\"]\n\
        [entitlements]\nnot_in = { \"\" = [\"address_book\"] }\npaid = { address_book = { ja = \"月額100円\", en = \"100 yen\" } }\n\
        [[kinds]]\nid = \"suzume\"\nname = { ja = \"すずめ\", en = \"Suzume\" }\ndomains = [\"keitai.example.jp\"]\n";
    offer(&house, profile).await;
    let senders = [
        ("condition-sender-kind-internet", "refuse"),
        ("condition-bulk-guard", "deliver"),
        ("mode", "named-in-full"),
        ("code", "4321"),
    ];
    assert_eq!(save(&house, &hanako, "/settings/senders", &senders).await.0, SAVED);
    let layer = own(&house).await.1;
    assert_eq!((layer.secret_code.as_deref(), layer.refusal_notice), (Some("4321"), Some(false)));
    assert_eq!(layer.conditions.len(), 3);
    let page = house.get("/settings/senders", &hanako).await.body;
    assert!(page.contains("すずめからのメール") && page.contains("value=\"named-in-full\" checked"), "{page}");
    assert_eq!(save(&house, &hanako, "/settings/senders", &[("code", "43210")]).await.0, REFUSED);
    assert_eq!(save(&house, &hanako, "/settings/senders", &[("mode", "all-held")]).await.0, SAVED);
    assert!(own(&house).await.1.conditions.is_empty());
    let proof =
        [("level", "high"), ("then", "refuse"), ("domains", "Example.com\n"), ("rescue", "to: Club@example.jp")];
    assert_eq!(save(&house, &hanako, "/settings/posing", &proof).await.0, SAVED);
    let layer = own(&house).await.1;
    assert_eq!(layer.impersonation_domains, ["example.com"]);
    assert_eq!(layer.rescue[0].text, "club@example.jp");
    for wrong in [("level", "middle"), ("domains", "not a domain"), ("rescue", "cc: x"), ("rescue", "subject: x")] {
        assert_eq!(save(&house, &hanako, "/settings/posing", &[wrong]).await.0, REFUSED, "{wrong:?}");
    }
    let book = [("mode", "only"), ("lines", "a@friend.example, 花子\nb@friend.example")];
    let (status, said) = save(&house, &hanako, "/settings/address-book", &book).await;
    assert!(status == REFUSED && said.contains("ご契約"), "{said}");
    let page = house.get("/settings/address-book", &hanako).await.body;
    assert!(page.contains("月額100円"), "what is not included is shown as such: {page}");
    offer(&house, &profile.replace("\"\" = [\"address_book\"]", "\"x\" = [\"address_book\"]")).await;
    assert_eq!(save(&house, &hanako, "/settings/address-book", &book).await.0, SAVED);
    assert_eq!(own(&house).await.1.address_book[0].note, "花子");
    let four = [("lines", "a@f.example\nb@f.example\nc@f.example\nd@f.example")];
    assert_eq!(save(&house, &hanako, "/settings/address-book", &four).await.0, REFUSED);
    assert_eq!(save(&house, &hanako, "/settings/days", &[("days", "28")]).await.0, SAVED);
    assert_eq!(own(&house).await.1.retention_days, Some(28));
    house.close().await;
}

#[tokio::test]
async fn consent_is_dated_and_exported_and_the_five_conditions_are_shown() {
    let house = House::new().await;
    let hanako = house.sign_in("hanako@example.jp").await;
    for said in ["give", "withdraw"] {
        house.pass(1_000);
        assert_eq!(save(&house, &hanako, "/settings/consent", &[("consent", said)]).await.0, SAVED);
        assert_eq!(save(&house, &hanako, "/settings/level", &[("level", "strict")]).await.0, SAVED);
    }
    let csv = house.get("/settings/consent.csv", &hanako).await.body;
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines.len(), 3, "other changes are no consent: {csv}");
    assert!(lines[1].contains("withdrawn,1,you") && lines[2].contains("given,1,you"), "newest first: {csv}");
    let page = house.get("/settings/consent", &hanako).await.body;
    assert!(page.contains("使われていません") && !page.contains("満たして"), "nobody says so of any: {page}");
    let (version, layer) = house.directory.layer_of(house.operator, &SettingsOwner::Operator).await.unwrap();
    let told = policy::consent::DefaultOn { told_beforehand: true, ..Default::default() };
    let layer = Layer { default_on: Some(told), ..layer };
    let change =
        house.directory.change_settings(house.operator, &SettingsOwner::Operator, &layer, version, "staff", "cli", "");
    change.await.unwrap();
    let page = house.get("/settings/consent", &hanako).await.body;
    assert_eq!(page.matches("満たしていません").count(), 4, "{page}");
    assert_eq!(page.matches("満たしています").count(), 1, "{page}");
    house.close().await;
}

#[tokio::test]
async fn staff_read_check_and_put_a_profile_into_force() {
    let house = House::new().await;
    let admin = house.staff("admin").await;
    let page = house.get("/staff/profile", &admin).await.body;
    assert!(page.contains("子どもを守る") && page.contains("製品に付いているもの"), "{page}");
    let owner = SettingsOwner::Operator;
    let version = async || house.directory.layer_of(house.operator, &owner).await.unwrap().0.to_string();
    let put = async |text: &str| {
        let version = version().await;
        house.post("/staff/profile", &admin, &[("version", &version), ("text", text), ("note", "test")]).await
    };
    let before = version().await;
    let bad = put("[rules]\nfields = [\"form\"]\n").await;
    assert!(
        bad.status == REFUSED && bad.body.contains("form") && bad.body.contains("<code>rules</code>"),
        "{}",
        bad.body
    );
    assert_eq!(version().await, before, "nothing has changed");
    assert_eq!(put("name = \"ours\"\n[lists]\nreceive_most = 1\n").await.status, SAVED);
    assert_eq!(house.directory.profile_of(house.operator).await.unwrap().lists.receive_most, 1);
    let hanako = house.sign_in("hanako@example.jp").await;
    let add = "/settings/lists/add";
    assert_eq!(save(&house, &hanako, add, &[("list", "receive"), ("text", "a@b.example")]).await.0, SAVED);
    assert_eq!(save(&house, &hanako, add, &[("list", "receive"), ("text", "c@b.example")]).await.0, REFUSED);
    house.close().await;
}
