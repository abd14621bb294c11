"""Each fact about a customer by itself: the value as it is kept, or a Refusal that says what is wrong with it."""

import re
import unicodedata

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from perene.rules.refusals import Refusal

STATES = (
    "AC", "AL", "AM", "AP", "BA", "CE", "DF", "ES", "GO", "MA", "MG", "MS", "MT", "PA",
    "PB", "PE", "PI", "PR", "RJ", "RN", "RO", "RR", "RS", "SC", "SE", "SP", "TO",
)  # fmt: skip
LONGEST = 200

_POSTAL_CODE = re.compile(r"([0-9]{5})-?([0-9]{3})")


def name(text: str) -> str:
    """Refusal `customer_name_missing` and those of `short`."""
    if not text.strip():
        raise Refusal("customer_name_missing", "Give the customer's name.")
    return short(text)


def short(text: str) -> str:
    """Any one-line text, with single spaces. Refusal `text_too_long`, `text_not_printable`."""
    text = " ".join(text.split())
    if len(text) > LONGEST:
        raise Refusal("text_too_long", "The text is too long: use at most {limit} characters.", limit=LONGEST)
    if not text.isprintable():
        raise Refusal("text_not_printable", "The text holds an invisible character: type it again.")
    return text


def code(text: str) -> str:
    """An external code as it is kept and looked up, whatever is wrong with it: single spaces, none around it."""
    return " ".join(text.split())


def email(text: str) -> str:
    """In lower case. Refusal `invalid_email`."""
    kept = text.strip().lower()
    try:
        validate_email(kept)
    except ValidationError:
        raise Refusal("invalid_email", "“{email}” is not an e-mail address.", email=text[:LONGEST]) from None
    return kept


def phone(text: str) -> str:
    """With country code (E.164), Brazil when none is written. Refusal `invalid_phone`."""
    refusal = Refusal(
        "invalid_phone", "“{phone}” is not a phone number: write it with its area code.", phone=text[:LONGEST]
    )
    try:
        number = phonenumbers.parse(text, "BR")
    except phonenumbers.NumberParseException:
        raise refusal from None
    if not phonenumbers.is_valid_number(number):
        raise refusal
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def state(text: str) -> str:
    """One of the 27 states in capitals, or nothing. Refusal `unknown_state`."""
    kept = text.strip().upper()
    if kept and kept not in STATES:
        raise Refusal(
            "unknown_state", "“{state}” is not a state: use its two letters, like SP.", state=text[:LONGEST]
        )
    return kept


def postal_code(text: str) -> str:
    """Eight digits, or nothing. Refusal `invalid_postal_code`."""
    if not text.strip():
        return ""
    found = _POSTAL_CODE.fullmatch(text.strip())
    if found is None:
        raise Refusal(
            "invalid_postal_code",
            "“{postal_code}” is not a CEP: it has eight digits.",
            postal_code=text[:LONGEST],
        )
    return found[1] + found[2]


def search_text(*, name: str, digits: str, external_id: str | None) -> str:
    """What a search looks at: lower case, without accents."""
    words = " ".join(filter(None, (name, digits, external_id)))
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", words) if not unicodedata.combining(sign))
    return plain.casefold()
