// A call button for any site: one script tag of type module, with this file as its source.
// data-language chooses a language; without it the page's, then the visitor's.
// data-company names whom one calls; without it the site.

import { Call, Server } from "../call/call.js";
import { Panel } from "./panel.js";
import { languageOf, TEXTS } from "./texts.js";

const BASE = new URL("..", import.meta.url).href.replace(/\/$/, "");
const tag = [...document.scripts].find(({ src }) => src === import.meta.url);
const wanted = [tag?.dataset.language, document.documentElement.lang, ...navigator.languages];
const language = languageOf(wanted);
const panel = new Panel(TEXTS[language], language);
const voice = new Audio();

let call = null;
let muted = false;

async function begin() {
  if (call) return panel.show("live");
  call = "starting";
  panel.show("asking");
  let ended = "failed";
  try {
    const { token, microphone } = await prepare();
    call = new Call(microphone, new Server(BASE, token));
    follow(call);
    panel.show("connecting");
    await call.connect(language);
    panel.show("live");
    return;
  } catch (error) {
    if (error.name === "NotAllowedError") ended = "blocked";
  }
  if (call instanceof Call) call.close();
  call = null;
  panel.show(ended);
}

/** Asks for the microphone and, meanwhile, for a token. */
async function prepare() {
  const server = new Server(BASE);
  const [token, microphone] = await Promise.allSettled([
    server.ask("POST", "/api/widget/token"),
    navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true } }),
  ]);
  if (token.status === "fulfilled" && microphone.status === "fulfilled") {
    return { token: token.value.token, microphone: microphone.value };
  }
  if (microphone.status === "rejected") throw microphone.reason;
  for (const track of microphone.value.getTracks()) track.stop();
  throw token.reason;
}

function follow(started) {
  started.addEventListener("voice", ({ detail: stream }) => {
    voice.srcObject = stream;
    voice.play();
  });
  started.addEventListener("message", ({ detail: event }) => {
    if (event.type === "turn_ended") panel.said(event.speaker, event.text);
  });
  started.addEventListener("closed", () => {
    voice.srcObject = null;
    call = null;
    mute(false);
    panel.show("over");
  });
}

function mute(now) {
  muted = now;
  panel.muted = now;
  if (call instanceof Call) call.muted = now;
}

panel.addEventListener("call", begin);
panel.addEventListener("mute", () => mute(!muted));
panel.addEventListener("hang-up", () => call instanceof Call && call.hangUp());
panel.addEventListener("close", () => {
  if (call instanceof Call) call.hangUp();
  panel.close();
});
addEventListener("pagehide", () => call instanceof Call && call.close());
panel.company = tag?.dataset.company ?? location.hostname;
