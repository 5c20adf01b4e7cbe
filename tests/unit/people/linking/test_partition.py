"""R24's parting of a group, from its messages alone."""

from streaklike.people.linking.conversations.partition import Node, split_group

AN, BO, CHU = (frozenset({number}) for number in (1, 2, 3))


def parts(*nodes: Node) -> list[list[int]]:
    return [part.ids for part in split_group(nodes)]


def test_R24_the_parent_is_the_last_reference_that_is_there() -> None:
    a = Node(1, "a", "apples", people=AN)
    b = Node(2, "b", "pears", refs=("a",), people=BO)
    to_b = Node(3, "c", "pears", refs=("a", "b", "gone"), people=CHU)
    to_a = Node(3, "c", "apples", refs=("b", "a"), people=CHU)
    assert parts(a, b, to_b) == [[1], [2, 3]]
    assert parts(a, b, to_a) == [[1, 3], [2]]


def test_R24_without_a_reference_it_is_the_newest_mate_of_the_thread() -> None:
    a = Node(1, "a", "apples", threads=frozenset({"t1"}), people=AN)
    b = Node(2, "b", "pears", refs=("a",), threads=frozenset({"t2"}), people=BO)
    mate = Node(3, "c", "pears", threads=frozenset({"t2"}), people=CHU)
    assert parts(a, b, mate) == [[1], [2, 3]]
    both = Node(3, "c", "pears", threads=frozenset({"t1", "t2"}), people=CHU)
    assert parts(a, b, both) == [[1], [2, 3]]


def test_R24_else_the_newest_that_names_the_same_message_and_else_the_first() -> None:
    a = Node(1, "a", "apples", people=AN)
    b = Node(2, "b", "pears", refs=("lost",), people=BO)
    namesake = Node(3, "c", "pears", refs=("lost",), people=CHU)
    assert parts(a, b, namesake) == [[1], [2, 3]]
    named = Node(3, "lost", "pears", people=CHU)
    assert parts(a, b, named) == [[1], [2, 3]]
    stranger = Node(3, "c", "apples", people=CHU)
    assert parts(a, b, stranger) == [[1, 3], [2]]


def test_R24_a_thread_counts_before_a_name() -> None:
    a = Node(1, "a", "apples", refs=("lost",), people=AN)
    b = Node(2, "b", "pears", threads=frozenset({"t"}), refs=("a",), people=BO)
    c = Node(3, "c", "pears", refs=("lost",), threads=frozenset({"t"}), people=CHU)
    assert parts(a, b, c) == [[1], [2, 3]]


def test_R24_everybody_who_ever_stood_in_it_is_known_there() -> None:
    a = Node(1, "a", "apples", people=AN)
    b = Node(2, "b", "apples", refs=("a",), people=BO)
    c = Node(3, "c", "pears", refs=("b",), people=AN)
    assert parts(a, b, c) == [[1, 2, 3]]
    first, second = split_group([a, Node(4, "d", "pears", refs=("a",), people=CHU)])
    assert second.grew_from is first
