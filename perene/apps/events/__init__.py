"""What happened, for whoever listens: the transactional outbox. Rows are only appended."""
