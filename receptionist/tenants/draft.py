"""The parts of a tenant that can be read, while others are still wrong."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from pydantic import BaseModel, TypeAdapter, ValidationError

from knowledge.hours import HoursConfig
from knowledge.people import Contact, Department
from knowledge.topics import Topic
from providers.spec import ProviderSpec, Slot
from receptionist.appointments.config import Appointments
from receptionist.telephony.config import Phone
from receptionist.tools.remote.config import TenantTools

_Item = TypeVar("_Item", bound=BaseModel)
_TEXTS = TypeAdapter(tuple[str, ...])
_NUMBERS = TypeAdapter(dict[str, str])


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What could be read of a tenant; items keep the index they have in their list."""

    languages: tuple[str, ...]
    numbers: Mapping[str, str]
    greeting: Mapping[str, Any]
    country: str | None
    time_zone: str | None
    escalation: str | None
    escalation_next: tuple[str, ...]
    hours: HoursConfig | None
    departments: Mapping[int, Department]
    contacts: Mapping[int, Contact]
    topics: Mapping[int, Topic]
    department_ids: frozenset[str]
    appointments: Appointments | None
    tools: TenantTools | None
    phone: Phone | None
    engines: Mapping[tuple[str | int, ...], ProviderSpec]


def draft_of(value: Mapping[str, Any]) -> Draft:
    """Returns what can be read of the bundle `value`."""
    greeting = value.get("greeting")
    raw_departments = value.get("departments")
    return Draft(
        languages=_texts(value.get("languages")),
        numbers=_numbers(value.get("numbers")),
        greeting=cast("dict[str, Any]", greeting) if isinstance(greeting, dict) else {},
        country=_text(value.get("country")),
        time_zone=_text(value.get("time_zone")),
        escalation=_text(value.get("escalation")),
        escalation_next=_texts(value.get("escalation_next", [])),
        hours=_one(HoursConfig, value.get("hours")),
        departments=_several(Department, raw_departments),
        contacts=_several(Contact, value.get("contacts")),
        topics=_several(Topic, value.get("topics")),
        department_ids=_ids(raw_departments),
        appointments=_one(Appointments, value.get("appointments", {})),
        tools=_one(TenantTools, value.get("tools", {})),
        phone=_one(Phone, value.get("phone", {})),
        engines=_engines(value.get("engines")),
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _texts(value: object) -> tuple[str, ...]:
    try:
        return _TEXTS.validate_python(value)
    except ValidationError:
        return ()


def _numbers(value: object) -> Mapping[str, str]:
    try:
        return _NUMBERS.validate_python(value)
    except ValidationError:
        return {}


def _one(model: type[_Item], value: object) -> _Item | None:
    try:
        return model.model_validate(value)
    except ValidationError:
        return None


def _several(model: type[_Item], value: object) -> dict[int, _Item]:
    items = cast("list[object]", value) if isinstance(value, list) else []
    read = {index: _one(model, item) for index, item in enumerate(items)}
    return {index: item for index, item in read.items() if item is not None}


def _ids(value: object) -> frozenset[str]:
    """Returns the ids even of departments that are wrong: naming one of them is no mistake."""
    items = cast("list[object]", value) if isinstance(value, list) else []
    mappings = [cast("dict[str, object]", item) for item in items if isinstance(item, dict)]
    return frozenset(str(mapping["id"]) for mapping in mappings if "id" in mapping)


def _engines(value: object) -> dict[tuple[str | int, ...], ProviderSpec]:
    """Returns engines by slot, those of speech by slot and language, those of a list by index."""
    slots = cast("dict[str, object]", value) if isinstance(value, dict) else {}
    written: dict[tuple[str | int, ...], object] = {}
    for slot, engine in slots.items():
        if slot in (Slot.STT, Slot.TTS):
            languages = cast("dict[str, object]", engine) if isinstance(engine, dict) else {}
            for language, chain in languages.items():
                written |= _chain((slot, language), chain)
        elif slot == Slot.LLM:
            written |= _chain((slot,), engine)
        elif slot in set(Slot):
            written[slot,] = engine
    read = {where: _one(ProviderSpec, engine) for where, engine in written.items()}
    return {where: engine for where, engine in read.items() if engine is not None}


def _chain(where: tuple[str, ...], chain: object) -> dict[tuple[str | int, ...], object]:
    if not isinstance(chain, list):
        return {where: chain}
    return {(*where, index): engine for index, engine in enumerate(cast("list[object]", chain))}
