"""Definitions that plans and contracts point at. What happens under them lives in the apps above."""
