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


def judged(known: Known | None, *records: HistoryRecord):
    return decide(collect_changes(page(*records)), {M: known} if known else {})


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
