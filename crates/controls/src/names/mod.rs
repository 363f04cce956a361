//! What names say about a peer before its message is seen: DNS lists, ranges and reverse names of lines with changing
//! addresses, HELO. Here stand the facts and the pure judgement of names; who asks DNS is the gate's affair.

pub mod dynamic;
pub mod helo;
