# Sentences that people read. One for each reason id: short, plain, no blame, no filter jargon.

## Findings (by reason id)

size-above = The message is { $size }, more than the upper bound of { $bound }
size-below = The message is { $size }, less than the lower bound of { $bound }
url-present = It has links ({ $host }, { $count } in all)
url-lies = A link shows { $shown }, but really goes to { $target }
url-category = A link is on the list "{ $category }" ({ $host })
keyword-match = It matches the keyword rule "{ $name }" ({ $found })
bayes-spam = The wording is like mail that was called spam before ({ $percent }%). Words that decided: { $words }
bayes-ham = The wording is like mail that was called not spam before (likelihood of spam { $percent }%). Words that decided: { $words }
signature-text = The text is a variant of mail that was reported before ({ $percent }% of signature { $signature })
signature-structure = It is built like mail that was reported before ({ $percent }% of signature { $signature })
signature-links = Its links lead where those of mail lead that was reported before ({ $percent }% of signature { $signature })
signature-attachment = A file is attached that was reported before (signature { $signature })
signature-picture = It shows a picture that was reported before (signature { $signature })
heuristics-rule = { $title }
heuristics-rule-found = { $title } ({ $found })
spamassassin-rule = { $title } (rule { $rule })
authentication-dmarc-fail =
    The sender's domain { $domain } could not be authenticated (DMARC). { $policy ->
        [reject] The domain asks that such mail be refused
        [quarantine] The domain asks that such mail be treated with suspicion
       *[none] The domain does not ask for anything to be done
    }
authentication-spf-fail = { $domain } does not allow this server to send for it (SPF)
authentication-spf-softfail = { $domain } probably does not allow this server to send for it (SPF)
authentication-dkim-broken = The signature of { $domain } does not hold (DKIM): the message was changed on the way, or it is forged
authentication-none = Nothing proves who sent it
authentication-arc =
    { $outcome ->
        [pass] The record of forwarding (ARC) holds together
       *[fail] The record of forwarding (ARC) does not hold together
    }
list-receive =
    The sender is on the receive list ({ $entry }). { $proof ->
        [proven] The sender is proven
        [unknown] But it cannot be found out now whether the sender is proven
       *[unproven] But the sender is not proven
    }
list-refuse = The sender is on the refuse list ({ $entry })
sender-domain-absent = The sender's domain { $domain } does not exist
sender-domain-takes-no-mail = The sender's domain { $domain } is one that takes no mail
link-blocklist-listed = It links to { $host }, which is on the list { $list } ({ $meaning })
envelope-domain-absent = The domain { $domain } of the envelope sender does not exist
envelope-domain-takes-no-mail = The domain { $domain } of the envelope sender is one that takes no mail
sender-address-absent = The sender's own server says that there is no address { $address } (it said: { $words })
blocklist-listed = { $item } is on the list { $list } of senders of spam ({ $meaning })
blocklist-certain = { $item } is on the list { $list }, which is ground enough to refuse mail here ({ $meaning })
allowlist-listed = { $item } is on the list { $list } of trusted senders ({ $meaning })
dynamic-source-range = It came straight from the range { $range }, whose operator says that its addresses change ({ $comment })
dynamic-source-name = It came straight from { $name }, the name of a line whose address changes ({ $sign })
greylisting-waits =
    The sender is new here and is asked to come again in about { $minutes } min. { $why ->
        [dynamic] Its address looks like one that changes
        [nameless] Its address has no name
        [listed] It is on a list of senders
        [reputation] What came from there before was bad
       *[everyone] Every new sender is asked to
    }
helo-bare-address = The sending server called itself { $helo }, an address and not a name
helo-ours = The sending server called itself { $helo }, which is a name of ours
helo-unqualified = The sending server called itself { $helo }, which is not a full host name
helo-other-address = The sending server called itself { $helo }, which is another's address
helo-unresolvable = The sending server called itself { $helo }, a name that cannot be found
early-talker = The sending server spoke before it was its turn
limit-ip = { $whose } has sent as many messages as it may ({ $most } in { $window })
limit-network = The network { $whose } has sent as many messages as it may ({ $most } in { $window })
limit-sender = The sender { $whose } has sent as many messages as it may ({ $most } in { $window })
limit-sender-domain = Senders at { $whose } have sent as many messages as they may ({ $most } in { $window })
limit-recipient = { $whose } has been sent as many messages as may come in a time ({ $most } in { $window })
unknown-recipients-slowed = The sending server lately asked for { $count } addresses that do not exist, so it waits { $seconds } seconds for each answer
unknown-recipients-source = The sending server asked for so many addresses that do not exist ({ $count } lately) that it is refused for a while
unknown-recipients-in-message = { $count } recipients of this message do not exist
reputation-good = Mail from { $whose } was hardly ever unwanted ({ $percent } % of { $count } messages lately)
reputation-suspect = Much of the mail from { $whose } was unwanted ({ $percent } % of { $count } messages lately)
reputation-bad = Nearly all mail from { $whose } was unwanted ({ $percent } % of { $count } messages lately)
domain-reputation-good = Mail proven to come from { $whose } was hardly ever unwanted ({ $percent } % of { $count } messages lately)
domain-reputation-suspect = Much of the mail proven to come from { $whose } was unwanted ({ $percent } % of { $count } messages lately)
domain-reputation-bad = Nearly all mail proven to come from { $whose } was unwanted ({ $percent } % of { $count } messages lately)
former-label-start = The subject begins with the label 「未承諾広告※」 (unsolicited advertising)
former-label-anywhere = The subject has the label 「未承諾広告※」 (unsolicited advertising)
former-label-advertisement = The subject has the label 「! 広告!」 (advertising)
no-subject = It has no subject
no-from = It has no sender
from-not-an-address = The sender is not a mail address ({ $said })
header-blank = Some fields are blank ({ $names })
no-x-mailer = It does not say with which mail program it was written
bcc-to-me = Your address is neither in To nor in Cc
english-only = Subject and text are in English only
empty-body = It has no text
empty-message = It has neither a subject nor text
attachment-present = It has attachments ({ $name }, { $count } in all)
attachment-runs = An attachment runs something when it is opened ({ $name })
attachment-locked = An attachment cannot be looked into without its password ({ $name })
attachment-macros = A document with macros is attached ({ $name })
virus-found = The virus scanner found { $virus }
virus-in-file = The virus scanner found { $virus } in { $file }
yara-match = The YARA rule "{ $rule }" matches ({ $file })
address-book =
    The sender is in the address book ({ $entry }). { $proof ->
        [proven] The sender is proven
        [unknown] But it cannot be found out now whether the sender is proven
       *[unproven] But the sender is not proven
    }
sender-unlisted = The sender { $sender } is neither on the receive list nor in the address book, or is not proven to be
sender-kind = It comes from { $kind } ({ $domain })
kind-internet = the Internet at large
kind-phone-abroad = a telephone number of another country
impersonation-no-domain = The sender's domain { $domain } does not exist
impersonation-fails = { $domain } says that this message is not from it (sender authentication)
impersonation-unproven = Nothing proves that the sender is really { $domain }
impersonation-posing = Somebody may pose as { $domain }, a domain that you named
posing-as-mobile = Somebody may pose as a mobile address ({ $domain })
impersonation-passes = It is from { $domain }, a domain that you named, and that is proven
impersonation-exception = { $domain } is among the domains that are not asked for proof
impersonation-rescued = It is on the rescue list for forwarded mail and mailing lists ({ $entry })
secret-code-missing = The address is a telephone number without its secret code
bulk-guard = It is message { $count } or later that { $sender } sent today (held back from { $from } a day)
html-present = It is an HTML message

## Conditions (chosen on the settings page)

condition-size-above = Mail above the upper bound
condition-size-below = Mail below the lower bound
condition-url-present = Mail with links
condition-url-lies = Mail with a link that shows one place and goes to another
condition-url-category = Mail with a link on the list "{ $category }"
condition-keyword-match = Mail that matches a keyword rule
condition-bayes-spam = Mail worded like spam
condition-bayes-ham = Mail worded like wanted mail
condition-authentication-dmarc-fail = Mail whose sender's domain could not be authenticated (DMARC)
condition-authentication-spf-fail = Mail from a server that is not allowed to send it (SPF)
condition-authentication-spf-softfail = Mail from a server that is probably not allowed to send it (SPF)
condition-authentication-dkim-broken = Mail with a signature that does not hold (DKIM)
condition-authentication-none = Mail where nothing proves who sent it
condition-authentication-arc = Mail with a record of forwarding (ARC)
condition-list-receive = Mail from senders on the receive list
condition-list-refuse = Mail from senders on the refuse list
condition-sender-domain-absent = Mail from domains that do not exist
condition-sender-domain-takes-no-mail = Mail from domains that take no mail
condition-link-blocklist-listed = Mail with links to domains on a list of domains of spam
condition-envelope-domain-absent = Mail whose envelope sender has a domain that does not exist
condition-envelope-domain-takes-no-mail = Mail whose envelope sender has a domain that takes no mail
condition-sender-address-absent = Mail whose sender's own server says that there is no such address
condition-blocklist-listed = Mail from servers or domains on a list of senders of spam
condition-blocklist-certain = Mail from servers or domains on a list that is ground enough to refuse
condition-allowlist-listed = Mail from servers or domains on a list of trusted senders
condition-dynamic-source-range = Mail straight from ranges whose operator says that their addresses change
condition-dynamic-source-name = Mail straight from lines whose name says that their address changes
condition-greylisting-waits = Mail whose sender is asked to come again
condition-helo-bare-address = Mail from servers that give an address instead of a name
condition-helo-ours = Mail from servers that give a name of ours
condition-helo-unqualified = Mail from servers that do not give a full host name
condition-helo-other-address = Mail from servers that give another's address
condition-helo-unresolvable = Mail from servers that give a name that cannot be found
condition-early-talker = Mail from servers that spoke before it was their turn
condition-limit-ip = Mail beyond the limit of one address
condition-limit-network = Mail beyond the limit of one network
condition-limit-sender = Mail beyond the limit of one sender
condition-limit-sender-domain = Mail beyond the limit of one sending domain
condition-limit-recipient = Mail beyond the limit of one recipient
condition-unknown-recipients-slowed = Servers that ask for many addresses that do not exist
condition-unknown-recipients-source = Servers that are refused because they asked for addresses that do not exist
condition-unknown-recipients-in-message = Messages to many addresses that do not exist
condition-reputation-good = Mail from servers with a good name
condition-reputation-suspect = Mail from servers with a doubtful name
condition-reputation-bad = Mail from servers with a bad name
condition-domain-reputation-good = Mail from domains with a good name
condition-domain-reputation-suspect = Mail from domains with a doubtful name
condition-domain-reputation-bad = Mail from domains with a bad name
condition-former-label-start = Mail whose subject begins with 「未承諾広告※」
condition-former-label-anywhere = Mail with 「未承諾広告※」 in the subject
condition-former-label-advertisement = Mail with 「! 広告!」 in the subject
condition-no-subject = Mail without a subject
condition-no-from = Mail without a sender
condition-from-not-an-address = Mail whose sender is not a mail address
condition-header-blank = Mail with blank fields
condition-no-x-mailer = Mail that names no mail program
condition-bcc-to-me = Mail with your address neither in To nor in Cc
condition-english-only = Mail in English only
condition-empty-body = Mail without text
condition-empty-message = Mail with neither a subject nor text
condition-attachment-present = Mail with attachments
condition-attachment-runs = Mail with an attachment that runs something
condition-attachment-locked = Mail with an attachment that needs a password
condition-attachment-macros = Mail with a document with macros
condition-virus-found = Mail in which the virus scanner found something
condition-virus-in-file = Mail with a file in which the virus scanner found something
condition-yara-match = Mail that a YARA rule matches
condition-address-book = Mail from senders in the address book
condition-sender-unlisted = Mail from senders on no list and in no address book
condition-sender-kind = Mail from { $kind }
condition-impersonation-no-domain = Impersonation: mail from domains that do not exist
condition-impersonation-fails = Impersonation: mail that fails authentication
condition-impersonation-unproven = Impersonation: mail whose sender is not proven
condition-impersonation-posing = Impersonation: mail that poses as a domain you named
condition-posing-as-mobile = Mail that poses as a mobile address
condition-impersonation-passes = Proven mail from domains you named
condition-impersonation-exception = Mail from domains that are not asked for proof
condition-impersonation-rescued = Mail on the rescue list
condition-secret-code-missing = Mail without the secret code
condition-bulk-guard = Mail of a sender who sent very many
condition-html-present = HTML mail
condition-signature-text = Mail whose text is a variant of mail that was reported before
condition-signature-structure = Mail that is built like mail that was reported before
condition-signature-links = Mail whose links lead where those of reported mail lead
condition-signature-attachment = Mail with a file that was reported before
condition-signature-picture = Mail with a picture that was reported before
condition-heuristics = Mail to which this applies: { $title }
condition-spamassassin = Mail to which SpamAssassin's rule { $rule } applies

## Categories of links (others are shown as the list names them)

category-adult = adult sites
category-gambling = gambling
category-dating = dating
category-drugs = drugs
category-violence = violence
category-weapons = weapons
category-phishing = phishing
category-malware = malware
category-fraud = fraud
category-piracy = pirated copies
category-proxy = proxies and ways round filters
category-shortener = shortened addresses

## Names of controls

control-refuse_list = Refuse list
control-receive_list = Receive list
control-authentication = Sender authentication
control-nonexistent_sender = Existence of the sender's domain and address
control-link_blocklist = DNS lists of domains in links
control-blocklist = DNS lists of senders of spam
control-allowlist = DNS lists of trusted senders
control-dynamic_source = Mail straight from changing addresses (IP25B)
control-greylisting = Asking to come again (greylisting)
control-helo = What the server calls itself
control-early_talker = Speaking too early
control-reception_limit = Limits on reception
control-unknown_recipients = Recipients that do not exist
control-reputation = Reputation of the source
control-bayes = Learning filter
control-heuristics = Rules on traits
control-signatures = Signatures
control-spamassassin = SpamAssassin rules
control-keywords = Keyword rules
control-url = Links
control-url_category = Categories of links
control-address_book = Address book
control-sender_unlisted = Senders on no list
control-sender_kind = Kind of sender (mobile, Internet)
control-impersonation = Impersonation
control-secret_code = Secret code
control-bulk_guard = Bulk guard
control-html = HTML mail
control-attachment = Attachments
control-virus = Virus check
control-yara = YARA rules
control-size = Size
control-former_label = Labels of unsolicited advertising
control-no_subject = No subject
control-no_from = No sender
control-blank_headers = Blank fields
control-no_x_mailer = No mail program named
control-bcc_to_me = Not addressed to me
control-english_only = English only
control-empty_message = Empty mail

## Verdict

class-wanted = Wanted
class-newsletter = Newsletter
class-suspect = Perhaps spam
class-spam = Spam
class-dating = Dating solicitation
class-fee_fraud = Made-up bill
class-phishing = Phishing
class-malware = Dangerous attachment
class-is =
    { $shown ->
        [percent] Taken for: { $class } ({ $percent } % unwanted)
        [level] Taken for: { $class }
       *[points] Taken for: { $class } ({ $points } points, { $percent } % unwanted)
    }
class-otherwise-without = Without no. { $numbers } it would have been taken for: { $class }
class-otherwise-more = With { $points } points more it would have been taken for: { $class }

## Action

action-deliver = Deliver
action-remove_part = Deliver without the dangerous part
action-label = Deliver with a label
action-header_only = Deliver the header only
action-junk = Put into the junk folder
action-trash = Put into the trash
action-delete = Delete (a record stays)
action-refuse = Refuse
action-unknown_user = Refuse as if there were no such address
action-defer = Have it sent again later

label-none = No label
label-header = Label in the header
label-subject = Label in the subject
label-both = Label in subject and header

outcome-deliver = It was delivered
outcome-label = It was delivered with a label
outcome-attachments = It was delivered without its attachments; the message as it came is in the junk folder
outcome-remove_part = It was delivered without the dangerous part; the message as it came is in the junk folder
outcome-header_only = Only its header was delivered; the message itself is in the junk folder
outcome-junk = It was not delivered; it is in the junk folder
outcome-trash = It was not delivered; it is in the trash
outcome-delete = It was not delivered but deleted; a record is kept
outcome-refuse = It was refused; the sender was given the reference
outcome-unknown_user = It was not accepted; the sender was told that there is no such address
outcome-defer = It was not taken for now; the sending side will try again
outcome-gave-way = The settings asked for "{ $wanted }", but on this way recipients cannot be treated apart, so the mildest action was taken

## Reason (which setting decided)

whose-shipped = the default settings
whose-operator = the operator's settings
whose-group = the group's settings
whose-subscriber = your settings

reason-duty = Mail to postmaster and abuse is always delivered as it is
reason-no_consent = You have not agreed to filtering by content, so the content was not looked at; only the result of sender authentication is shown
reason-malware = A message with a dangerous attachment is not delivered, whatever list the sender is on
reason-refuse_list = Decided by "{ $entry }" on the refuse list, in { $whose }
reason-receive_list = Decided by "{ $entry }" on the receive list, in { $whose }
reason-keyword = Decided by the keyword rule "{ $rule }"
reason-condition = Decided by the condition "{ $condition }", in { $whose }
reason-threshold =
    { $class ->
        [suspect] { $shown ->
            [percent] { $points } % unwanted, which reaches the bound of { $threshold } % for "perhaps" in { $whose }
            [level] It was unwanted enough for "perhaps" at the level in { $whose }
           *[points] { $points } points in all, which reaches the bound of { $threshold } for "perhaps" in { $whose }
        }
       *[other] { $shown ->
            [percent] { $points } % unwanted, which reaches the bound of { $threshold } % in { $whose }
            [level] It was unwanted enough for the level in { $whose }
           *[points] { $points } points in all, which reaches the bound of { $threshold } in { $whose }
        }
    }
reason-kind = "{ $class }" is treated so in { $whose }
reason-unknown = "{ $control }" could not be done, and { $whose } say what happens then
reason-nothing = There was no reason not to deliver it
reason-fault = It could not be judged because of a problem on our side. The message is not lost; the sending side will try again

## The smallest change that would have changed the outcome

otherwise-deliver = It would have been delivered { $change }
otherwise-unmarked = It would have been delivered without a label { $change }
otherwise-marked = It would have been delivered with a label { $change }
otherwise-not-delivered = It would not have been delivered { $change }

change-refuse-entry-removed = without "{ $entry }" on the refuse list
change-receive-entry-removed = without "{ $entry }" on the receive list
change-receive-entry-added = with this sender on the receive list
change-receive-entry-added-unverified = with this sender on the receive list as "even if unverified"
change-keyword-removed = without the keyword rule "{ $rule }"
change-condition-removed = without the condition "{ $condition }"
change-threshold =
    { $shown ->
        [percent] with a bound of { $threshold } %
        [level] with another level
       *[points] with a bound of { $threshold } points
    }
change-suspect =
    { $shown ->
        [percent] with a bound of { $threshold } % for "perhaps"
        [level] with another level for "perhaps"
       *[points] with a bound of { $threshold } points for "perhaps"
    }
change-action = with "{ $action }" for "{ $class }"
change-refused = with "{ $action }" for mail from the refuse list
change-one-finding = without no. { $first }
change-two-findings = without no. { $first } and no. { $second }
change-two-settings = { $first }, and { $second }

## Words of the settings

step-refuse = Refuse list
step-receive = Receive list
step-keywords = Keyword rules
step-conditions = Conditions
step-threshold = Bound on points

mode-off = Off
mode-observe = Observe only
mode-label = Label only
mode-enforce = On

effect-label = Label
effect-slow = Slow down
effect-defer = Have it sent again later
effect-refuse = Refuse
effect-hold = Hold
effect-points = Count points

basis-maintenance = justified business act
basis-consent = the subscriber's consent

## Written into a delivered message in the place of a dangerous part

not-done = "{ $control }" could not be done; that speaks neither for nor against the message
notice-removed = A virus was found in "{ $file }" of this message ({ $virus }), so it was taken out. Everything else is as it came. The message as it came is kept in the junk folder for { $days } days. Reference: { $reference }
notice-attachment = "{ $file }" was taken out of this message, because its recipient chose to get no attachments. Everything else is as it came. The message as it came is kept in the junk folder for { $days } days. Reference: { $reference }
notice-a-part = a part without a name
