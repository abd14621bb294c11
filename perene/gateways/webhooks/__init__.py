"""Calling the systems of an organization: Standard Webhooks over HTTPS. Neither Django nor our tables."""
