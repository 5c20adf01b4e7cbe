import pytest

from streaklike.sync.labels import fold_name, hiding_reason, state_under

PRIVATE = frozenset({"Label_7"})


@pytest.mark.parametrize(
    ("labels", "reason"),
    [
        ({"INBOX"}, None),
        ({"INBOX", "Label_7"}, "label"),
        ({"SENT", "TRASH", "Label_7"}, "trash"),
        ({"DRAFT", "Label_7"}, "draft"),
        ({"Label_77"}, None),
    ],
)
def test_R11_R14_a_label_left_out_hides_after_all_others(labels: set[str], reason: str | None):
    assert hiding_reason(labels, PRIVATE) == reason


@pytest.mark.parametrize(
    ("labels", "is_stored", "was", "expected"),
    [
        ({"INBOX"}, True, "label", ("stored", None, False)),
        ({"Label_7"}, True, None, ("left_out", "label", True)),
        ({"TRASH", "Label_7"}, True, "label", ("stored", None, True)),
        ({"INBOX"}, False, "label", ("listed", None, False)),
        ({"INBOX"}, False, "trash", ("listed", None, False)),
        ({"INBOX"}, False, "internal", ("left_out", "internal", False)),
        ({"Label_7"}, False, "internal", ("left_out", "internal", True)),
        ({"TRASH"}, False, "internal", ("left_out", "trash", True)),
        ({"Label_7"}, False, "set_aside", ("left_out", "label", True)),
        ({"INBOX"}, False, "set_aside", ("left_out", "set_aside", False)),
    ],
)
def test_R11_how_a_copy_stands(labels: set[str], is_stored: bool, was: str | None, expected: tuple):
    assert state_under(labels, PRIVATE, is_stored=is_stored, was=was) == expected


def test_R11_names_of_labels_are_compared_as_gmail_does():
    assert fold_name(" Ｐersonal ") == fold_name("PERSONAL")
    assert fold_name("志工/私人") != fold_name("志工")
