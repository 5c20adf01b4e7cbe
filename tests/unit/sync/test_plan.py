from hypothesis import given
from hypothesis import strategies as st

from streaklike.gmail.types import GmailId, ThreadId
from streaklike.sync.plan import Fetch, lower_bound_units, plan_fetches


def wanted(*threads: str) -> list[tuple[GmailId, ThreadId]]:
    return [(GmailId(f"m{place}"), ThreadId(thread)) for place, thread in enumerate(threads)]


def test_a_thread_of_one_is_fetched_as_a_message_and_of_two_as_a_thread():
    assert plan_fetches(wanted("a", "b", "a")) == [
        Fetch(ThreadId("a"), (GmailId("m0"), GmailId("m2")), is_whole=True),
        Fetch(ThreadId("b"), (GmailId("m1"),), is_whole=False),
    ]


def test_two_new_messages_of_a_thread_that_is_stored_are_fetched_alone():
    plan = plan_fetches(wanted("a", "a"), stored_in_thread={ThreadId("a"): 40})
    assert [fetch.is_whole for fetch in plan] == [False, False]


def test_three_new_messages_of_a_thread_that_is_stored_are_cheaper_whole():
    plan = plan_fetches(wanted("a", "a", "a"), stored_in_thread={ThreadId("a"): 40})
    assert [fetch.units for fetch in plan] == [40]


def test_the_lower_bound_of_a_year_of_mail():
    sizes = [1] * 5003 + [2] * 1251 + [6] * 2084
    assert sum(sizes) == 20_009
    assert lower_bound_units(sizes) == 5 * 41 + 20 * 5003 + 40 * (1251 + 2084)


@given(st.lists(st.sampled_from("abcdefgh")))
def test_every_wanted_message_is_brought_once_and_at_the_lowest_cost(threads):
    rows = wanted(*threads)
    plan = plan_fetches(rows)
    assert sorted(gmail_id for fetch in plan for gmail_id in fetch.wanted) == sorted(
        gmail_id for gmail_id, _ in rows
    )
    sizes = [threads.count(thread) for thread in set(threads)]
    assert sum(fetch.units for fetch in plan) == sum(min(20 * size, 40) for size in sizes)
