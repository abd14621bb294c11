"""What is sold: items, plans, versions of plans."""
