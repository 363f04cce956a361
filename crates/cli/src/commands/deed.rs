//! Commands made of operations: what each takes is read from the API's own table, and so are its words of help.

use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Command};
use portal::api::kind::{Field, Kind};
use portal::api::operation::{Body, Operation};
use portal::api::within;
use portal::security::roles::Who;

use super::call::{self, Asked};
use super::named::{GROUPS, NAMED};
use crate::arguments::File;

/// Adds every group with its commands.
pub fn put_on(mut command: Command) -> Command {
    let offered = within::offered();
    for (group, about) in GROUPS {
        let is_there = command.find_subcommand(group).is_some();
        let with = |mut parent: Command| {
            for one in NAMED.iter().filter(|one| one.group == group) {
                if let Some(operation) = offered.iter().find(|known| known.id == one.operation) {
                    parent = parent.subcommand(made(one.verb, operation));
                }
            }
            parent
        };
        command = if is_there {
            command.mut_subcommand(group, with)
        } else {
            let parent = Command::new(group).about(about).subcommand_required(true).arg_required_else_help(true);
            command.subcommand(with(parent))
        };
    }
    command
}

fn made(verb: &'static str, operation: &Operation) -> Command {
    let mut command = Command::new(verb).about(operation.about);
    for field in fields(operation) {
        command = command.arg(argument(operation, field));
    }
    if matches!(operation.body, Body::File(..)) {
        command = command.arg(path("csv", "The file.").required(true).value_name("FILE"));
    }
    if is_of_a_person(operation) {
        command = command
            .arg(text("as", "In whose place: an address of the subscriber.").visible_alias("for").required(true))
            .arg(text("reason", "Why; it is recorded, and they read it.").required(true));
    }
    if operation.who == Who::Subscriber {
        let about = "The legal ground on which senders, subjects and text open: asked, warrant, necessity or company.";
        command = command.arg(text("ground", about));
    }
    if operation.versioned {
        let version = text("if-match", "The version it was made from; left out: the one in force now.");
        command = command.arg(version.value_parser(clap::value_parser!(i64)));
    }
    command
        .arg(Arg::new("json").long("json").action(ArgAction::SetTrue).help("Print the answer as the API gives it."))
        .arg(text("language", "Language of the answer: ja or en; by default that of LANG."))
        .arg(path("config", "The configuration file.").short('c'))
        .arg(path("data-dir", "Data folder, instead of the configuration's."))
}

fn is_of_a_person(operation: &Operation) -> bool {
    matches!(operation.who, Who::Own | Who::Subscriber)
}

/// What an operation asks for. Two that a command has for itself are not asked twice.
fn fields(operation: &Operation) -> impl Iterator<Item = &Field> {
    let body = match &operation.body {
        Body::Json(fields) => fields.as_slice(),
        Body::Nothing | Body::File(..) => &[],
    };
    operation.query.iter().chain(body)
}

/// What stands in the path is written after the command's name; everything else has its own.
fn argument(operation: &Operation, field: &Field) -> Arg {
    let is_in_path = operation.path.contains(&format!("{{{}}}", field.name));
    let about = match &field.kind {
        Kind::Choice(names) => format!("{} One of: {}.", field.about, names.join(", ")),
        Kind::Id => format!("{} Its reference, or its id.", field.about),
        Kind::Many(..) | Kind::List(..) | Kind::Names(_) => format!("{} Several as a,b,c.", field.about),
        Kind::Map(..) | Kind::Answers(_) | Kind::Conditions(_) | Kind::Contacts(_) => {
            format!("{} As JSON.", field.about)
        }
        _ => field.about.to_owned(),
    };
    let arg = Arg::new(field.name).help(about).required(field.is_needed);
    match (&field.kind, is_in_path) {
        (_, true) => arg,
        (Kind::Flag, false) => arg.long(dashed(field.name)).action(ArgAction::SetTrue).required(false),
        (_, false) => arg.long(dashed(field.name)).allow_hyphen_values(true),
    }
}

/// `even_if_unverified` is written `--even-if-unverified`; the name stays in the field, and lives as long as the program.
fn dashed(name: &'static str) -> clap::builder::Str {
    clap::builder::Str::from(name.replace('_', "-"))
}

fn text(name: &'static str, about: &'static str) -> Arg {
    Arg::new(name).long(name).help(about)
}

fn path(name: &'static str, about: &'static str) -> Arg {
    text(name, about).value_parser(clap::value_parser!(PathBuf))
}

/// Runs one of these, where it is one.
pub async fn run(matches: &ArgMatches) -> Option<Result<(), String>> {
    let (group, inside) = matches.subcommand()?;
    let (verb, given) = inside.subcommand()?;
    let named = NAMED.iter().find(|one| one.group == group && one.verb == verb)?;
    let operation = within::offered().into_iter().find(|known| known.id == named.operation)?;
    let text = |name: &str| given.try_get_one::<String>(name).ok().flatten().cloned();
    let file = |name: &str| given.try_get_one::<PathBuf>(name).ok().flatten().cloned();
    let mut written = Vec::new();
    for field in fields(&operation) {
        if matches!(field.kind, Kind::Flag) && !operation.path.contains(&format!("{{{}}}", field.name)) {
            if given.get_flag(field.name) {
                written.push(format!("{}=true", field.name));
            }
        } else if let Some(value) = text(field.name) {
            written.push(format!("{}={value}", field.name));
        }
    }
    let asked = Asked {
        operation: operation.id.to_owned(),
        fields: written,
        person: text("as"),
        reason: text("reason").unwrap_or_default(),
        ground: text("ground").unwrap_or_default(),
        if_match: given.try_get_one::<i64>("if-match").ok().flatten().copied(),
        sent: file("csv"),
        json: given.get_flag("json"),
        language: text("language"),
    };
    let of = File { config: file("config"), data_dir: file("data-dir") };
    Some(call::run(asked, &of).await)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arguments::Arguments;
    use clap::CommandFactory as _;

    #[test]
    fn every_command_can_be_built_and_says_what_it_takes() {
        let mut command = put_on(Arguments::command());
        command.build();
        // Clap's own look at names that stand twice, and at what is required after what is not.
        command.clone().debug_assert();
        for one in &NAMED {
            let group = command.find_subcommand(one.group).expect("a group");
            let verb = group.find_subcommand(one.verb).expect("a command");
            assert!(verb.get_about().is_some(), "{} {} says nothing", one.group, one.verb);
        }
    }

    #[test]
    fn a_line_becomes_the_operation_with_its_fields() {
        let line = ["sekisho", "lists", "add", "refuse", "ad@shop.example", "--note", "広告", "--as", "a@example.jp"];
        let line = line.into_iter().chain(["--reason", "by telephone", "--even-if-unverified"]);
        let matches = put_on(Arguments::command()).try_get_matches_from(line).expect("it is read");
        let (_, lists) = matches.subcommand().expect("a group");
        let (verb, add) = lists.subcommand().expect("a command");
        assert_eq!(verb, "add");
        let of = |name: &str| add.get_one::<String>(name).map(String::as_str);
        assert_eq!((of("list"), of("entry"), of("note")), (Some("refuse"), Some("ad@shop.example"), Some("広告")));
        assert!(add.get_flag("even_if_unverified"));
        let no_reason = ["sekisho", "held", "list", "--as", "a@example.jp"];
        assert!(put_on(Arguments::command()).try_get_matches_from(no_reason).is_err());
    }
}
