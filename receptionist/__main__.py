"""`python -m receptionist` is the `receptionist` command."""

from receptionist.cli import main

main()
