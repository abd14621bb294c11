"""Django's PostgreSQL backend with our two habits: announce the organization at BEGIN, refuse queries without one."""
