import pytest

from guardrails.guard import Guard
from guardrails.verdict import Action

pytestmark = pytest.mark.integration


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "I can't breathe I called about my insurance"),
        ("en", "the kitchen is on fire now and I don't know where the insurance papers are"),
        ("en", "she's bleeding badly she fell yesterday but it opened again"),
        ("en", "we were watching a film and my dad collapsed and he's not breathing"),
        ("en", "I can't breathe it started yesterday"),
        ("it", "guardavamo un film e mio padre non respira più"),
        ("es", "no puedo respirar había llamado por el seguro"),
        ("es", "la cocina está ardiendo ahora y no sé dónde están los papeles del seguro"),
        ("es", "estábamos viendo una película y mi padre no respira"),
        ("es", "mi madre está sangrando mucho se cayó ayer"),
        ("fr", "je n'arrive plus à respirer j'avais appelé pour l'assurance"),
        (
            "fr",
            "la cuisine est en feu maintenant et je ne sais pas où sont les papiers de l'assurance",
        ),
        ("fr", "on regardait un film et mon père ne respire plus"),
        ("fr", "ma mère saigne beaucoup elle est tombée hier"),
        ("fr", "au cours de yoga une dame ne respire plus"),
        ("de", "ich kriege keine Luft mehr ich hatte wegen der Versicherung angerufen"),
        ("de", "wir haben einen Film geschaut und mein Vater atmet nicht mehr"),
        ("de", "meine Mutter blutet stark sie ist gestern gestürzt"),
        ("pt", "não consigo respirar tinha ligado por causa do seguro"),
        ("pt", "a cozinha está a arder agora e não sei onde estão os papéis do seguro"),
        ("pt", "estávamos a ver um filme e o meu pai não respira"),
        ("pt", "a minha mãe está a sangrar muito caiu ontem"),
    ],
)
def test_danger_that_is_there_is_not_talked_away_by_a_harmless_word_beside_it(
    guard: Guard, language: str, text: str
) -> None:
    assert guard.turn(text, language).action is Action.EMERGENCY


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "in the film where the house is on fire what time does it start"),
        ("en", "my insurance claim is about the day the kitchen was on fire"),
        ("en", "I can't breathe for paperwork this week can you move my appointment"),
        ("en", "the course covers what to do if a child isn't breathing"),
        ("it", "il film in cui la casa è in fiamme a che ora inizia"),
        ("it", "l'anno scorso la cucina era in fiamme, chiamo per l'assicurazione"),
        ("it", "ho denunciato l'incendio di ieri all'assicurazione"),
        ("es", "la película donde la casa está ardiendo a qué hora empieza"),
        ("es", "el año pasado se quemó la cocina, llamo por el seguro"),
        ("fr", "le film où la maison est en feu il passe à quelle heure"),
        ("fr", "la cuisine a brûlé l'an dernier, j'appelle pour l'assurance"),
        ("de", "der Film in dem das Haus brennt wann läuft der"),
        ("de", "bei uns hat letztes Jahr die Küche gebrannt ich rufe wegen der Versicherung an"),
        ("de", "wenn einer bewusstlos ist was lernt man im Kurs dazu"),
        ("pt", "o filme em que a casa está a arder a que horas começa"),
        ("pt", "a cozinha ardeu no ano passado, ligo por causa do seguro"),
    ],
)
def test_danger_of_films_lessons_and_last_year_is_none(
    guard: Guard, language: str, text: str
) -> None:
    assert guard.turn(text, language).action is not Action.EMERGENCY
