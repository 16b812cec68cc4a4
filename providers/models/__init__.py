"""The model store: where weights come from and how they are verified."""
