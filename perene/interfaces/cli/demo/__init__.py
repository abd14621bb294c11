"""A provider that never was: seeded people, plans and a year of life, all through the public doors."""
