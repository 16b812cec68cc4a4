"""Whose hours are asked for in Spanish and Portuguese: a day or an article is no department."""

from collections.abc import Mapping

import pytest

from providers.llm.concierge.turn import Language
from providers.llm.concierge.vocabulary import Kind

pytestmark = pytest.mark.integration


@pytest.mark.parametrize(
    ("code", "said", "destination"),
    [
        ("es", "a qué hora abren el sábado", ""),
        ("es", "el sábado están abiertos", ""),
        ("es", "a qué hora puedo llamar el lunes", ""),
        ("es", "a qué hora puedo llamar a contabilidad", "contabilidad"),
        ("es", "a qué hora cierra contabilidad el viernes", "contabilidad"),
        ("es", "la recepción está abierta el sábado", "recepción"),
        ("es", "cuál es el horario del sábado", ""),
        ("es", "cuál es el horario de reparaciones", "reparaciones"),
        ("es", "por la tarde están abiertos", ""),
        ("pt", "a que horas abrem ao sábado", ""),
        ("pt", "no sábado à tarde estão abertos", ""),
        ("pt", "a que horas posso ligar na segunda", ""),
        ("pt", "a que horas posso ligar para a contabilidade", "contabilidade"),
        ("pt", "a que horas fecha a contabilidade na sexta", "contabilidade"),
        ("pt", "a receção está aberta ao sábado", "receção"),
        ("pt", "qual é o horário de sábado", ""),
        ("pt", "qual é o horário das reparações", "reparações"),
        ("pt", "segunda é feriado abrem", ""),
    ],
)
def test_a_department_is_told_from_a_day(
    code: str, said: str, destination: str, languages: Mapping[str, Language]
) -> None:
    act = languages[code].understanding.acts(said)[-1]
    assert (act.kind, act.destination) == (Kind.HOURS, destination)
