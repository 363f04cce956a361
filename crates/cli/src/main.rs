//! THE BINARY: reads the command line and does one thing.
#![expect(unreachable_pub, reason = "nothing outside sees into a binary; `pub` here says what a module offers")]

mod arguments;
mod commands;
mod configuration;
mod control;
mod countries;
mod explanation;
mod house;
mod links;
mod mail_servers;
mod names;
mod operations;
mod pages;
mod passwords;
mod rules;
mod running;
mod scanners;
mod terminal;

use std::process::ExitCode;

use arguments::{Arguments, Command, RulesCommand};
use clap::{CommandFactory as _, FromArgMatches as _};

fn main() -> ExitCode {
    let matches = commands::deed::put_on(Arguments::command()).get_matches();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(fault) => return said(&Err(format!("no threads: {fault}"))),
    };
    said(&runtime.block_on(async {
        // What is made of the API's table first; everything else is written in `arguments`.
        if let Some(outcome) = commands::deed::run(&matches).await {
            return outcome;
        }
        match Arguments::from_arg_matches(&matches) {
            Ok(arguments) => run(arguments.command).await,
            Err(wrong) => wrong.exit(),
        }
    }))
}

async fn run(command: Command) -> Result<(), String> {
    match command {
        Command::Demo { data, smtp, portal, rspamd } => commands::demo::run(data, smtp, portal, rspamd).await,
        Command::Serve { file } => commands::serve::run(&file).await,
        Command::Config { what } => commands::config::run(&what),
        Command::Explain { reference, language, file } => commands::ask::explain(reference, language, &file).await,
        Command::Learn { label, person, paths, file } => commands::learn::learn(label, person, &paths, &file).await,
        Command::Unlearn { person, paths, file } => commands::learn::unlearn(person, &paths, &file).await,
        Command::Status { file } => commands::ask::status(&file).await,
        Command::Auth { message, ip, helo, mail_from, output, dns, file } => {
            commands::auth::run(&message, ip, helo, &mail_from, output, dns, &file).await
        }
        Command::StaffAdd { login, name, role, file } => commands::ask::staff_add(login, name, role, &file).await,
        Command::SubscriberAdd { address, name, group, file } => {
            commands::ask::subscriber_add(address, name, group, &file).await
        }
        Command::SubscriberImport { list, check, file } => commands::import::run(&list, check, file.json, &file).await,
        Command::ListImport { list, reason, check, file } => {
            commands::list_import::run(&list, reason, check, file.json, &file).await
        }
        Command::TokenAdd { owner, name, scopes, days, file } => {
            commands::ask::token_add(owner, name, scopes, days, &file).await
        }
        Command::Call { operation: None, .. } => {
            commands::call::list();
            Ok(())
        }
        Command::Call {
            operation: Some(operation),
            fields,
            person,
            reason,
            ground,
            if_match,
            sent,
            language,
            file,
        } => {
            let json = file.json;
            let asked =
                commands::call::Asked { operation, fields, person, reason, ground, if_match, sent, json, language };
            commands::call::run(asked, &file).await
        }
        Command::Settings { what } => commands::ask::settings(what).await,
        Command::Profile { what } => commands::profile::run(what).await,
        Command::Junk { what } => commands::ask::junk(what).await,
        Command::Account { what } => commands::account::run(what).await,
        Command::Digest { what } => commands::ask::digest(what).await,
        Command::Door { what } => commands::ask::door(what).await,
        Command::Signatures { what } => commands::signatures::run(what).await,
        Command::Rules { what: RulesCommand::Test { files } } => commands::rules::test(&files),
        Command::Replay { with, since, show, file } => commands::rules::replay(&with, &since, show, &file).await,
        Command::Reload { file } => commands::ask::reload(&file).await,
    }
}

/// The one place where an outcome becomes an exit code.
fn said(outcome: &Result<(), String>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("sekisho: {problem}");
            ExitCode::FAILURE
        }
    }
}
