# A message was moved or copied into Junk by its owner.
require ["vnd.dovecot.pipe", "copy", "imapsieve", "environment", "variables"];

if environment :matches "imap.user" "*" { set "user" "${1}"; }
pipe :copy "sekisho-report" ["spam", "${user}"];
