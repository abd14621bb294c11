import pickle

from perene.rules.refusals import Refusal, Text


def test_a_refusal_keeps_its_sentence_untouched_and_tells_it_in_english_to_the_log() -> None:
    refusal = Refusal(
        "too_much",
        "{amount_cents} is above {limit_cents} since {day}.",
        amount_cents=-123456,
        limit_cents=5,
        day=3,
    )
    assert refusal.code == "too_much"
    assert refusal.message == "{amount_cents} is above {limit_cents} since {day}."
    assert refusal.params == {"amount_cents": -123456, "limit_cents": 5, "day": 3}
    assert str(refusal) == "-R$ 1234.56 is above R$ 0.05 since 3."


def test_a_refusal_crosses_to_another_process_whole() -> None:
    back = pickle.loads(pickle.dumps(Refusal("no", "Not {this}.", this="way")))
    assert (back.code, back.message, back.params) == ("no", "Not {this}.", {"this": "way"})


def test_a_text_is_told_in_english_too() -> None:
    assert str(Text("{packages} of {unit_cents}", {"packages": 3, "unit_cents": 1000})) == "3 of R$ 10.00"
