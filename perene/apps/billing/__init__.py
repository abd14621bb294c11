"""From obligations to invoices: charges, runs and their batches, invoices, what could not be billed."""
