//! `docs/controls.md` is made of the table of controls; this test compares, and writes it with `UPDATE_DOCS=1`.

use std::path::Path;

use controls::inbound::CONTROLS;
use controls::{Basis, Control, Scope};
use policy::Language;
use policy::language::{condition_name, sentence};

#[test]
fn the_manual_of_controls_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/controls.md");
    let manual = manual();
    if std::env::var("UPDATE_DOCS").is_ok_and(|value| value == "1") {
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("docs/ can be made");
        std::fs::write(&path, &manual).expect("docs/controls.md can be written");
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        there == manual,
        "docs/controls.md is not current; write it with UPDATE_DOCS=1 cargo test -p sekisho-policy"
    );
}

fn manual() -> String {
    let mut out = String::from(
        "# Controls\n\n\
         Made of the table in `crates/controls/src/inbound/mod.rs`; change it there and run\n\
         `UPDATE_DOCS=1 cargo test -p sekisho-policy manual`.\n\n\
         A control says what it saw and never decides. What then follows stands in the settings: points add up to the\n\
         threshold, `conditions` name a reason and a treatment, lists and keyword rules have their place in `order`.\n\
         `modes` switches a control to `off`, `observe`, `label` or `enforce`.\n\n\
         Without consent only controls with an effect on the ground of maintenance run, and those that the person set up:\n\
         own list entries, and conditions that need no content.\n\n\
         | control | | row | reads content | without consent |\n|---|---|---|---|---|\n",
    );
    for control in CONTROLS {
        out.push_str(&format!(
            "| [`{}`](#{}) | {} | {} | {} | {} |\n",
            control.name,
            control.name,
            sentence(Language::En, &format!("control-{}", control.name), &[]),
            control.catalogue,
            yes_or_no(control.looks_at_content()),
            without_consent(control),
        ));
    }
    for control in CONTROLS {
        section(&mut out, control);
    }
    out
}

fn section(out: &mut String, control: &Control) {
    let title = |language| sentence(language, &format!("control-{}", control.name), &[]);
    let effects: Vec<String> = control
        .basis
        .iter()
        .map(|(effect, basis)| {
            let ground = match basis {
                Basis::Maintenance => "maintenance",
                Basis::Consent => "consent",
            };
            format!("{} ({ground})", effect.name())
        })
        .collect();
    let needs: Vec<String> = control.needs.iter().map(|need| format!("{need:?}")).collect();
    let scope = match control.scope {
        Scope::Transaction => "once for the transaction",
        Scope::Recipient => "for each recipient",
    };
    out.push_str(&format!(
        "\n## {}\n\n{} / {}\n\n- Row {}; source: {}\n- Effects: {}\n- Runs {scope}; needs: {}\n- {}\n\n",
        control.name,
        title(Language::En),
        title(Language::Ja),
        control.catalogue,
        control.source,
        effects.join(", "),
        if needs.is_empty() { "nothing beyond the envelope".into() } else { needs.join(", ") },
        control.unknown,
    ));
    out.push_str("| reason | as a condition | 条件として |\n|---|---|---|\n");
    for reason in control.reasons {
        let (en, ja) = if reason.ends_with('*') {
            ("one for each rule, by the rule's title".to_owned(), "規則ごと(規則の題名)".to_owned())
        } else {
            (condition_name(Language::En, reason), condition_name(Language::Ja, reason))
        };
        out.push_str(&format!("| `{reason}` | {en} | {ja} |\n"));
    }
}

fn yes_or_no(yes: bool) -> &'static str {
    if yes { "yes" } else { "no" }
}

fn without_consent(control: &Control) -> &'static str {
    match (control.runs_for_everyone(), control.looks_at_content()) {
        (true, _) => "runs, labels only",
        (false, false) => "only what the person set up",
        (false, true) => "does not run",
    }
}
