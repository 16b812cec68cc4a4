"""How well each voice is understood over the telephone, and how soon it is heard.

python -m eval.voices [de:kokoro:de_if_sara de:espeak:default ...] [--json]

Each sentence is spoken, sent over an 8 kHz mu-law line and written down by the recogniser of the
product; the word error rate counts what came back otherwise. Half of the errors of a good voice
are the recogniser's own, so figures compare voices of one language; they are no measure of beauty.
"""

import argparse
import json
import os
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import jiwer
import numpy as np
import typer
from numpy.typing import NDArray

from eval.engines import load
from eval.measures import memory_mb, spread
from eval.speech import phone
from knowledge.spoken_numbers import with_digits
from providers.models.store import ModelStore
from providers.spec import Slot
from providers.tts import pcm
from providers.tts.engine import LocalTTSEngine
from providers.tts.sentences import pieces
from providers.tts.speaker import Voice
from receptionist.settings import Settings

RATE_HZ = 16000
VOICES = (
    "es:kokoro:ef_dora", "es:kokoro:em_alex", "fr:kokoro:ff_siwis", "pt:kokoro:pf_dora",
    "pt:kokoro:pm_alex", "de:kokoro:de_if_sara", "de:espeak:default",
)  # fmt: skip
SENTENCES: Mapping[str, Sequence[str]] = {
    "es": (
        "Buenos días, soy un asistente automático. ¿En qué puedo ayudarle?",
        "Un momento, por favor.",
        "Lo siento, no le he entendido bien. ¿Puede repetirlo?",
        "Hoy estamos abiertos hasta las seis de la tarde.",
        "El sábado estamos cerrados. Volvemos a abrir el lunes a las nueve.",
        "¿Con quién desea hablar?",
        "La línea está ocupada. ¿Quiere dejar un mensaje?",
        "¿Me dice su nombre, por favor?",
        "¿A qué número podemos llamarle?",
        "La visita cuesta cincuenta euros e incluye la primera media hora de trabajo.",
        "Detrás del edificio hay un aparcamiento gratuito para clientes.",
        "Cada reparación tiene doce meses de garantía.",
        "Le paso con un compañero del servicio técnico.",
        "Puede pagar con tarjeta, por transferencia o en efectivo.",
        "Gracias, he tomado nota y se lo diré a mi compañera.",
        "Gracias por llamar. Adiós.",
    ),
    "fr": (
        "Bonjour, je suis un assistant automatique. Comment puis-je vous aider ?",
        "Un instant, s'il vous plaît.",
        "Excusez-moi, je n'ai pas bien compris. Pouvez-vous répéter ?",
        "Aujourd'hui, nous sommes ouverts jusqu'à dix-huit heures.",
        "Nous sommes fermés samedi. Nous rouvrons lundi à neuf heures.",
        "À qui souhaitez-vous parler ?",
        "La ligne est occupée. Voulez-vous laisser un message ?",
        "Pouvez-vous me donner votre nom ?",
        "À quel numéro pouvons-nous vous rappeler ?",
        "La visite coûte cinquante euros et comprend la première demi-heure de travail.",
        "Il y a un parking gratuit pour les clients derrière le bâtiment.",
        "Chaque réparation est garantie douze mois.",
        "Je vous passe un collègue du service technique.",
        "Vous pouvez payer par carte, par virement ou en espèces.",
        "Merci, c'est noté, je transmettrai votre message à ma collègue.",
        "Merci de votre appel. Au revoir.",
    ),
    "de": (
        "Guten Tag, ich bin ein automatischer Assistent. Wie kann ich Ihnen helfen?",
        "Einen Moment, bitte.",
        "Entschuldigung, das habe ich nicht verstanden. Können Sie das bitte wiederholen?",
        "Heute haben wir bis achtzehn Uhr geöffnet.",
        "Am Samstag haben wir geschlossen. Wir öffnen wieder am Montag um neun Uhr.",
        "Mit wem möchten Sie sprechen?",
        "Die Leitung ist besetzt. Möchten Sie eine Nachricht hinterlassen?",
        "Können Sie mir bitte Ihren Namen sagen?",
        "Unter welcher Nummer können wir Sie zurückrufen?",
        "Der Besuch kostet fünfzig Euro, die erste halbe Stunde Arbeit ist darin enthalten.",
        "Hinter dem Gebäude gibt es einen kostenlosen Parkplatz für Kunden.",
        "Auf jede Reparatur geben wir zwölf Monate Garantie.",
        "Ich verbinde Sie mit einem Kollegen aus der Technik.",
        "Sie können mit Karte, per Überweisung oder in bar bezahlen.",
        "Danke, ich habe das notiert und gebe es meiner Kollegin weiter.",
        "Vielen Dank für Ihren Anruf. Auf Wiederhören.",
    ),
    "pt": (
        "Bom dia, sou um assistente automático. Como posso ajudar?",
        "Um momento, por favor.",
        "Desculpe, não entendi bem. Pode repetir?",
        "Hoje estamos abertos até às seis da tarde.",
        "No sábado estamos fechados. Abrimos de novo na segunda-feira às nove.",
        "Com quem deseja falar?",
        "A linha está ocupada. Quer deixar uma mensagem?",
        "Pode dizer o seu nome, por favor?",
        "Para que número podemos ligar de volta?",
        "A visita custa cinquenta euros e inclui a primeira meia hora de trabalho.",
        "Atrás do edifício há um estacionamento gratuito para clientes.",
        "Cada reparação tem doze meses de garantia.",
        "Vou passar a chamada a um colega da assistência técnica.",
        "Pode pagar com cartão, por transferência ou em dinheiro.",
        "Obrigado, tomei nota e vou avisar a minha colega.",
        "Obrigado pela sua chamada. Adeus.",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceFigures:
    """What one voice measured in one language.

    Attributes:
        wer: Word error rate over all its sentences, in percent.
        whole: Sentences of which every word came back.
        first_audio_ms: Percentiles until the first piece of a sentence can be heard.
        real_time_factor: Time it takes for a second of speech, in seconds.
    """

    language: str
    voice: str
    sentences: int
    wer: float
    whole: int
    first_audio_ms: Mapping[str, float]
    real_time_factor: float
    misheard: Sequence[str]


class Listener:
    """Writes down what it hears, with the recogniser of the product."""

    def __init__(self, models: ModelStore) -> None:
        from faster_whisper import WhisperModel

        folder = str(models.folder("whisper-base"))
        self._whisper: Any = WhisperModel(folder, device="cpu", compute_type="int8", cpu_threads=2)

    def hears(self, sound: bytes, language: str) -> str:
        """Returns the transcript of s16le audio at `RATE_HZ`."""
        samples = np.frombuffer(sound, "<i2").astype(np.float32) / 32768
        heard, _ = self._whisper.transcribe(samples, language=language, beam_size=5)
        return " ".join(segment.text.strip() for segment in heard)


def compared(text: str, language: str) -> str:
    """Returns `text` as the error rate sees it: plain words, numbers and hours written one way."""
    words = re.sub(r"(?<=\d)(?=[^\W\d])", " ", with_digits(text, language))
    words = re.sub(r"(?<=\d)[.:]00\b", "", words)
    return re.sub(r"(?<=\d) h\b", " heures", words)


def measure(voice: str, models: ModelStore, listener: Listener) -> VoiceFigures:
    """Returns the figures of `voice`, written `<language>:<provider spec>`."""
    language, _, provider = voice.partition(":")
    engine = load(Slot.TTS, provider, models=models)
    assert isinstance(engine, LocalTTSEngine)
    made = engine.voice(language)
    _spoken(made, SENTENCES[language][0])
    first_ms, wrong, words, whole, took_s, lasted_s = list[float](), 0, 0, 0, 0.0, 0.0
    misheard: list[str] = []
    for text in SENTENCES[language]:
        samples, first_s, all_s = _spoken(made, text)
        first_ms.append(first_s * 1000)
        took_s, lasted_s = took_s + all_s, lasted_s + len(samples) / made.rate_hz
        heard = listener.hears(phone(samples, made.rate_hz, RATE_HZ), language)
        said, written = compared(text, language), compared(heard, language)
        errors = round(jiwer.wer(said, written) * len(said.split()))
        wrong, words, whole = wrong + errors, words + len(said.split()), whole + (errors == 0)
        if errors:
            misheard.append(f"{text} -> {heard}")
    return VoiceFigures(
        language=language,
        voice=provider,
        sentences=len(SENTENCES[language]),
        wer=round(100 * wrong / words, 1),
        whole=whole,
        first_audio_ms=asdict(spread(first_ms)),
        real_time_factor=round(took_s / lasted_s, 2),
        misheard=misheard,
    )


def _spoken(voice: Voice, text: str) -> tuple[NDArray[np.float32], float, float]:
    """Returns a text as a call hears it, the seconds to its first piece, and to its last."""
    began_s = time.perf_counter()
    first_s, sounds = 0.0, list[bytes]()
    for piece in pieces(text, voice.language, voice.sizes):
        sounds.append(
            pcm.playable(
                voice.synthesize(piece),
                rate_hz=voice.rate_hz,
                out_rate_hz=voice.rate_hz,
                pause_s=pcm.pause_s(piece),
            )
        )
        first_s = first_s or time.perf_counter() - began_s
    samples = np.frombuffer(b"".join(sounds), "<i2").astype(np.float32) / np.float32(32768)
    return samples, first_s, time.perf_counter() - began_s


def main() -> None:
    """Measures the voices asked for, by default those the product has for es, fr, de and pt."""
    parser = argparse.ArgumentParser(prog="python -m eval.voices", description=__doc__)
    parser.add_argument("voices", nargs="*", metavar="LANGUAGE:VOICE")
    parser.add_argument("--json", action="store_true", help="print JSON for programs")
    asked = parser.parse_args()
    models = ModelStore(Settings().models_dir)
    listener = Listener(models)
    results: dict[str, Any] = {"load_average_before": os.getloadavg()[0], "voices": []}
    for voice in asked.voices or VOICES:
        typer.echo(f"measuring {voice}", err=True)
        results["voices"].append(asdict(measure(voice, models, listener)))
    results |= {"load_average_after": os.getloadavg()[0], "memory_mb": round(memory_mb())}
    typer.echo(json.dumps(results, indent=None if asked.json else 2, ensure_ascii=False))


if __name__ == "__main__":
    main()
