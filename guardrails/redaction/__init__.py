"""Takes out of texts what must not be kept: numbers of cards, accounts, telephones and people."""
