"""What the office of the tests knows: people, answers, free times, languages."""

from collections.abc import Mapping, Sequence
from typing import Any

PEOPLE: Sequence[Mapping[str, Any]] = (
    {"id": "rossi-sales", "name": "Mario Rossi", "department": "sales", "title": "sales manager"},
    {"id": "rossi-legal", "name": "Mario Rossi", "department": "legal", "title": "lawyer"},
    {"id": "verdi", "name": "Anna Verdi", "department": "accounting", "title": "accountant"},
    {"id": "carter", "name": "John Carter", "department": "sales", "title": "consultant"},
    {
        "id": "weber-ground",
        "name": "Lena Weber",
        "department": "sales",
        "title": "consultant",
        "place": "ground floor",
    },
    {
        "id": "weber-second",
        "name": "Lena Weber",
        "department": "sales",
        "title": "consultant",
        "place": "second floor",
    },
)
UNSURE = {"jon cartel": "carter", "anna verde": "verdi"}
"""Names heard too badly to ring anybody."""
DEPARTMENTS = {
    "sales": (
        "vertrieb",
        "commercial",
        "sales",
        "vendite",
        "commerciale",
        "quote",
        "preventivo",
        "ventas",
        "presupuesto",
        "vendas",
        "orçamento",
    ),
    "accounting": (
        "comptabilité",
        "facture",
        "buchhaltung",
        "rechnung",
        "accounting",
        "billing",
        "accounts",
        "invoice",
        "contabilità",
        "fattura",
        "contabilidad",
        "factura",
        "fatura",
    ),
    "legal": ("legal", "legale"),
}
KNOWN = {
    "parkplatz": "Hinter dem Haus gibt es einen kostenlosen Parkplatz.",
    "garer": "Il y a un parking gratuit derrière le bâtiment.",
    "kostet": "Die erste Beratung kostet sechzig Euro.",
    "coûte": "La première consultation coûte soixante euros.",
    "versicherung": "Wir arbeiten mit allen großen Versicherungen.",
    "assurance": "Nous travaillons avec toutes les grandes assurances.",
    "park": "There is a free car park behind the building.",
    "parcheggio": "C'è un parcheggio gratuito dietro l'edificio.",
    "costa": "La prima consulenza costa sessanta euro.",
    "cost": "The first consultation costs sixty euros.",
    "aparca": "Hay aparcamiento gratuito detrás del edificio.",
    "estaciona": "Há estacionamento gratuito atrás do edifício.",
    "cuesta": "La primera consulta cuesta sesenta euros.",
    "custa": "A primeira consulta custa sessenta euros.",
    "seguro": "Trabajamos con todas las grandes aseguradoras.",
    "insurance": "We work with every large insurer.",
    "assicurazion": "Lavoriamo con tutte le grandi assicurazioni.",
    "complaint": "I'm sorry to hear that.",
    "reclamo": "Mi dispiace molto.",
    "warranty": "Two years.",
    "gas": "Leave the house at once.",
    "billing": "We send you a copy of the bill.",
    "contabilidad": "Le mandamos una copia de la factura.",
    "contabilità": "Le mandiamo una copia della fattura.",
}
ESCALATE = {
    "assurance": "offer",
    "versicherung": "offer",
    "insurance": "offer",
    "assicurazion": "offer",
    "seguro": "offer",
    "warranty": "offer",
    "gas": "always",
}
CONTACT = {"gas": "legal", "warranty": "legal"}
WEAK = {"billing": 0.41, "contabilità": 0.41, "contabilidad": 0.41}
SLOTS = [
    {"id": "s1", "start": "2026-01-13T10:00", "spoken": "Tuesday at ten"},
    {"id": "s2", "start": "2026-01-13T15:30", "spoken": "Tuesday at half past three"},
]
SPOKEN = {"italian": "it", "italiano": "it", "italienisch": "it", "inglese": "en", "english": "en"}
MONDAY = "2026-01-12T09:00"
CLOCK = "We are open from nine to six."
