"""Contracts (assinaturas): who pays for what, when, until when."""
