"""Double-entry books: chart of accounts, entries, postings. Posted is posted: corrections are new entries."""
