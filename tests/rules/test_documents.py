import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from perene.rules import documents
from perene.rules.documents import Document, DocumentKind
from tests.rules.refused import refused

CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def check_digits(body: str, weights: tuple[list[int], list[int]]) -> str:
    """Modulus 11 as the Receita Federal writes it: a character counts as its ASCII code − 48."""
    for of in weights:
        rest = sum((ord(character) - 48) * weight for character, weight in zip(body, of, strict=True)) % 11
        body += "0" if rest < 2 else str(11 - rest)
    return body


CPF_WEIGHTS = (list(range(10, 1, -1)), list(range(11, 1, -1)))
CNPJ_WEIGHTS = ([5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2], [6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2])


@pytest.mark.parametrize("text", ["536.826.368-62", "53682636862", " 536 826 368 62 "])
def test_a_cpf_with_and_without_punctuation(text: str) -> None:
    document = documents.parse(text)
    assert document == (DocumentKind.CPF, "53682636862")
    assert documents.format(document) == "536.826.368-62"
    assert documents.mask(document) == "***.826.368-**"


@pytest.mark.parametrize(
    ("text", "digits", "formatted", "masked"),
    [
        ("11.222.333/0001-81", "11222333000181", "11.222.333/0001-81", "**.222.333/0001-**"),
        ("12abc34501de35", "12ABC34501DE35", "12.ABC.345/01DE-35", "**.ABC.345/01DE-**"),
    ],
)
def test_a_cnpj_of_digits_or_letters(text: str, digits: str, formatted: str, masked: str) -> None:
    document = documents.parse(text)
    assert document == (DocumentKind.CNPJ, digits)
    assert documents.format(document) == formatted
    assert documents.mask(document) == masked


@pytest.mark.parametrize(
    "text",
    [
        "",
        "536.826.368-63",
        "111.111.111-11",
        "00000000000",
        "5368263686",
        "11.222.333/0001-82",
        "00000000000000",
        "12ABC34501DE3A",
        "12ABC34501DE36",
        "A3682636862",
        "５３６８２６３６８６２",
        "536,826,368-62",
        "5" * 1000,
    ],
)
def test_what_is_no_document_is_refused(text: str) -> None:
    with refused("invalid_document", document=text[:30]):
        documents.parse(text)


@given(st.text("0123456789", min_size=9, max_size=9), st.integers(0, 10), st.integers(1, 9))
def test_every_cpf_passes_and_one_wrong_digit_does_not(body: str, at: int, by: int) -> None:
    digits = check_digits(body, CPF_WEIGHTS)
    assume(len(set(digits)) > 1)
    document = documents.parse(digits)
    assert document == Document(DocumentKind.CPF, digits)
    assert documents.parse(documents.format(document)) == document
    if at >= 9:  # a wrong check digit never passes; a wrong digit of the body may need both to differ
        wrong = digits[:at] + str((int(digits[at]) + by) % 10) + digits[at + 1 :]
        with refused("invalid_document"):
            documents.parse(wrong)


@given(st.text(CHARACTERS, min_size=12, max_size=12), st.integers(12, 13), st.integers(1, 9))
def test_every_cnpj_passes_and_a_wrong_check_digit_does_not(body: str, at: int, by: int) -> None:
    digits = check_digits(body, CNPJ_WEIGHTS)
    assume(len(set(digits)) > 1)
    document = documents.parse(digits.lower())
    assert document == Document(DocumentKind.CNPJ, digits)
    assert documents.parse(documents.format(document)) == document
    with refused("invalid_document"):
        documents.parse(digits[:at] + str((int(digits[at]) + by) % 10) + digits[at + 1 :])
