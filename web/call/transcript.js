// What was said, what is being said, what was done, and how long the caller waited.

import { element } from "./elements.js";
import { latencyRow } from "./latency.js";

const NEAR_END_PX = 240;
const NAMES = { caller: "You", assistant: "Assistant" };

export class Transcript {
  #log;
  #now;
  #scroller;
  #heard = null; // the caller's running turn
  #saying = null; // what the assistant is saying
  #clauses = [];

  /**
   * @param {HTMLOListElement} log Finished turns; announced by screen readers.
   * @param {HTMLOListElement} now Running turns, which still change; not announced.
   */
  constructor(log, now) {
    this.#log = log;
    this.#now = now;
    this.#scroller = log.parentElement;
  }

  clear() {
    this.#log.replaceChildren();
    this.#now.replaceChildren();
    this.#heard = this.#saying = null;
    this.#clauses = [];
  }

  /** Nothing is being said any more. */
  close() {
    this.#setHeard("");
    this.#clauses = [];
    this.#setSaying();
  }

  show(event) {
    switch (event.type) {
      case "caller_heard":
        return this.#setHeard(event.text);
      case "assistant_speaks":
        this.#clauses.push(event.text.trim());
        return this.#setSaying();
      case "turn_ended":
        return this.#ended(event);
      case "tool_finished":
        return this.#under(event.turn, toolRow(event));
      case "latency_measured":
        return this.#under(event.turn, latencyRow(event));
    }
  }

  #ended({ index, speaker, text, interrupted }) {
    if (speaker === "caller") this.#setHeard("");
    this.#clauses = interrupted || speaker === "caller" ? [] : after(this.#clauses, text);
    this.#setSaying();
    const turn = bubble(speaker, text);
    turn.dataset.turn = index;
    if (interrupted) {
      turn.classList.add("interrupted");
      turn.append(element("small", "mark", "interrupted"));
    }
    this.#log.append(turn);
    this.#scroll();
  }

  #setHeard(text) {
    this.#heard = this.#update(this.#heard, "caller", text);
  }

  #setSaying() {
    this.#saying = this.#update(this.#saying, "assistant", this.#clauses.join(" "));
  }

  #update(turn, speaker, text) {
    if (!text.trim()) {
      turn?.remove();
      return null;
    }
    if (turn) {
      turn.querySelector("p").textContent = text;
    } else {
      turn = bubble(speaker, text);
      turn.classList.add("running");
      this.#now.append(turn);
    }
    this.#scroll();
    return turn;
  }

  /** Puts `row` below the caller's turn it belongs to. */
  #under(index, row) {
    const turn = this.#log.querySelector(`[data-turn="${Number(index)}"]`);
    if (!turn) return this.#log.append(row);
    let last = turn;
    while (last.nextElementSibling?.classList.contains("aside")) last = last.nextElementSibling;
    last.after(row);
    this.#scroll();
  }

  #scroll() {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    // A caller who reads further up is left there.
    if (scrollHeight - scrollTop - clientHeight < NEAR_END_PX) this.#scroller.scrollTop = scrollHeight;
  }
}

/** Returns the clauses that follow `said`. */
function after(clauses, said) {
  let left = said.trim();
  const rest = [...clauses];
  while (rest.length && left.startsWith(rest[0])) left = left.slice(rest.shift().length).trim();
  return rest.length === clauses.length ? [] : rest;
}

function bubble(speaker, text) {
  const turn = element("li", `turn ${speaker}`);
  turn.append(element("span", "who", NAMES[speaker]), element("p", "", text));
  return turn;
}

function toolRow({ name, outcome }) {
  const row = element("li", "aside tool");
  row.append(element("span", "", name.replaceAll("_", " ")), element("b", "", outcome.replaceAll("_", " ")));
  return row;
}
