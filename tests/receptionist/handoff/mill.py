"""A small tenant with people to ring; made in milliseconds, without a model."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from receptionist.tenants.config import TenantConfig
from receptionist.tenants.snapshot import TenantSnapshot, compile_snapshot

WEEK = {"week": {"monday": ["09:00-13:00", "14:00-18:00"]}}
AFTERNOONS = {"week": {"monday": ["14:00-18:00"]}}
NUMBERS: Mapping[str, str] = {
    "desk": "10",
    "repairs": "20",
    "ann": "21",
    "bob": "22",
    "eve": "+441632960123",
}


def mill(
    transfer: Mapping[str, Any] | None = None,
    numbers: Mapping[str, str] | None = None,
    callbacks: Mapping[str, Any] | None = None,
) -> TenantSnapshot:
    """Returns it; `numbers` replace those above."""
    rings = {**NUMBERS, **(numbers or {})}
    people = {"ann": None, "bob": AFTERNOONS, "eve": None}
    config = TenantConfig.model_validate(
        {
            "tenant": "mill",
            "company": "The Mill",
            "languages": ["en", "it"],
            "country": "GB",
            "time_zone": "Europe/London",
            "escalation": "desk",
            "hours": WEEK,
            "departments": [
                {"id": name, "names": {"*": f"the {name}"}, "extension": rings[name] or None}
                for name in ("desk", "repairs")
            ],
            "contacts": [
                {
                    "id": name,
                    "name": f"{name.title()} Lee",
                    "department": "repairs",
                    "extension": rings[name] or None,
                    "hours": hours,
                }
                for name, hours in people.items()
            ],
            "guard": {
                "provider": {"name": "Voices Ltd", "contact": "law@voices.example"},
                "deployer": {"name": "The Mill Ltd", "contact": "law@mill.example"},
            },
            "phone": {"transfer": transfer or {}, "callbacks": callbacks or {}},
        }
    )
    return compile_snapshot(config, _embedded)


def _embedded(texts: Sequence[str]) -> NDArray[np.float32]:
    rows = np.zeros((len(texts), 8), dtype=np.float32)
    rows[:, 0] = 1.0
    return rows
