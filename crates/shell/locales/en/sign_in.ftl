sign-in = Sign in
sign-in-name = Sign-in name
sign-in-password = Password
sign-in-help = If you forgot your password, ask an administrator of this laboratory for a one-time password.
sign-in-demo = Accounts of this demo

password-change = Change password
password-first = Choose your own password
password-first-why = The one-time password works once. After this, only you know your password.
password-old = Current password
password-once = One-time password
password-new = New password
password-rules = At least { $least } characters. A short sentence is good; symbols are not needed.
password-again = New password again
password-set = Set password
password-differs = The two passwords differ. Type the new password again.
password-same = This is your current password. Choose another.
