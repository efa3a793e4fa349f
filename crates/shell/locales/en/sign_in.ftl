sign-in = Sign in
sign-in-name = Sign-in name
sign-in-password = Password
sign-in-help = If you forgot your password, ask an administrator of this laboratory for a one-time password.
sign-in-demo = Accounts of this demo

password-change = Change password
password-first = Choose your own password
password-first-why = The one-time password ends when you choose your own password. After this, only you know your password.
password-old = Current password
password-once = One-time password
password-new = New password
password-rules = At least { $least } characters. Three or four words that do not belong together are good; symbols are not needed. Do not use your name or a common password.
password-again = New password again
password-set = Set password
password-differs = The two passwords differ. Type the new password again.
password-same = This is your current password. Choose another.

sessions-title = Your sessions
sessions-means = Each browser in which you are signed in. End a session that you do not use any more, or do not know.
sessions-opened = Signed in
sessions-seen = Last used
sessions-source = From address
sessions-own = This session
sessions-end = End session
sessions-end-others = End all other sessions
sessions-ended = Ended. Whoever used it must sign in again.
