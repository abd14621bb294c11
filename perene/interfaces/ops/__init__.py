"""For whoever keeps the machines: whether a process lives and can serve, what it measures, a line per request."""
