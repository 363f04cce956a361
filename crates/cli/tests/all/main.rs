//! Whole-program tests: the real binary, real sockets, real files.

#[cfg(test)]
mod accounts;
#[cfg(test)]
mod api;
#[cfg(test)]
mod asking;
#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod choices;
#[cfg(test)]
mod configuration;
#[cfg(test)]
mod conversations;
#[cfg(test)]
mod corpus;
#[cfg(test)]
mod counts;
#[cfg(test)]
mod demonstration;
#[cfg(test)]
mod digest;
#[cfg(test)]
mod door;
mod dovecot;
#[cfg(test)]
mod exim;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod house;
#[cfg(test)]
mod kills;
#[cfg(test)]
mod lifecycle;
#[cfg(test)]
mod links;
#[cfg(test)]
mod milter;
#[cfg(test)]
mod milter_deeds;
#[cfg(test)]
mod name_servers;
#[cfg(test)]
mod names;
#[cfg(test)]
mod openapi;
#[cfg(test)]
mod peers;
#[cfg(test)]
mod people;
#[cfg(test)]
mod releases;
#[cfg(test)]
mod rows;
#[cfg(test)]
mod rspamd;
#[cfg(test)]
mod rules;
#[cfg(test)]
mod signatures;
#[cfg(test)]
mod slow_peers;
#[cfg(test)]
mod spamassassin;
#[cfg(test)]
mod spamd;
#[cfg(test)]
mod staff_commands;
#[cfg(test)]
mod unwritable;
#[cfg(test)]
mod viewer;
#[cfg(test)]
mod viruses;
#[cfg(test)]
mod yara;
