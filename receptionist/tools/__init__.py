"""What the assistant can do: one file each, typed arguments and a typed outcome."""
