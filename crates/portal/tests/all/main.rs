//! Tests of the pages: the router without sockets, the language files, and a browser where there is one.

mod language;
