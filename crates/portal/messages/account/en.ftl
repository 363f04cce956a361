
# ways to sign in
send-sms = Text me a code
code-sent-sms = If this address is used here and has a telephone number, a code is on its way by text message. Enter it within 10 minutes.
code-sms = Your code to sign in: { $code } (works once, for 10 minutes; do not pass it on)
sms-or-mail = If no text message arrives, have the code mailed. Where a text message cannot be sent, the code may have come by mail already.
sms-down = Text messages cannot be sent at the moment. Please have the code mailed. Nothing about your account or mail has changed.
second-title = Second step
second-lead = Enter the six digits that your authenticator app shows.
second-wrong = These digits are wrong or were used before. Wait until the app shows new ones, and try again.
second-code = Digits of the app (6)
second-no-app = I cannot use the app
second-recovery-lead = Enter one of the recovery codes that you wrote down when you set it up. Each works once.
second-recovery = Recovery code
second-recovery-use = Sign in with a recovery code
second-lost = If you have no recovery code either, ask your provider. They make sure that it is you, and then take the second step away.
oidc-sign-in = Sign in with { $name }
oidc-refused = That did not work. { $name } knows you, but you are not registered as staff here.
ways-title = How you sign in
ways-password-set = You have a password.
ways-password-none = You have no password. A code is mailed each time you sign in.
ways-password-change = Change the password
ways-password-make = Choose a password
ways-sign-ins = See the devices
password-title = Password
password-lead = At least { $count } characters. A long phrase is a good password.
password-current = Present password
password-new = New password
password-again = New password (again)
password-save = Change the password
password-hint = All other devices are then signed out, and you get a letter about it.
password-differs = The two new passwords differ. Nothing was changed.
password-short = That is too short: at least { $count } characters. Nothing was changed.
password-long = That is too long. Nothing was changed.
password-common = Many people use this password, and it is the first that is guessed. Please choose another. Nothing was changed.
password-name = Your address or name cannot be the password. Nothing was changed.
password-current-wrong = The present password is wrong. Nothing was changed.
app-title = Authenticator app (second step)
app-lead = Then nobody who learns your password can sign in without the digits of your app.
app-needed = Your role needs a second step.
app-is-on = You use a second step.
app-set-up = Set it up
app-change = Recovery codes, stop using it
app-step-scan = Scan this QR code with an authenticator app, such as Google Authenticator.
app-step-type = If you cannot scan it, type this into the app:
app-step-code = Enter the six digits that the app shows.
app-confirm = Start using it
app-qr = QR code for the authenticator app
app-code-wrong = These digits are wrong. Wait until the app shows new ones, and try again. Nothing was changed.
app-off-title = Stop using the second step
app-off-lead = This needs the digits of the app or a recovery code.
app-off = Stop using it
recovery-title = Recovery codes
recovery-left = { $count ->
    [one] { $count } recovery code is left.
   *[other] { $count } recovery codes are left.
}
recovery-lead = Use one when you cannot use the app. Each works once.
recovery-new = Make new recovery codes
recovery-made = There are new recovery codes. The old ones no longer work.
recovery-keep = They are shown only now. Write them down or print them, and keep them in a safe place.
recovery-done = I have kept them
telephone-title = Telephone number for text messages
telephone-lead = With it you can get the code to sign in by text message, too.
telephone-now = Codes go to { $number }.
telephone-set = Set a number
telephone-change = Change or remove it
telephone-number = Mobile number
telephone-send = Send a code to it
telephone-sent = A code is on its way to { $number }. Enter it within 10 minutes.
telephone-confirm = Use this number
telephone-again = Enter another number
telephone-remove = Do not use this number any more
telephone-wrong = That is not a telephone number. Write it like 090-1234-5678 or +81 90 1234 5678.
telephone-unsent = No message could be sent to this number. Check it, and try again later. Nothing was changed.
passkeys-title = Passkeys
passkeys-lead = Sign in with your fingerprint, your face or the lock of your device. No password is needed.
passkey-sign-in = Sign in with a passkey
passkey-add = Add a passkey of this device
passkey-none = There is none yet.
passkeys-count = { $count ->
    [one] You have { $count } passkey.
   *[other] You have { $count } passkeys.
}
passkeys-change = See them, add one
passkey-refused = That passkey did not open anything. Please sign in another way.
passkey-remove = Remove
passkey-failed = The passkey could not be used. Nothing was changed.
passkey-needs-script = Passkeys need JavaScript.
means-title = How they sign in
means-set = set up
means-none = none
means-devices = Devices they have used
means-no-sessions = They are signed in nowhere.
means-help = Help them
means-help-lead = Make sure first that it is they who ask. The reason is recorded, and they are told by mail.
means-reset = Take the second step away
means-end = Sign out all devices
done-passkey = The passkey is added.
done-passkey-off = The passkey is removed.
done-password = The password is changed, and your other devices are signed out.
done-app-off = You no longer use a second step.
done-telephone = The number is set.
done-telephone-off = The number is removed.
done-means-reset = The second step is taken away, and the subscriber is told by mail.
problem-no-second-factor-what = Please set up a second step first
problem-no-second-factor-kept = Your role needs one. Nothing was changed.
problem-no-second-factor-next = Set up an authenticator app under “How you sign in”, then repeat it.

# letters about the account
told-subject = About signing in
told-device = Somebody signed in to your account with a device that is new.
told-password = Your password was changed, and all other devices were signed out.
told-app-on = An authenticator app was set up as second step.
told-app-off = The second step was taken away.
told-recovery-used = Somebody signed in with a recovery code. { $left ->
    [one] { $left } is left.
   *[other] { $left } are left.
}
told-recovery-new = New recovery codes were made. The old ones no longer work.
told-telephone = A telephone number for text messages was set.
told-telephone-off = The telephone number for text messages was removed.
told-passkey-on = A passkey was added.
told-passkey-off = A passkey was removed.
told-reset = Staff took your second step away. Reason: { $reason }
told-signed-out = Staff signed you out on all devices. Reason: { $reason }
told-guessed = Somebody who knows your password failed at the second step many times. They did not get in.
told-when = When: { $when }
told-with = Device: { $device }
told-from = From: { $from }
told-not-you = If it was you, there is nothing to do. If not, change your password at once.
told-ask = If you do not know about this, ask your provider.
