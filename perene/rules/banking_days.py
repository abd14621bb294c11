"""Days on which the banks work: what falls due on another is paid in time on the next one.

Resolução CMN 4.880/2020 and FEBRABAN's calendar: not on Saturdays, Sundays, national bank holidays (Carnival's Monday and
Tuesday, Good Friday, Corpus Christi, since 2024 the 20 November of Lei 14.759/2023) and the last working day of the year, nor
on the holidays of the organization's own city, which it names itself.
"""

from collections.abc import Collection
from datetime import date, timedelta
from functools import lru_cache

import holidays

_SATURDAY = 5
_DAY = timedelta(days=1)


def is_banking_day(day: date, *, city_holidays: Collection[date] = ()) -> bool:
    return day.weekday() < _SATURDAY and day not in _national(day.year) and day not in city_holidays


def roll(day: date, *, city_holidays: Collection[date] = ()) -> date:
    """The day itself, or the next banking day: until then what was due on `day` is paid in time."""
    while not is_banking_day(day, city_holidays=city_holidays):
        day += _DAY
    return day


@lru_cache(maxsize=64)
def _national(year: int) -> frozenset[date]:
    """The holidays of B3 are the banks' own, but for Christmas Eve: banks open in the morning, bills are cleared."""
    return frozenset(day for day in holidays.financial_holidays("BVMF", years=year) if not _is_eve(day))


def _is_eve(day: date) -> bool:
    return (day.month, day.day) == (12, 24)
