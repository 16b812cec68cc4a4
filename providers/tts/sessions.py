"""ONNX sessions set up to live beside a running call."""

from pathlib import Path

import onnxruntime

from providers.errors import ProviderError


def open_session(path: Path, *, provider: str, threads: int) -> onnxruntime.InferenceSession:
    """Returns a session over the model file.

    Raises:
        ProviderError: the file is missing or is no model.
    """
    if not path.is_file():
        raise ProviderError(
            f"there is no model file {str(path)!r}.",
            provider=provider,
            fix="Set `path` to a model file, or pull the models again.",
        )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Threads that spin after a phrase take the core from the speech recogniser.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(
            str(path), sess_options=options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # onnxruntime raises classes of its own without a common base
        raise ProviderError(
            f"{str(path)!r} cannot be loaded: {error}.",
            provider=provider,
            fix="Replace the file, or pull the models again.",
        ) from error
