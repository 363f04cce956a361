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
held-at = Held
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
