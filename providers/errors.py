"""The one error an engine raises."""


class ProviderError(Exception):
    """An engine cannot be set up or failed while working.

    Attributes:
        provider: The provider id that failed, such as `whisper:base`.
        retryable: True when the same request may succeed later or on another engine
            (time-out, overload, dropped stream); False when somebody must change something
            (missing extra, model or key, refused credentials).
        fix: What to do about it, as one imperative sentence, or "" when nobody can do anything.
    """

    def __init__(
        self, message: str, *, provider: str, retryable: bool = False, fix: str = ""
    ) -> None:
        super().__init__(f"{provider}: {message}" + (f" {fix}" if fix else ""))
        self.provider = provider
        self.retryable = retryable
        self.fix = fix
