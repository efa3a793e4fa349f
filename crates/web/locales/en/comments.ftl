comments-title = Comments
comments-means = A comment says something beside a result, on pages and on the report. A comment is put on a result by its code.
comments-none = No comments yet
comments-none-next = Propose one. The director approves it.
comments-code = Code
comments-code-hint = A letter first, then letters, digits and hyphens. If the code is in use, this becomes the next version of its comment.
comments-version = Version
comments-words = Words
comments-words-hint = As they stand on the report
comments-test = Test
comments-all-tests = All tests
comments-by = Last change
comments-by-at = { $by }, { $at }
comments-proposed = Proposed
comments-approved = Approved
comments-ended = Ended
comments-of = Comment { $code }
comments-replaces = If you approve this, the version in force ends: “{ $words }”. The comment of that version is taken off a result by hand before the result is signed.
comments-propose = Propose comment
comments-propose-done = The comment is proposed. Nobody can put the comment on a result before the director approves it.
comments-correct = Propose next version
comments-approve = Approve comment
comments-approve-done = The comment is in force.
comments-meaning = I approve these words for the reports of this laboratory.
comments-retire = Retire comment
comments-dismiss = Dismiss proposal
comments-end-why = Reason
comments-retire-done = The comment has ended. Verified results keep the comment.

result-comments-title = Comments on a result
result-comments-means = The signature covers the comments. After the signature they cannot be changed.
result-comments-code-hint = Type or choose the code.
result-comments-put-on = Put comment
result-comments-put = The comment is on the result.
result-comments-take-off = Take off
result-comments-off = The comment is off the result.
result-comments-ended = Ended: take this comment off before you sign.
result-comments-none = The library has no comment for this test
result-comments-none-next = A supervisor proposes comments under Admin, and the director approves them.
result-comments-library = Comments for this test
review-comment = Comment

action-approve-comments = Approve comments and retire them
action-comment-results = Put comments on results
action-propose-comments = See and propose comments

event-comments-approved = Comment approved.
event-comments-proposed = Comment proposed.
event-comments-retired = Comment retired.
event-results-commented = Comments on a result changed.

refused-comments-analyte-unknown = Choose a test from the list.
refused-comments-code = Give a code of at most { $limit } characters: a letter first, then letters A to Z, digits and hyphens.
refused-comments-decided = { $who ->
    [person] This was decided already: by { $by } ({ $at }). Nothing more was done.
   *[unknown] This was decided already. Open the list again to see by whom.
}
refused-comments-not-as-journalled = This proposal is not what was proposed: somebody changed the database. Tell the system administrator.
refused-comments-own-proposal = You proposed this comment. Another person proposes, and you approve; or another director approves.
refused-comments-proposed-already = A version of { $code } is proposed already. Approve or dismiss that version first.
refused-comments-retire-needs-reason = Give a reason. The reason is kept on record.
refused-comments-there-already = { $code } has these words already.
refused-comments-too-many = A laboratory can have at most { $limit } versions of comments, ended ones among them. Tell the system administrator.
refused-comments-unknown = There is no such comment. Find it in the list of comments.
refused-results-comment-ended = The comment { $code } on this result is not in force any more. Take the comment off, or put its new version, then sign.
refused-results-comment-not-there = This comment is not on the result any more.
refused-results-comment-other-test = { $code } is a comment for another test.
refused-results-comment-twice = { $code } is on this result already.
refused-results-comment-unknown = No comment in force has the code “{ $code }”. Choose a code from the list.
refused-results-comment-verified = This result is verified: by { $by } ({ $at }). Comments cannot be changed after the signature.
refused-results-comments-too-many = A result can have at most { $limit } comments.
