"""How calls arrive and how their audio moves."""
