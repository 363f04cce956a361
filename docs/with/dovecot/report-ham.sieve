# A message was moved or copied out of Junk by its owner. Into the trash is no opinion: who empties Junk teaches nothing.
# The trash of your users has another name? Add it here.
require ["vnd.dovecot.pipe", "copy", "imapsieve", "environment", "variables"];

if environment :matches "imap.mailbox" "*" { set "mailbox" "${1}"; }
if string :is "${mailbox}" ["Trash", "Deleted Messages", "Deleted Items", "ごみ箱", "ゴミ箱", "削除済みアイテム"] { stop; }

if environment :matches "imap.user" "*" { set "user" "${1}"; }
pipe :copy "sekisho-report" ["ham", "${user}"];
