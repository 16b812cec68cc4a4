"""Who may do what: accounts, roles, sessions, keys, and the door every request goes through."""
