"""What came in from outside, once: idempotency keys of the API; raw notices of providers come here too."""
