"""Names, numbers, addresses and times in what a caller says."""
