"""The espeak-ng library of espeakng-loader, called in this process (GPL-3.0-or-later).

The library keeps one voice and one callback in globals, so calls take turns. phonemizer works on
a private copy of the same file and Piper has its own inside: neither is disturbed.
"""

import ctypes
from functools import cache
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

# speak_lib.h
_AUDIO_OUTPUT_SYNCHRONOUS = 2
_INITIALIZE_DONT_EXIT = 0x8000
_CHARS_UTF8 = 1
_POSITION_CHARACTER = 1
_PARAMETER_RATE = 1
_OK = 0

_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)


class EspeakLibraryError(Exception):
    """espeak-ng is missing or refuses what it was asked."""


class EspeakLibrary:
    """The one espeak-ng of this process; take it from `espeak_library`.

    Attributes:
        rate_hz: Rate of its audio.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._heard: list[NDArray[np.int16]] = []
        # Kept for as long as the library may call it.
        self._callback = _Callback(self._hear)
        self._library = _open()
        data = _data_path()
        self.rate_hz: int = self._library.espeak_Initialize(
            _AUDIO_OUTPUT_SYNCHRONOUS, 0, data.encode(), _INITIALIZE_DONT_EXIT
        )
        if self.rate_hz <= 0:
            raise EspeakLibraryError(f"espeak-ng cannot read its data in {data!r}")
        self._library.espeak_SetSynthCallback(self._callback)

    def speaks(self, language: str) -> bool:
        """Returns whether there is a voice called `language`."""
        with self._lock:
            return self._library.espeak_SetVoiceByName(language.encode()) == _OK

    def synthesize(self, text: str, *, language: str, words_per_minute: int) -> NDArray[np.int16]:
        """Returns `text` as speech, mono @ `rate_hz`. Blocking.

        Raises:
            EspeakLibraryError: the library refuses the language or the text.
        """
        encoded = text.encode() + b"\0"
        with self._lock:
            self._heard.clear()
            if self._library.espeak_SetVoiceByName(language.encode()) != _OK:
                raise EspeakLibraryError(f"espeak-ng has no voice {language!r}")
            self._library.espeak_SetParameter(_PARAMETER_RATE, words_per_minute, 0)
            status = self._library.espeak_Synth(
                encoded, len(encoded), 0, _POSITION_CHARACTER, 0, _CHARS_UTF8, None, None
            )
            if status != _OK:
                raise EspeakLibraryError(f"espeak-ng refuses the text (status {status})")
            return np.concatenate(self._heard) if self._heard else np.zeros(0, np.int16)

    def _hear(self, samples: Any, count: int, events: Any) -> int:
        if samples and count > 0:
            self._heard.append(np.ctypeslib.as_array(samples, shape=(count,)).copy())
        return 0


@cache
def espeak_library() -> EspeakLibrary:
    """Returns the espeak-ng of this process, started on first use.

    Raises:
        EspeakLibraryError: it is missing or has no data.
    """
    return EspeakLibrary()


def _data_path() -> str:
    import espeakng_loader

    return str(espeakng_loader.get_data_path())


def _open() -> ctypes.CDLL:
    import espeakng_loader

    try:
        library = ctypes.CDLL(str(espeakng_loader.get_library_path()))
    except OSError as error:
        raise EspeakLibraryError(f"espeak-ng cannot be loaded: {error}") from error
    library.espeak_Initialize.argtypes = [
        ctypes.c_int,
        ctypes.c_int,
        ctypes.c_char_p,
        ctypes.c_int,
    ]
    library.espeak_SetVoiceByName.argtypes = [ctypes.c_char_p]
    library.espeak_SetParameter.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_int]
    library.espeak_SetSynthCallback.argtypes = [_Callback]
    library.espeak_SetSynthCallback.restype = None
    library.espeak_Synth.argtypes = [
        ctypes.c_char_p,
        ctypes.c_size_t,
        ctypes.c_uint,
        ctypes.c_int,
        ctypes.c_uint,
        ctypes.c_uint,
        ctypes.c_void_p,
        ctypes.c_void_p,
    ]
    return library
