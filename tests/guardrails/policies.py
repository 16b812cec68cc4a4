"""Small policies written into a folder, for tests that are not about the shipped rules."""

import json
from pathlib import Path
from typing import Any

from guardrails.policy.loader import load_policy
from guardrails.policy.models import Policy

POLICY: dict[str, Any] = {
    "version": "1",
    "window_turns": 3,
    "categories": {
        "employment": {
            "title": "Employment decisions",
            "law": "Annex III(4)",
            "actions": {"config": "refuse", "turn": "refuse", "output": "refuse"},
            "unsure": {"config": "ask", "turn": "refuse"},
            "thresholds": {"config": "0.5", "turn": "0.6"},
            "escalate": "true",
        },
        "emergency": {
            "title": "Possible emergency",
            "law": "Annex III(5)(d)",
            "actions": {"interim": "emergency", "turn": "emergency"},
            "unsure": {"turn": "emergency"},
            "thresholds": {"turn": "0.9"},
            "window": "false",
        },
        "anger": {
            "title": "Anger",
            "law": "Art. 14",
            "actions": {"turn": "log"},
            "window": "false",
        },
    },
}
NUMBERS: dict[str, Any] = {
    "elsewhere": {"emergency": "112"},
    "countries": {"GB": {"emergency": "999", "self_harm": "116 123"}, "NO": {"emergency": "112"}},
}
ENGLISH: dict[str, Any] = {
    "words.yaml": {"classes": {"decide": ["rank*", "decide*"], "applicant": ["applicant*"]}},
    "annex-iii.yaml": {
        "employment": {
            "say": ["A person decides.", "People at {company} decide."],
            "rules": [
                {
                    "id": "rank-applicants",
                    "any": ["<decide> ... <applicant>", "my application ... did i get it"],
                    "unless": ["not ... <decide>"],
                },
                {"id": "in-settings", "stages": ["config"], "any": ["hire whoever"]},
            ],
        }
    },
    "emergencies.yaml": {
        "emergency": {
            "say": ["Dial {number} now.", "Call {hotline} or dial {number}."],
            "rules": [{"id": "fire", "any": ["fire", "help ... burning"]}],
        }
    },
    "people.yaml": {
        "anger": {"say": ["I am sorry."], "rules": [{"id": "insult", "any": ["idiot*"]}]}
    },
}
ITALIAN: dict[str, Any] = {
    "words.yaml": {"classes": {"fuoco": ["fuoco", "incendi*"]}},
    "annex-iii.yaml": {"employment": {"say": ["Decide una persona."]}},
    "emergencies.yaml": {
        "emergency": {
            "say": ["Chiami il {number}."],
            "rules": [{"id": "fire", "any": ["<fuoco>"]}],
        }
    },
    "people.yaml": {"anger": {"say": ["Mi dispiace."]}},
}


def files() -> dict[str, Any]:
    """Returns the files of a small policy, free to be changed."""
    found: dict[str, Any] = {"policy.yaml": POLICY, "numbers.yaml": NUMBERS}
    found |= {f"en/{name}": content for name, content in ENGLISH.items()}
    found |= {f"it/{name}": content for name, content in ITALIAN.items()}
    return json.loads(json.dumps(found))


def write(folder: Path, content: dict[str, Any]) -> Path:
    """Writes files of YAML: mappings as JSON, which is YAML, and texts as they are."""
    for name, value in content.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = value if isinstance(value, str) else json.dumps(value, indent=1)
        path.write_text(text, encoding="utf-8")
    return folder


def small_policy(folder: Path) -> Policy:
    """Returns the small policy, loaded from `folder`."""
    return load_policy(write(folder, files()))
