// How long the caller waited for an answer, whole and by stage.

import { element } from "./elements.js";

const STAGES = {
  endpointing: "making sure that you have finished",
  stt: "understanding the words",
  brain: "finding the answer",
  tts: "making the voice",
  playout: "starting to play",
};

/** A row with the wait in figures and as a bar of its stages. */
export function latencyRow({ voice_to_voice_ms: total, stages }) {
  const row = element("li", "aside latency");
  const parts = Object.entries(oneAfterAnother(stages)).filter(([, ms]) => ms >= 1);
  const bar = element("span", "stages");
  bar.setAttribute("aria-hidden", "true");
  for (const [stage, ms] of parts) {
    const part = element("i", stage in STAGES ? stage : "other");
    part.style.flexGrow = String(ms);
    part.title = `${STAGES[stage] ?? stage}: ${Math.round(ms)} ms`;
    bar.append(part);
  }
  const words = parts.map(([stage, ms]) => `${STAGES[stage] ?? stage} ${Math.round(ms)} ms`);
  row.append(
    bar,
    element("span", "total", `answered after ${Math.round(total)} ms`),
    element("span", "hidden", `: ${words.join(", ")}`),
  );
  return row;
}

/** The words are understood while the silence is waited out: each millisecond is shown once. */
function oneAfterAnother({ endpointing = 0, stt = 0, ...rest }) {
  const understanding = Math.min(stt, endpointing);
  return { endpointing: endpointing - understanding, stt: understanding, ...rest };
}

/** Collects the waits of a call. */
export class Waits {
  #all = [];

  add(ms) {
    this.#all.push(ms);
  }

  clear() {
    this.#all = [];
  }

  /** The middle wait and their number, in words; empty before the first. */
  summary() {
    if (!this.#all.length) return "";
    const sorted = [...this.#all].sort((a, b) => a - b);
    const median = Math.round(sorted[Math.floor((sorted.length - 1) / 2)]);
    const count = sorted.length === 1 ? "1 answer" : `${sorted.length} answers`;
    return `${count}, median wait ${median} ms`;
  }
}
