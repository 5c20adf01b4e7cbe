"""Rolling windows at their edges."""

from streaklike.cadence.rules.windows import Window, look


def spread(*weights: float, span: int = 100, limit: float = 3, now: int = 50):
    """One touch every ten instants, from 0 on."""
    return look([(10 * n, weight) for n, weight in enumerate(weights)], span_ms=span, limit=limit, now=now)


def test_R44_weights_of_a_tenth_add_up_to_their_sum() -> None:
    window = spread(*[0.1] * 3, limit=0.3)
    assert (window.total, window.since_at, window.frees_at) == (0.3, 20, 100)
    assert spread(*[0.7, 0.1], limit=0.8).since_at == 10


def test_R46_a_limit_left_in_between_is_reached_anew() -> None:
    touches = [(0, 0.1), (10, 0.1), (20, 0.1), (105, 0.1)]
    window = look(touches, span_ms=100, limit=0.3, now=106)
    assert (window.since_at, window.total) == (105, 0.3)


def test_R46_it_frees_when_what_is_left_lies_below_the_limit() -> None:
    assert spread(1, 1, 1, 1).frees_at == 110
    assert spread(1, 2, 1).frees_at == 110
    assert spread(0.5, 1, 1, 1).frees_at == 110
    assert spread(1, 1).frees_at is None


def test_R46_one_leaves_the_window_in_the_moment_it_is_as_old_as_the_span() -> None:
    assert spread(1, 1, 1, now=99).total == 3
    assert spread(1, 1, 1, now=100).total == 2


def test_R44_fractions_of_a_weight_are_not_rounded_away() -> None:
    touches = [(0, 0.4), (10, 1), (20, 1.6), (105, 0.4)]
    window = look(touches, span_ms=100, limit=3, now=106)
    assert (window.since_at, window.total) == (105, 3)
    assert spread(0.8, 1, 1.6).frees_at == 100


def test_R46_what_comes_as_another_leaves_takes_its_place() -> None:
    weighed = [(0, 0.5), (10, 2.0), (20, 0.5), (28, 0.5)]
    assert look(weighed, span_ms=28, limit=3, now=28) == Window(1, 3.0, 20, 38)
    too_late = [*weighed[:-1], (29, 0.5)]
    assert look(too_late, span_ms=28, limit=3, now=29) == Window(1, 3.0, 29, 38)
