from streaklike.gmail.types import GmailId, HistoryId, HistoryPage, HistoryRecord, ThreadId
from streaklike.sync.partial import Known, collect_changes, decide

M, T = GmailId("m1"), ThreadId("t1")


def page(*records: HistoryRecord) -> HistoryPage:
    return HistoryPage(records, None, HistoryId(99))


def added(labels: frozenset[str] | None) -> HistoryRecord:
    return HistoryRecord(HistoryId(1), added=((M, T, labels),))


def labels(plus: set[str] = frozenset(), minus: set[str] = frozenset()) -> HistoryRecord:
    return HistoryRecord(
        HistoryId(2),
        labels_added=((M, T, frozenset(plus)),) if plus else (),
        labels_removed=((M, T, frozenset(minus)),) if minus else (),
    )


DELETED = HistoryRecord(HistoryId(3), deleted=((M, T),))
STORED = Known(7, "stored", None, "INBOX")
DRAFT = Known(None, "left_out", "draft", "DRAFT")
INTERNAL = Known(None, "left_out", "internal", "INBOX")


def judged(known: Known | None, *records: HistoryRecord, left_out: frozenset[str] = frozenset()):
    return decide(collect_changes(page(*records)), {M: known} if known else {}, left_out)


def test_a_new_message_is_fetched_where_labels_are_not_told():
    assert judged(None, added(None)).fetch == [(M, T)]


def test_a_new_draft_costs_nothing():
    decision = judged(None, added(frozenset({"DRAFT"})))
    assert decision.fetch == []
    assert decision.leave_out == {M: (T, "draft", frozenset({"DRAFT"}))}


def test_R14_a_draft_that_is_sent_is_fetched():
    assert judged(DRAFT, labels(plus={"SENT"}, minus={"DRAFT"})).fetch == [(M, T)]


def test_R14_trash_is_a_label_and_costs_nothing():
    assert judged(STORED, labels(plus={"TRASH"}, minus={"INBOX"})).relabel == {M: frozenset({"TRASH"})}


def test_R14_what_comes_back_from_trash_unseen_is_fetched():
    assert judged(None, labels(plus={"INBOX"}, minus={"TRASH"})).fetch == [(M, T)]


def test_a_message_added_and_deleted_since_is_not_fetched():
    decision = judged(None, added(None), DELETED)
    assert (decision.fetch, decision.forget) == ([], [])


def test_deleted_is_for_ever():
    assert judged(STORED, DELETED).forget == [M]


def test_reading_internal_mail_does_not_fetch_it_again():
    assert judged(INTERNAL, labels(minus={"UNREAD"})).fetch == []


def test_labels_of_a_message_never_seen_are_passed_over():
    decision = judged(None, labels(plus={"STARRED"}))
    assert (decision.fetch, decision.leave_out, decision.relabel) == ([], {}, {})


def test_the_last_word_on_a_label_counts():
    assert judged(STORED, labels(plus={"TRASH"}), labels(minus={"TRASH"})).relabel == {
        M: frozenset({"INBOX"})
    }


PRIVATE = frozenset({"Label_7"})
HIDDEN = Known(7, "left_out", "label", "INBOX Label_7")
NEVER_FETCHED = Known(None, "left_out", "label", "INBOX Label_7")


def test_R11_what_arrives_under_a_label_left_out_is_not_fetched_where_its_labels_are_told():
    decision = judged(None, added(PRIVATE), left_out=PRIVATE)
    assert (decision.fetch, decision.leave_out) == ([], {M: (T, "label", PRIVATE)})
    assert judged(None, added(None), labels(plus={"Label_7"}), left_out=PRIVATE).fetch == []
    assert judged(None, added(PRIVATE)).fetch == [(M, T)]


def test_R11_a_label_put_on_or_taken_off_what_is_stored_costs_nothing():
    on = judged(STORED, labels(plus={"Label_7"}), left_out=PRIVATE)
    off = judged(HIDDEN, labels(minus={"Label_7"}), left_out=PRIVATE)
    assert (on.fetch, on.relabel) == ([], {M: frozenset({"INBOX", "Label_7"})})
    assert (off.fetch, off.relabel) == ([], {M: frozenset({"INBOX"})})


def test_R11_a_label_taken_off_what_was_never_stored_has_it_fetched():
    assert judged(NEVER_FETCHED, labels(minus={"Label_7"}), left_out=PRIVATE).fetch == [(M, T)]
