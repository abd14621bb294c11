"""Measurements on real servers, with the real program (docs/speed.md). Ratios of one run, never absolute promises."""
