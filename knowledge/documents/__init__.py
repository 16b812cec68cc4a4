"""Documents of a tenant: read within bounds, cut into passages, read out in extracts."""
