"""The embedded brain: the language-model contract without a language model."""
