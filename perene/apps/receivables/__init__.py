"""What is owed to the organization, and what it owes back to customers."""
