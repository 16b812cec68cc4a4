"""A softphone nobody here wrote (PJSIP): calls the edge over TLS with SRTP, plays and records.

Run as `python -m ...srtp_phone`, with what it is to do as JSON on its standard input; prints what
PJSIP says of the call. A process of its own, because PJSIP ends with its process only.
"""

import json
import os
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

pj: Any = import_module("pjsua2")

STEP_MS = 10
MANDATORY = 2
KEPT: list[object] = []
"""Objects of PJSIP that must outlive everything: it aborts when a call's is collected."""


class _Call(pj.Call):
    """A call that plays a file and records what it hears, once there is media."""

    def __init__(self, account: Any, played: str, recorded: str) -> None:
        super().__init__(account)
        self._files = (played, recorded)
        self.player: Any = None
        self.recorder: Any = None
        self.status = 0
        self.established = False
        self.over = False

    def onCallState(self, prm: Any) -> None:
        info = self.getInfo()
        self.status = info.lastStatusCode
        self.established = self.established or info.state == pj.PJSIP_INV_STATE_CONFIRMED
        self.over = info.state == pj.PJSIP_INV_STATE_DISCONNECTED

    def onCallMediaState(self, prm: Any) -> None:
        if self.player is not None:
            return
        info = self.getInfo()  # its parts live as long as it does
        for number, media in enumerate(info.media):
            if media.status == pj.PJSUA_CALL_MEDIA_ACTIVE:
                audio = self.getAudioMedia(number)
                self.player, self.recorder = pj.AudioMediaPlayer(), pj.AudioMediaRecorder()
                self.player.createPlayer(self._files[0])
                self.recorder.createRecorder(self._files[1])
                self.player.startTransmit(audio)
                audio.startTransmit(self.recorder)


def call(wanted: dict[str, Any]) -> dict[str, Any]:
    """Calls, talks for a while and hangs up."""
    endpoint = _endpoint(wanted)
    account = pj.Account()
    account.create(_account(wanted))
    made = _Call(account, wanted["played"], wanted["recorded"])
    KEPT.extend([endpoint, account, made])
    asked = pj.CallOpParam(True)
    asked.opt.audioCount, asked.opt.videoCount = 1, 0
    made.makeCall(wanted["uri"], asked)
    if wanted["held"]:
        _run(endpoint, 1.5, made)
        made.setHold(pj.CallOpParam())
        _run(endpoint, 1, made)
        back = pj.CallOpParam(True)
        back.opt.flag = pj.PJSUA_CALL_UNHOLD
        made.reinvite(back)
    _run(endpoint, wanted["seconds"], made)
    described = "" if made.over else made.dump(True, "")
    told = {"status": made.status, "established": made.established, "described": described}
    if not made.over:
        made.hangup(pj.CallOpParam(True))
        _run(endpoint, 1, made)
    made.player = made.recorder = None
    _run(endpoint, 0.2, None)
    return {**told, "over": made.over}


def _endpoint(wanted: dict[str, Any]) -> Any:
    endpoint = pj.Endpoint()
    endpoint.libCreate()
    config = pj.EpConfig()
    config.logConfig.level = config.logConfig.consoleLevel = 0
    config.uaConfig.threadCnt = 0
    config.uaConfig.mainThreadOnly = True
    config.medConfig.noVad = True
    config.medConfig.ecTailLen = 0
    endpoint.libInit(config)
    transport = pj.TransportConfig()
    transport.boundAddress = "127.0.0.1"
    transport.tlsConfig.CaListFile = wanted["authority"]
    transport.tlsConfig.verifyServer = True
    endpoint.transportCreate(pj.PJSIP_TRANSPORT_TLS, transport)
    endpoint.libStart()
    endpoint.audDevManager().setNullDev()
    for codec in endpoint.codecEnum2():
        wanted_codec = codec.codecId.startswith(wanted["codec"])
        endpoint.codecSetPriority(codec.codecId, 255 if wanted_codec else 0)
    return endpoint


def _account(wanted: dict[str, Any]) -> Any:
    config = pj.AccountConfig()
    config.idUri = wanted["identity"]
    credentials = pj.AuthCredInfo("digest", "*", wanted["user"], 0, wanted["password"])
    config.sipConfig.authCreds.append(credentials)
    media = config.mediaConfig
    media.srtpUse, media.srtpSecureSignaling = MANDATORY, 1
    media.transportConfig.boundAddress = "127.0.0.1"
    return config


def _run(endpoint: Any, seconds: float, made: _Call | None) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and not (made and made.over):
        endpoint.libHandleEvents(STEP_MS)


if __name__ == "__main__":
    result = call(json.load(sys.stdin))
    Path(sys.argv[1]).write_text(json.dumps(result))
    os._exit(0)  # PJSIP's own end is not safe
