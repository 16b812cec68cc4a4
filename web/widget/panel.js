// The button and its panel: what they show, nothing of the call itself.

import { element } from "../call/elements.js";
import { style } from "./style.js";

/** A button with a panel that opens above it. */
export class Panel extends EventTarget {
  #host = document.createElement("div");
  #open;
  #section;
  #title = element("h2", "");
  #status = element("p", "");
  #said = element("ol", "");
  #again;
  #mute;
  #hangUp;
  #texts;

  constructor(texts, language) {
    super();
    this.#texts = texts;
    this.#host.lang = language;
    this.#open = this.#button("", texts.call, "call");
    this.#again = this.#button("", texts.again, "call");
    this.#mute = this.#button("plain", texts.mute, "mute");
    this.#hangUp = this.#button("red", texts.hangUp, "hang-up");
    const close = this.#button("plain", texts.close, "close");
    this.#section = element("section", "");
    this.#section.setAttribute("role", "dialog");
    this.#title.id = "title";
    this.#section.setAttribute("aria-labelledby", "title");
    this.#status.setAttribute("role", "status");
    this.#said.setAttribute("role", "log");
    this.#said.setAttribute("aria-label", texts.said);
    this.#said.tabIndex = 0;
    this.#mute.setAttribute("aria-pressed", "false");
    const buttons = element("div", "");
    buttons.append(this.#again, this.#mute, this.#hangUp, close);
    const hint = element("p", "hint", texts.hint);
    this.#section.append(this.#title, hint, this.#status, this.#said, buttons);
    this.#section.hidden = true;
    this.#section.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.#tell("close");
    });
    this.#open.setAttribute("aria-expanded", "false");
    const root = this.#host.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [style];
    root.append(this.#section, this.#open);
    document.body.append(this.#host);
  }

  /** Names whom one calls. */
  set company(company) {
    this.#title.textContent = this.#texts.title.replace("{company}", company);
  }

  set muted(muted) {
    this.#mute.setAttribute("aria-pressed", String(muted));
    this.#mute.textContent = muted ? this.#texts.unmute : this.#texts.mute;
  }

  /** Shows a state of the call: `asking`, `connecting`, `live`, or how it has ended. */
  show(state) {
    this.#section.hidden = false;
    this.#open.setAttribute("aria-expanded", "true");
    this.#status.textContent = this.#texts[state];
    const running = ["asking", "connecting", "live"].includes(state);
    this.#again.hidden = running;
    this.#hangUp.hidden = !running;
    this.#mute.hidden = state !== "live";
    if (state === "asking") this.#said.replaceChildren();
    (running ? this.#hangUp : this.#again).focus();
  }

  /** Adds what one side has said. */
  said(speaker, text) {
    this.#said.append(element("li", speaker, text));
    this.#said.scrollTop = this.#said.scrollHeight;
  }

  /** Hides the panel. */
  close() {
    this.#section.hidden = true;
    this.#open.setAttribute("aria-expanded", "false");
    this.#open.focus();
  }

  #button(className, text, event) {
    const button = element("button", className, text);
    button.type = "button";
    button.addEventListener("click", () => this.#tell(event));
    return button;
  }

  #tell(event) {
    this.dispatchEvent(new Event(event));
  }
}
