"""What the assistant says and is told, as text files per language, and the loader for them."""
