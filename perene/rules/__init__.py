"""What is true: money, periods, prices, schedules. Values in, values out: no Django, no I/O, no clock, no logging."""
