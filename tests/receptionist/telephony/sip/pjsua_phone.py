"""A telephone nobody here wrote (PJSIP), in a process of its own; `phone.py` drives it.

Commands come as lines of JSON, what happens goes out the same way. It plays one file to whoever it
speaks with and records what it hears.
"""

import json
import os
import queue
import sys
import threading
import time
from importlib import import_module
from typing import Any

pj: Any = import_module("pjsua2")

OUT = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)  # the library writes to where nobody reads it
LIVE: list[Any] = []
OVER: list[Any] = []
REFUSES: list[bool] = []
CODEC, PLAY, RECORD, ANSWER = *sys.argv[2:5], int(sys.argv[5])


def tell(event: str, **what: Any) -> None:
    OUT.write(json.dumps({"event": event, **what}) + "\n")


class Call(pj.Call):
    player: Any = None
    recorder: Any = None

    def onCallState(self, prm: Any) -> None:
        info = self.getInfo()
        tell("state", state=info.stateText, code=info.lastStatusCode, reason=info.lastReason)
        if info.state == pj.PJSIP_INV_STATE_DISCONNECTED and self in LIVE:
            LIVE.remove(self)
            OVER.append(self)

    def onCallMediaState(self, prm: Any) -> None:
        info = self.getInfo()  # its parts live as long as it does
        for number, media in enumerate(info.media):
            if media.type == pj.PJMEDIA_TYPE_AUDIO and media.status == pj.PJSUA_CALL_MEDIA_ACTIVE:
                audio = self.getAudioMedia(number)
                tell("media", codec=self.getStreamInfo(number).codecName)
                if self.player is None:
                    self.player = pj.AudioMediaPlayer()
                    self.player.createPlayer(PLAY, 0)
                    self.recorder = pj.AudioMediaRecorder()
                    self.recorder.createRecorder(RECORD)
                self.player.startTransmit(audio)
                audio.startTransmit(self.recorder)
            elif media.status == pj.PJSUA_CALL_MEDIA_REMOTE_HOLD:
                tell("held")

    def onDtmfDigit(self, prm: Any) -> None:
        tell("key", digit=prm.digit)

    def onCallTransferRequest(self, prm: Any) -> None:
        tell("refer", to=prm.dstUri)
        if REFUSES:
            prm.statusCode = 603
            return
        prm.statusCode = 202
        new = Call(ACCOUNT)
        LIVE.append(new)
        prm.newCall = new

    def onCallTransferStatus(self, prm: Any) -> None:
        tell("transfer", code=prm.statusCode, final=prm.finalNotify)

    def onCallReplaced(self, prm: Any) -> None:
        tell("replaced")
        LIVE.append(Call(ACCOUNT, prm.newCallId))


class Account(pj.Account):
    def onIncomingCall(self, prm: Any) -> None:
        call = Call(self, prm.callId)
        LIVE.append(call)
        tell("incoming", by=call.getInfo().remoteUri)
        if ANSWER:
            answer = pj.CallOpParam()
            answer.statusCode = ANSWER
            call.answer(answer)


def do(command: dict[str, Any]) -> None:
    call = LIVE[-1] if LIVE else None
    match command["do"]:
        case "call":
            call = Call(ACCOUNT)
            LIVE.append(call)
            options = pj.CallOpParam(True)
            options.opt.audioCount, options.opt.videoCount = 1, 0
            call.makeCall(command["uri"], options)
        case "keys" if call:
            call.dialDtmf(command["keys"])
        case "info" if call:
            options = pj.CallSendDtmfParam()
            options.method, options.digits = pj.PJSUA_DTMF_METHOD_SIP_INFO, command["keys"]
            call.sendDtmf(options)
        case "hold" if call:
            call.setHold(pj.CallOpParam())
        case "resume" if call:
            prefer(command.get("codec", CODEC))
            options = pj.CallOpParam(True)
            options.opt.flag = pj.PJSUA_CALL_UNHOLD
            call.reinvite(options)
        case "hang_up" if call:
            call.hangup(pj.CallOpParam(True))
        case "refuse refers":
            REFUSES.append(True)
        case "refer" if call:
            call.xfer(command["to"], pj.CallOpParam())
        case "answer" if call:
            answer = pj.CallOpParam()
            answer.statusCode = command["code"]
            call.answer(answer)
        case other:
            tell("lost", command=other)


def prefer(codec: str) -> None:
    """Leaves it one codec."""
    endpoint = pj.Endpoint.instance()
    for known in endpoint.codecEnum2():
        endpoint.codecSetPriority(known.codecId, 255 if known.codecId.startswith(codec) else 0)


def start(port: int) -> tuple[Any, Any]:
    endpoint = pj.Endpoint()
    endpoint.libCreate()
    config = pj.EpConfig()
    config.logConfig.level = config.logConfig.consoleLevel = int(os.environ.get("PJ_LOG", "0"))
    config.uaConfig.threadCnt, config.uaConfig.mainThreadOnly = 0, True
    config.medConfig.noVad, config.medConfig.ecTailLen = True, 0
    endpoint.libInit(config)
    for kind in (pj.PJSIP_TRANSPORT_UDP, pj.PJSIP_TRANSPORT_TCP):
        transport = pj.TransportConfig()
        transport.port, transport.boundAddress = port, "127.0.0.1"
        endpoint.transportCreate(kind, transport)
    endpoint.libStart()
    endpoint.audDevManager().setNullDev()
    prefer(CODEC)
    settings = pj.AccountConfig()
    settings.idUri = f"sip:phone@127.0.0.1:{port}"
    settings.mediaConfig.transportConfig.boundAddress = "127.0.0.1"
    settings.mediaConfig.transportConfig.port = port + 100
    account = Account()
    account.create(settings)
    return endpoint, account


def read(commands: "queue.Queue[dict[str, Any]]") -> None:
    for line in sys.stdin:
        commands.put(json.loads(line))
    commands.put({"do": "quit"})


ENDPOINT, ACCOUNT = start(int(sys.argv[1]))
COMMANDS: "queue.Queue[dict[str, Any]]" = queue.Queue()
threading.Thread(target=read, args=(COMMANDS,), daemon=True).start()
tell("ready")
while True:
    ENDPOINT.libHandleEvents(5)
    try:
        NEXT = COMMANDS.get_nowait()
    except queue.Empty:
        continue
    if NEXT["do"] == "quit":
        break
    try:
        do(NEXT)
    except pj.Error as error:
        tell("error", what=error.reason)
for each in (*LIVE, *OVER):
    each.recorder = each.player = None
UNTIL_S = time.monotonic() + 0.1
while time.monotonic() < UNTIL_S:  # what it has heard is written down by a thread of its own
    ENDPOINT.libHandleEvents(20)
os._exit(0)  # its own end crashes now and then
