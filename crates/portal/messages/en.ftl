product = Sekisho
language = Language
sections = Pages
skip-to-main = Skip to content
person = { $name }
sign-out = Sign out
about-title = About this service
nav-held = Held mail
nav-settings = Settings
nav-lookup = Look up a reference
nav-decisions = Decisions
nav-charts = Charts
nav-subscribers = Subscribers
nav-defaults = Defaults
nav-audit = Audit
acting-for = You act for { $name }. Reason: { $reason }
acting-stop = Stop acting
to-first-page = To the first page

# times
time-yesterday = yesterday { $time }
time-tomorrow = tomorrow { $time }

# signing in
sign-in = Sign in
sign-in-title = Please sign in
sign-in-lead = See what was not delivered, and change your settings.
sign-in-wrong = That did not work. Check the address and the password. If you do not know the password, use “Mail me a code”.
sign-in-again = Start again
address = Mail address
password = Password
send-code = Mail me a code
send-code-hint = You can sign in without a password, with a code that works once and comes by mail. First time here? Use this too.
code = Code (8 digits)
code-sent = If this address is used here, a code is on its way. Enter it within 10 minutes.
code-wrong = The code is wrong or too old. Try again, or ask for a new one.
code-mail-subject = Your code to sign in
code-mail-body =
    Your code to sign in: { $code }

    Enter it on the sign-in page within 10 minutes. It works once.

    If you did not ask for it, you need not do anything: nobody can sign in without it.
    Do not pass it on. Staff will never ask you for it.
staff-sign-in = Staff sign-in
staff-login = Sign-in name

# what was done
done-let-in = It passes as soon as it is sent again.
done-released = Delivered. It is in your mailbox.
done-deleted = Moved to the trash. You can take it back until its time is over.
done-erased = Deleted for good.
done-restored = Taken back.
done-not-spam = Delivered, and remembered as not spam.
done-spam = Moved to the trash, and remembered as spam.
done-allowed = Added to your receive list. It counts from the next message on.
done-refused = Added to your refuse list. It counts from the next message on.
done-saved = Saved. It counts from the next message on.
done-undone = The earlier settings are back. They count from the next message on.
done-signed-out = You are signed out.
done-imported = Imported.
done-grounded = The ground is recorded. The subscriber will see that it happened.
done-acting = You now act for this person. It is recorded with your reason.
done-stopped-acting = You no longer act for anybody.
done-nothing = There was nothing to delete.

# classes and actions
class-wanted = Ordinary mail
class-newsletter = Newsletters
class-suspect = Perhaps unwanted
class-spam = Spam
class-dating = Dating spam
class-fee-fraud = Made-up bills
class-phishing = Fraud (posing as somebody)
class-malware = Dangerous mail (virus)
action-deliver = Deliver
action-label = Deliver with a label
action-junk = Hold in junk
action-trash = Hold in the trash
action-remove-part = Deliver without the dangerous part
action-header-only = Deliver the header only
action-delete = Delete (recorded)
action-refuse = Refuse
action-defer = Ask to come again
action-refused-by-next-hop = Next server refused

# held mail
held-title = Held mail
held-week-title = Held in the last 7 days
held-all-title = All held mail
trash-title = Trash
released-title = Delivered after all
other-mail = Other mail
mails = { $count ->
    [one] { $count } message
   *[other] { $count } messages
}
more-mails = { $count ->
    [one] Show { $count } more
   *[other] Show { $count } more
}
level-now = Level: { $level }
change-settings = Change settings
consent-given = Consent to reading content: given
consent-missing = Consent to reading content: none
consent-about = About consent
waiting-title = Senders that were asked to come again
waiting-lead = Some senders that are new and look unusual are asked to send again after a while. If you wait for something urgent, such as a sign-in code, you can let it in at once.
waiting-nobody = Nobody was asked to come again.
waiting-network = Sender's network
waiting-until = Taken when it is sent again after:
waiting-let-in = Let it in
waiting-some =
    { $count ->
        [one] One sender was asked to come again.
       *[other] { $count } senders were asked to come again.
    }
senders =
    { $count ->
        [one] one sender
       *[other] { $count } senders
    }
opened-by-staff = Staff opened the subject or content of your mail on a recorded ground:
first-visit-title = Here you see the mail that was not delivered
first-visit = Press “Deliver it” and a message arrives as it is. You can also name senders you always want, or change how strict the filter is.
first-visit-consent = Read about consent and decide
search-held = Search sender or subject
search = Search
no-subject = (no subject)
from = From
to = To
reason = Reason:
refused-by-next-hop = The next mail server did not take it, so it is kept here.
details = Details
deliver-it = Deliver it
always-receive = Always receive…
always-refuse = Always refuse…
delete = Delete
erase = Delete for good
restore = Take back
delete-together = Delete all of these
days-left = { $days ->
    [one] Goes away in { $days } day
   *[other] Goes away in { $days } days
}
empty-search = Nothing found. Try other words.
empty-held = No mail was held in the last 7 days
empty-held-hint = If some is held, it will stand here with the reason.
empty-other = There is nothing here
retention = Held mail is kept for { $days } days and then goes away by itself.

# one message
why-title = Why it was not delivered
why-sum = Sum { $sum } / your settings treat { $threshold } and more as spam
why-unknown = The record of this decision is no longer kept. The message is still here.
reference = Reference
held-at = When
not-spam = Not spam
surely-spam = Report as spam
not-spam-hint = “Not spam” delivers it and remembers to deliver mail like it.
message-gone = This message is no longer here. It was deleted, or its time was over.
content-title = Content
content-hint = The sender will not learn that you opened it. No pictures or anything else from outside are loaded.
open-safely = Open safely
view-text = Show text only
view-html = Show with layout
html-hint = Pictures, links and programs have been taken out.
no-text = There is no text in it.
links-title = Where the links really lead
link-goes-to = Leads to:
link-lies = What it shows is not where it leads
attachments-title = Attachments
attachments-hint = Attachments cannot be opened here. They come with the message when you have it delivered.
back-to-message = Back to the message
headers-title = Headers and path
path-title = How it came here
path-hint = Oldest first. The last step is what we saw ourselves. What stands before it was written by the servers on the way and can be made up.
path-ours = We saw this ourselves.
path-claimed = Written by { $server } (cannot be checked).
path-seconds = { $seconds ->
    [one] { $seconds } second after the step before
   *[other] { $seconds } seconds after the step before
}
path-clock = earlier than the step before (a wrong clock, or made up)
fields-title = Header
field-name = Field
field-value = Value

# when something goes wrong
problem-title = That did not work
problem-not-found-what = There is no such page
problem-not-found-kept = Your held mail and your settings are as they were.
problem-not-found-next = Start from the first page.
problem-sign-in-what = Please sign in
problem-sign-in-kept = Your session may have ended. What you typed was not saved; nothing else is lost.
problem-sign-in-next = Sign in again and repeat it.
problem-forbidden-what = Your role does not open this page
problem-forbidden-kept = Nothing was changed.
problem-forbidden-next = Ask an administrator if you need it.
problem-not-acting-what = A person's settings open only with a recorded reason
problem-not-acting-kept = Nothing was changed.
problem-not-acting-next = Record the reason on the subscriber's page, then open them again.
problem-forged-what = This was not accepted
problem-forged-kept = Nothing was changed. It came from another site, or the page was too old.
problem-forged-next = Open the page again and repeat it.
problem-bad-form-what = What was sent cannot be read
problem-bad-form-kept = Nothing was changed.
problem-bad-form-next = Go back and send it again.
problem-bad-field-what = Please check what you entered
problem-bad-field-kept = Nothing was changed yet.
problem-bad-field-next = Go back, correct it, and save again.
problem-too-large-what = What was sent is too large
problem-too-large-kept = Nothing was changed.
problem-too-large-next = Send it in smaller pieces.
problem-stale-what = The settings were changed elsewhere first
problem-stale-kept = What was saved first is in force. What you entered was not saved.
problem-stale-next = Open the settings again and repeat your change.
problem-busy-what = Too many people sign in at this moment
problem-busy-kept = Nothing is lost.
problem-busy-next = Wait a moment and try again.
problem-locked-what = Too many tries
problem-locked-kept = Your account and your mail are untouched. Signing in from elsewhere works.
problem-locked-next = Try again in 15 minutes, or have a code mailed to you.
problem-gone-what = This message is no longer held
problem-gone-kept = It was delivered or deleted before, or its time was over.
problem-gone-next = Look under “Delivered after all” and in the trash.
problem-not-taken-what = The mail server did not take it now
problem-not-taken-kept = The message is still here. Nothing is lost.
problem-not-taken-next = Press “Deliver it” again in a while. If it keeps failing, tell your provider.
problem-store-what = Records cannot be read or written now
problem-store-kept = No mail is lost. What you just did was not done.
problem-store-next = Try again in a while.
problem-fault-what = A fault of ours kept this page from being shown
problem-fault-kept = No mail and no settings are lost.
problem-fault-next = Try again in a while. If it keeps failing, tell your provider.

# about
about-what = Sekisho stands where mail passes, judges each message, and treats it as each recipient has chosen. What is not delivered can be seen on your page, with the reason.
about-all-title = What is done for everybody
about-all = Whether the sender's domain is genuine is verified (sender authentication) and written into the message. This is part of carrying mail properly and is done for all mail.
about-consent-title = What is done only with consent
about-consent = A program reads the content of mail to judge whether it is spam. You can withdraw your consent at any time; from the next message on nothing is read.
about-kept-title = What is kept
about-kept = Held mail is kept exactly as it came for the number of days in your settings, then erased. Records of decisions are kept for 30 days.
about-staff-title = What staff can see
about-staff = Staff find decisions by reference, address, IP address and time. Subjects and content open only on a recorded legal ground, and you see on your page that it happened.
about-licences = Licence of the icons
level-strict = Strict
level-standard = Recommended (standard)
level-gentle = Gentle
level-own = Your own value ({ $points })

# settings
save = Save
cancel = Cancel
add = Add
take-off = Take off
settings-lead = A change counts from the next message on. Under “History” you can go back to any earlier state.
more-settings = More settings
comma = ,{" "}
consent-title = Consent to reading content
consent-since = You have agreed. Since:
consent-default = Content is read by your provider's default. You can withdraw at any time.
consent-withdrawn = You have not agreed. Withdrawn:
consent-none = You have not agreed yet. Content is not read.
consent-all-ground = Ground: lawful business (carrying mail properly). Done without consent.
consent-what = If you agree, a program does this with mail that comes for you. No person reads it.
consent-what-1 = It gives points to the subject, the text and the links of a message.
consent-what-2 = When the sum reaches your level, it does what you chose.
consent-what-3 = What you report as spam or not spam is used for your next messages.
consent-what-4 = What it saw is kept in the record of the decision.
consent-ground = Ground: your consent. If you do not agree, mail comes as before.
consent-give = I agree
consent-withdraw = Withdraw consent
consent-withdraw-hint = After withdrawing, nothing is read from the next message on, and what you taught is erased.
level-title = How strict the filter is
level-gentle-hint = Stops only what is certain. Wanted mail is rarely held.
level-standard-hint = What your provider recommends. Right for most people.
level-strict-hint = Stops doubtful mail too. Please look here now and then.
level-own-choice = By points
level-own-hint = A sum of points this high or higher is treated as spam. Smaller is stricter.
level-points = Points
actions-title = What happens to each kind
actions-hint = “Standard” follows your provider. What is deleted or refused cannot be delivered later.
as-standard = Standard ({ $action })
treatment-deliver = Deliver
treatment-label-header = Deliver, marked in the header
treatment-label-subject = Deliver, marked in the subject
treatment-junk = Hold, do not deliver
treatment-remove-part = Deliver without the dangerous part
treatment-header-only = Deliver the header only
treatment-trash = Put in the trash
treatment-delete = Delete (recorded)
treatment-refuse = Refuse
label-title = Mark in the subject
label-text = Text of the mark
label-hint = Stands before the subject where you chose “marked in the subject”.
lists-title = Receive and refuse lists
lists-count = { $receive } wanted, { $refuse } refused
lists-order-refuse = Where both lists match, the refuse list wins.
lists-order-receive = Where both lists match, the receive list wins.
lists-malware = Dangerous mail (virus) is not delivered by either list.
lists-proven = The receive list helps only mail whose sender can be proven. Lines marked “even if unproven” may also let in mail that poses as that sender.
list-receive = Receive list
list-refuse = Refuse list
list-empty = Nothing here yet.
entries = { $count ->
    [one] { $count } entry
   *[other] { $count } entries
}
entry-text = Mail address or domain
entry-note = Note
entry-unverified = Deliver even if the sender cannot be proven
conditions-title = Conditions and keywords
conditions-count = { $conditions } conditions, { $keywords } keywords
conditions-hint = Choose what happens to mail that matches. What you do not choose is not looked at.
not-looked-at = Not looked at
size-bound = Largest size (kB)
keywords-title = Keywords
keywords-hint = Decide what happens to mail that contains a word. Case and full-width forms make no difference.
keyword-field = Where
keyword-kind = How
keyword-text = Words
keyword-then = Then
field-subject = Subject
field-body = Text
field-from-address = Sender address
field-from-domain = Sender domain
field-to = To
field-all-headers = Any header
kind-contains = contains
kind-exact = is exactly
kind-prefix = begins with
kind-suffix = ends with
field-points = Enter points from 0.1 to 100.
field-size = Enter the largest size as a number (kB), 1 or more.
field-entry = Enter a mail address (hanako@example.jp), a domain (example.jp), or everything below one (*.example.jp).
field-everyone = The receive list cannot hold “everybody”. Choose the gentle level or withdraw your consent instead.
field-list-full = This list holds at most { $most } entries. Take off what you do not need first.
history-title = History of changes
history-hint = Every change is kept, and you can go back to any of them. Consent changes only on its own page.
history-empty = You have not changed anything. Your provider's standard settings are in force.
history-start = The beginning (your provider's standard)
by-you = you
by-staff = staff
by-system = your provider
in-force = in force
go-back-to-this = Go back to this
opened-title = When staff opened something
opened-none = Staff have never opened the content of your mail.
opened-content = Subject and content opened
opened-acting = Settings handled for you
setting-default-on = consent by default
setting-consent = consent
setting-threshold = level
setting-suspect = bound of “perhaps”
setting-actions = what happens to each kind
setting-label = mark in the subject
setting-receive = receive list
setting-refuse = refuse list
setting-refused = what the refuse list does
setting-allow-requires-auth = proof for the receive list
setting-order = precedence
setting-conditions = conditions
setting-size-at-least = smallest size
setting-size-at-most = largest size
setting-keywords = keywords
setting-retention-days = days held
setting-modes = modes of controls
setting-sender-id = Sender ID
sender-receive-title = Always receive this sender
sender-refuse-title = Always refuse this sender
sender-unknown = This message has no sender address, so it cannot be put on a list.
sender-which = Which sender
sender-domain = Everything from { $domain }
sender-proof = When
sender-proven = Only when the sender can be proven (recommended)
sender-proven-hint = Mail that only poses as this sender is stopped as before.
sender-any = Even if not
sender-any-hint = Forged mail in this sender's name may arrive too.
effect-receive = In the last 30 days { $kept } would have arrived. The sender of { $unproven } of them could not be proven.
effect-refuse = { $delivered } delivered in the last 30 days would not have arrived (of { $matched } from this sender in all).
lookup-lead = Enter a reference, such as from a returned message, to see what became of it.
look-up = Look up
lookup-nothing = No record of this reference was found. Check it for typing errors. Records of mail for others are not shown, and records older than 30 days are not kept.
envelope-sender = Sent by
when = When
to-held-message = Open the held message

# staff
staff-search = Address, reference, Message-ID, IP address or time
staff-search-hint = Such as hanako@example.jp, 7K3Q-92MX-4TDA, 192.0.2.1, 10:05, 2026-11-22 10:05. Key to this field:
class = Class
action = Action
every = Every
decisions-empty = No decisions yet. When mail comes, it stands here, newest first.
decisions-nothing = No record matches.
peer = Peer
older = Older
next-page = Next page
journey-connection = Connection
journey-envelope = Envelope
journey-authentication = Authentication
journey-findings = Findings
journey-settings = Settings that mattered
journey-action = Action
face = Face
size = Size (octets)
subscriber = Subscriber
authentication-none = No authentication was recorded.
findings-none = No findings.
findings-unknown = Controls that could not tell:
finding = Finding
control = Control
mode = Mode
mode-enforce = enforce
mode-label = label only
mode-observe = observe only
staff-sum = Sum { $sum } / threshold { $threshold }
basis = Ground for reading content
basis-none = none (content was not read)
basis-consent = the subscriber's consent
basis-default-on = consent by default (five conditions)
basis-operator = the operator's own request
versions = Settings versions
layer-operator = operator
layer-group = group
layer-subscriber = subscriber
program = Program
millis = Gather + judge + hand on:
state-held = held
state-trash = in the trash
state-released = delivered after all
state-deleted = deleted
state-expired = expired
staff-release = Deliver to the subscriber
closed-title = Subject and content are closed
closed-not-kept = The content of this message is not kept.
closed-recorded = A ground is recorded. It opens for you alone, for one hour.
closed-lead = Secrecy of communications: to open it, record the legal ground. It goes into the audit, and the subscriber sees on their page that it happened.
closed-viewer = Opening it takes the role Support or higher, and a recorded legal ground.
open-content = Open subject and content
ground = Ground
ground-asked = The subscriber asked or agreed
ground-warrant = Warrant or other demand by law
ground-necessity = Emergency or self-defence
ground-company = A company's own mail system (by its rules)
ground-reason = Reason (number or story; the subscriber sees it)
record-ground = Record the ground
field-ground = Choose a ground and write the reason in at least 5 characters.
field-reason = Write the reason in at least 5 characters.
field-days = Enter days held from 1 to 366.
what-if-title = What if
what-if-threshold = Threshold
what-if = With threshold { $threshold }:
try-it = Try
chart-day-class = Last 24 hours by class
chart-day-action = Last 24 hours by action
chart-month-class = Last 30 days by class
chart-month-action = Last 30 days by action
chart-empty = Nothing recorded yet.
chart-table = Show as a table
total = Total
refusals-title = Refused before a recipient was known (24 hours)
network = Network
people = { $count ->
    [one] { $count } person
   *[other] { $count } people
}
subscribers-search = Address or name
subscribers-empty = No subscribers yet. Import a CSV list; people who sign in with a code are added too.
name = Name
group = Group
addresses = Addresses
taught = Taught
taught-count = { $spam } spam, { $ham } not spam
act-title = Act for this person
act-lead = Settings only, for 30 minutes. Subjects and content of held mail stay closed. What you do and why is recorded and shown to the subscriber.
act-reason = Reason (such as a ticket number)
act-begin = Begin to act
recent-decisions = Recent decisions
import-title = Import CSV
export = Export CSV
import-lead = The first line names the columns. Only login is needed. Separate addresses and aliases by “;”. One fault anywhere, and nothing is imported. The file is UTF-8 or Shift_JIS.
import-file = CSV file
import-paste = Or paste it
import-do = Import
import-done = { $rows } lines imported ({ $new } new subscribers).
import-refused = Nothing was imported and nothing changed. Correct this and send it again.
import-unknown-column = There is no such column. Columns: { $columns }
import-no-login = The column login is missing.
import-empty = There is no line with a subscriber.
import-too-many-fields = More fields than columns. Put values that hold “,” between double quotes.
import-too-long = At most 100 characters, without line ends.
import-language = Write ja, en, or nothing.
import-not-an-address = This is not a mail address.
import-foreign-domain = { $domain } is not a domain of this operator.
import-twice = Line { $line } names the same address.
import-owned = { $address } belongs to another subscriber.
line = Line
column = Column
problem = Problem
defaults-lead = In force where a subscriber has not chosen. What subscribers set themselves does not change.
default-on-title = Filtering on by default
default-on-lead = Only when all five conditions hold is content read for subscribers who have said nothing. Who withdrew is never included.
default-on-changeable-any-time = Subscribers can change the setting at any time
default-on-same-terms-otherwise = The contract is otherwise the same with or without consent
default-on-scope-is-limited = What is filtered is limited and clear
default-on-typically-agreeable = A typical subscriber would agree
default-on-told-beforehand = Subscribers were told beforehand, well enough
default-on-yes = All five hold: filtering is on by default.
default-on-no = Not all five hold: content is read only for who agreed.
default-threshold = Points from which mail is spam
default-retention = Days held
default-proven-only = The receive list helps only senders that are proven (recommended)
as-shipped = As shipped ({ $action })
audit-target = About
audit-empty = No rows.
who = Who
from-where = From
what = What
to-whom = About
detail = Detail
