# A form that was sent after the session had ended.
draft-ended = Your session had ended. Nothing was changed.
draft-kept = Your entries are kept for 24 hours. Sign in with the same account: you return to the form with your entries.
draft-not-kept = Your entries could not be kept: the session ended too long ago, or the entries were too long. Sign in, then enter them again.
draft-title = Your session had ended when you sent this. Nothing was changed.
draft-back = Your entries are in the form again. Check them, then send the form. A password is never kept.
draft-lost = The form is not on this page any more. Do the step again if it is still needed.
draft-another = The entries at this address belong to { $name }.
draft-another-next = The entries are shown to no other account, and this form is empty. To see the entries, sign in with that account.
draft-gone = The entries at this address are not kept any more.
draft-gone-next = Either the form was sent after all, or 24 hours are over. Check whether the step was done before you repeat it.
draft-entered = You had entered:
