"""CPF and CNPJ: read, checked, shown, masked."""

from enum import StrEnum
from typing import NamedTuple

from validate_docbr import CNPJ, CPF

from perene.rules.refusals import Refusal

_PUNCTUATION = str.maketrans("", "", ".-/ \t\r\n")
_DIGITS = frozenset("0123456789")
_CNPJ_LETTERS = _DIGITS | frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_LONGEST_TEXT = 30

_cpf, _cnpj = CPF(), CNPJ()


class DocumentKind(StrEnum):
    CPF = "cpf"
    CNPJ = "cnpj"


class Document(NamedTuple):
    """`digits` as stored: no punctuation, capitals. A CNPJ registered since July 2026 may hold letters."""

    kind: DocumentKind
    digits: str


def parse(text: str) -> Document:
    """A CPF (11 digits) or CNPJ (12 digits or letters and 2 check digits), with or without its punctuation. Check digits
    by modulus 11; in a CNPJ a character counts as its ASCII code − 48 (Receita Federal, in force since July 2026). One
    character repeated is refused although its check digits agree. Refusal `invalid_document`."""
    # ASCII first: upper() turns some foreign letters into ours.
    is_plain = text.isascii() and len(text) <= _LONGEST_TEXT
    digits = text.upper().translate(_PUNCTUATION) if is_plain else ""
    if len(digits) == 11 and _DIGITS.issuperset(digits) and _cpf.validate(digits):
        return Document(DocumentKind.CPF, digits)
    if len(digits) == 14 and _CNPJ_LETTERS.issuperset(digits) and _cnpj.validate(digits):
        return Document(DocumentKind.CNPJ, digits)
    raise Refusal(
        "invalid_document",
        "“{document}” is not a valid CPF or CNPJ: check its digits.",
        document=text[:_LONGEST_TEXT],
    )


def format(document: Document) -> str:
    """123.456.789-09, or 12.ABC.345/01DE-35."""
    of = document.digits
    if document.kind == DocumentKind.CPF:
        return f"{of[:3]}.{of[3:6]}.{of[6:9]}-{of[9:]}"
    return f"{of[:2]}.{of[2:5]}.{of[5:8]}/{of[8:12]}-{of[12:]}"


def mask(document: Document) -> str:
    """For who may not see it whole: ***.456.789-**, or **.ABC.345/01DE-**."""
    of = document.digits
    if document.kind == DocumentKind.CPF:
        return f"***.{of[3:6]}.{of[6:9]}-**"
    return f"**.{of[2:5]}.{of[5:8]}/{of[8:12]}-**"
