import pytest
from hypothesis import given
from hypothesis import strategies as st

from perene.rules import recurrence
from perene.rules.recurrence import CONTINUOUS, Recurrence
from tests.rules.refused import refused

any_recurrence = st.one_of(
    st.just(CONTINUOUS),
    st.integers(1, 1200).map(recurrence.one_time),
    st.builds(
        lambda count, start: recurrence.cycles(count, start=start), st.integers(1, 1200), st.integers(1, 1200)
    ),
)


def charged(of: Recurrence, until: int = 6) -> list[int]:
    return [cycle for cycle in range(1, until + 1) if of.applies(cycle)]


@pytest.mark.capability("G23")
def test_a_one_off_is_charged_in_its_cycle_alone() -> None:
    assert charged(recurrence.one_time(3)) == [3]
    assert recurrence.one_time(3).is_one_time
    assert not recurrence.cycles(1, start=3).is_one_time


@pytest.mark.capability("G24")
def test_continuous_is_charged_in_every_cycle() -> None:
    assert charged(CONTINUOUS) == [1, 2, 3, 4, 5, 6]
    assert CONTINUOUS.applies(10_000)


@pytest.mark.capability("G25")
def test_cycles_are_charged_from_their_start_as_often_as_said() -> None:
    assert charged(recurrence.cycles(3, start=2)) == [2, 3, 4]
    assert charged(recurrence.cycles(2)) == [1, 2]


@pytest.mark.capability("G23", "G25")
def test_a_cycle_beyond_the_count_is_refused() -> None:
    recurrence.check(recurrence.one_time(12), total_cycles=12)
    recurrence.check(recurrence.cycles(10, start=3), total_cycles=12)
    with refused("cycle_beyond_total", last=13, total=12):
        recurrence.check(recurrence.one_time(13), total_cycles=12)
    with refused("cycle_beyond_total", last=13, total=12):
        recurrence.check(recurrence.cycles(11, start=3), total_cycles=12)


@pytest.mark.capability("G24")
def test_continuous_needs_no_count_and_open_ended_plans_take_any_cycle() -> None:
    recurrence.check(CONTINUOUS, total_cycles=1)
    recurrence.check(recurrence.one_time(999), total_cycles=None)
    with refused("recurrence_malformed", text="continuous:1"):
        recurrence.parse("continuous:1")


@pytest.mark.capability("G23", "G25")
def test_cycles_count_from_one() -> None:
    for text in ("one_time:0", "cycles:0:3", "cycles:1:0"):
        with refused("recurrence_out_of_range"):
            recurrence.parse(text)


@pytest.mark.parametrize(
    "text", ["", "one_time", "one_time:-1", "cycles:3", "cycles:1:2:3", "Continuous", "one_time:٣"]
)
def test_text_that_is_no_recurrence_is_refused(text: str) -> None:
    with refused("recurrence_malformed", text=text):
        recurrence.parse(text)


def test_the_texts_of_a_file() -> None:
    assert recurrence.parse("continuous") == CONTINUOUS
    assert recurrence.parse("one_time:3") == recurrence.one_time(3)
    assert recurrence.parse("cycles:2:6") == recurrence.cycles(6, start=2)


@given(any_recurrence)
def test_the_code_reads_back(of: Recurrence) -> None:
    assert recurrence.parse(of.code) == of


@given(any_recurrence, st.integers(1, 60))
def test_times_within_counts_the_cycles(of: Recurrence, total: int) -> None:
    assert of.times_within(total) == len(charged(of, total))
