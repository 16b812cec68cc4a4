"""A small sound bundle, written with changes."""

from pathlib import Path

TENANT = """\
schema_version: 1
tenant: mill
company: The Mill
languages: [en]
country: IT
time_zone: Europe/Rome
escalation: desk
"""
HOURS = """\
week:
  monday: ["09:00-13:00", "14:00-18:00"]
"""
CONTACTS = """\
departments:
  - id: desk
    names: {en: the desk}
    extension: "1"
contacts:
  - id: ann
    name: Ann Lee
    department: desk
    extension: "2"
"""
FAQ = """\
- id: parking
  title: Parking
  languages:
    en:
      questions: [is there parking]
      answer: Yes, behind the mill.
"""
GUARD = """\
provider: {name: Voices Ltd, contact: law@voices.example}
deployer: {name: The Mill Ltd, contact: law@mill.example}
"""


def write_bundle(folder: Path, **changed: str | bytes | None) -> Path:
    """Writes it to `folder`; arguments replace the text of a file, None leaves it out."""
    files: dict[str, str | bytes | None] = {
        "tenant": TENANT,
        "hours": HOURS,
        "contacts": CONTACTS,
        "faq/all": FAQ,
        "guard": GUARD,
    }
    files |= {name.replace("faq_", "faq/"): text for name, text in changed.items()}
    (folder / "faq").mkdir(exist_ok=True)
    for name, text in files.items():
        path = folder / f"{name}.yaml"
        if text is not None:
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder
