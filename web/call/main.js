// The page: wires buttons, call and transcript together.

import { Call, CallProblem } from "./call.js";
import { Waits } from "./latency.js";
import { follow } from "./meter.js";
import { microphone, silence } from "./microphone.js";
import { Transcript } from "./transcript.js";

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];
const ENDINGS = {
  caller_hung_up: "You hung up.",
  completed: "The assistant ended the call.",
  transferred: "You were put through.",
  silent_caller: "The call ended because nothing was heard.",
  max_duration: "The call reached its longest allowed time.",
  media_lost: "The call ended because your sound stopped arriving.",
  failed: "The call ended because of a technical problem.",
  shutdown: "The call ended because the receptionist is shutting down.",
};

const $ = (id) => document.getElementById(id);
const phone = $("phone");
const transcript = new Transcript($("log"), $("now"));
const waits = new Waits();

let call = null;
let context = null; // one audio context serves all calls
let meters = [];
let ticking = 0;
let ending = "";

// --- starting and ending ------------------------------------------------------------------------

async function begin(open) {
  if (call) return;
  call = "starting";
  transcript.clear();
  waits.clear();
  ending = "";
  notice("");
  $("summary").hidden = true;
  setState("asking", "Waiting for the microphone …");
  let noSound = false;
  try {
    context ??= new AudioContext();
    context.resume(); // never awaited: without a sound card it may take seconds
    const source = await open().catch((error) => {
      noSound = true;
      throw error;
    });
    call = new Call(source);
    meters.push(follow(context, source, $("level-caller")));
    listen(call);
    setState("connecting", "Calling …");
    await call.connect($("language").value || null);
    setState("live", "Connected");
    startClock();
  } catch (error) {
    if (!(error instanceof CallProblem)) console.error(error);
    const told = error instanceof CallProblem ? error.message : "The call could not be started.";
    notice(told, noSound);
    if (call instanceof Call) call.close();
    else finish();
  }
}

function listen(started) {
  started.addEventListener("voice", ({ detail: stream }) => {
    $("voice").srcObject = stream;
    meters.push(follow(context, stream, $("level-assistant")));
  });
  started.addEventListener("message", ({ detail: event }) => show(event));
  started.addEventListener("lost", () => {
    notice("The connection to the receptionist was lost. Check that it is running, then call again.");
  });
  started.addEventListener("closed", finish);
}

function finish() {
  call = null;
  for (const stop of meters) stop();
  meters = [];
  clearInterval(ticking);
  $("voice").srcObject = null;
  transcript.close();
  setMuted(false);
  showPad(false);
  setState("idle", ending || "Ready when you are.");
}

// --- what happens on the call -------------------------------------------------------------------

function show(event) {
  transcript.show(event);
  if (event.type === "call_started") document.documentElement.lang = event.language;
  if (event.type === "call_ended") ending = `${ENDINGS[event.disposition] ?? "The call ended."}`;
  // Nobody waits for the end of what is written: such answers are no measure of the others.
  if (event.type === "latency_measured" && event.stages.endpointing > 0) {
    waits.add(event.voice_to_voice_ms);
    $("summary").textContent = waits.summary();
    $("summary").hidden = false;
  }
}

function startClock() {
  const began = performance.now();
  const tick = () => {
    const seconds = Math.floor((performance.now() - began) / 1000);
    $("clock").textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  };
  tick();
  ticking = setInterval(tick, 1000);
}

// --- how the page looks -------------------------------------------------------------------------

function setState(state, words) {
  const before = phone.dataset.state;
  phone.dataset.state = state;
  $("status").textContent = words;
  const idle = state === "idle";
  $("start").hidden = !idle;
  $("controls").hidden = idle;
  $("clock").hidden = state !== "live" && !(idle && before === "live");
  $("write").hidden = state !== "live";
  $("talk").hidden = idle && !$("log").childElementCount;
  for (const id of ["mute", "keys"]) $(id).disabled = state !== "live";
  if (state === "asking") $("hang-up").focus();
  if (idle && before !== "idle") $("call").focus();
  if (idle !== (before === "idle")) scrollTo(0, 0);
}

function notice(words, offerWriting = false) {
  $("notice-text").textContent = words;
  $("notice").hidden = !words;
  $("write-instead").hidden = !offerWriting;
}

function setMuted(muted) {
  $("mute").setAttribute("aria-pressed", String(muted));
  $("mute").querySelector("span").textContent = muted ? "Unmute" : "Mute";
  if (call instanceof Call) call.muted = muted;
}

function showPad(open) {
  $("pad").hidden = !open;
  $("keys").setAttribute("aria-expanded", String(open));
}

function press(key) {
  if (!(call instanceof Call)) return;
  call.send({ type: "dtmf", digit: key });
  const button = [...$("pad").children].find((child) => child.textContent === key);
  button?.animate([{ transform: "scale(.92)" }, { transform: "none" }], 150);
}

function write(submitted) {
  submitted.preventDefault();
  const text = $("words").value.trim();
  if (!text || !(call instanceof Call)) return;
  call.send({ type: "text", text });
  $("words").value = "";
}

async function introduce() {
  const response = await fetch("/api/tenant").catch(() => null);
  if (!response?.ok) {
    return notice("The receptionist does not answer. Check that it is running, then reload.");
  }
  const { company, languages } = await response.json();
  $("company").textContent = company;
  document.title = `Call ${company}`;
  const names = new Intl.DisplayNames(["en"], { type: "language" });
  const [preferred] = navigator.languages.map((tag) => tag.slice(0, 2)).filter((tag) => languages.includes(tag));
  for (const code of languages) {
    $("language").add(new Option(names.of(code), code, false, code === (preferred ?? languages[0])));
  }
}

for (const key of KEYS) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = key;
  button.addEventListener("click", () => press(key));
  $("pad").append(button);
}
$("call").addEventListener("click", () => begin(microphone));
$("write-instead").addEventListener("click", () => begin(async () => silence(context)));
$("hang-up").addEventListener("click", () => call instanceof Call && call.hangUp());
$("mute").addEventListener("click", () => setMuted($("mute").getAttribute("aria-pressed") !== "true"));
$("keys").addEventListener("click", () => showPad($("pad").hidden));
$("write").addEventListener("submit", write);
addEventListener("keydown", (event) => {
  const typing = event.target.matches("input, select, textarea");
  if (!typing && !event.ctrlKey && !event.metaKey && !event.altKey && KEYS.includes(event.key)) press(event.key);
});
addEventListener("pagehide", () => call instanceof Call && call.close());
setState("idle", "Ready when you are.");
introduce();
