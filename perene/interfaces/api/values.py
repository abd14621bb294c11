"""The values that requests and answers are made of: amounts are whole centavos, dates are ISO 8601 days."""

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StrictBool,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

LARGEST_CENTS = 100_000_000_000_000
FIRST_YEAR, LAST_YEAR = 1900, 2199

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NUMBER = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,6})?")


class Given(BaseModel):
    """What a caller sends. A field that we do not know is refused: it may be a misspelt one that matters."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Shown(BaseModel):
    """What a caller is answered."""


def _day(value: Any) -> date:
    if isinstance(value, date):
        return value
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            day = date.fromisoformat(value)
        except ValueError:
            day = None
        if day is not None and FIRST_YEAR <= day.year <= LAST_YEAR:
            return day
    raise PydanticCustomError("day", "Not a day")


def _number(value: Any) -> Decimal:
    if isinstance(value, Decimal):
        return value
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return Decimal(value)
    raise PydanticCustomError("number", "Not a decimal number in a text")


def _plain(value: Decimal) -> str:
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


Cents = Annotated[
    int,
    Field(strict=True, ge=-LARGEST_CENTS, le=LARGEST_CENTS, description="Centavos.", examples=[9990]),
]
PositiveCents = Annotated[
    int, Field(strict=True, gt=0, le=LARGEST_CENTS, description="Centavos.", examples=[9990])
]
Whole = Annotated[int, Field(strict=True, ge=-32_768, le=32_767)]
Flag = StrictBool
Day = Annotated[
    date,
    BeforeValidator(_day),
    WithJsonSchema({"type": "string", "format": "date", "examples": ["2026-01-31"]}),
]
# A text, not a number: 0.1 has no exact JSON number.
Number = Annotated[
    Decimal,
    BeforeValidator(_number),
    PlainSerializer(_plain, return_type=str, when_used="json"),
    WithJsonSchema(
        {"type": "string", "pattern": r"^-?[0-9]{1,12}(\.[0-9]{1,6})?$", "examples": ["1", "12.5"]}
    ),
]
Percent = Number
Short = Annotated[str, Field(strict=True, max_length=200)]
Long = Annotated[str, Field(strict=True, max_length=2000)]
Code = Annotated[str, Field(strict=True, max_length=100)]


def _not_empty(value: str) -> str:
    if not value.strip():
        raise PydanticCustomError("string_too_short", "Empty")
    return value


Reason = Annotated[str, Field(strict=True, min_length=1, max_length=500), AfterValidator(_not_empty)]
