// One call over WebRTC: sends the microphone, plays the assistant, carries messages both ways.

const GATHER_MS = 3000; // addresses come at once unless there are none
const SETTLE_MS = 30;
const CONNECT_MS = 10_000;
const RECOVER_MS = 2000; // a network change interrupts for a moment; longer means lost
const TRICKLE_MS = 50; // addresses found at about the same time are sent together
const FAREWELL_MS = 300; // the last word is still in the browser's buffer when the call ends

const NO_NETWORK =
  "This browser is on no network at all, so it cannot place calls, not even to this machine. " +
  "Connect to any network; it needs no Internet.";

/** Why no call came about, or why it broke off, in words for the caller. */
export class CallProblem extends Error {}

export class Call extends EventTarget {
  #peer = new RTCPeerConnection();
  #channel = this.#peer.createDataChannel("call");
  #microphone;
  #server;
  #offered = false;
  #callId = "";
  #found = [];
  #trickling = false;
  #timers = new Set();
  #over = false;

  /**
   * @param {MediaStream} microphone One audio track.
   * @param {Server} server Whom to call; this page's own server unless it is another.
   */
  constructor(microphone, server = new Server()) {
    super();
    this.#microphone = microphone;
    this.#server = server;
    const [track] = microphone.getAudioTracks();
    this.#peer.addTrack(track, microphone);
    this.#peer.addEventListener("track", (event) => this.#heard(event));
    this.#peer.addEventListener("connectionstatechange", () => this.#stateChanged());
    this.#channel.addEventListener("message", (event) => this.#told(event));
    this.#channel.addEventListener("close", () => this.#lost());
  }

  /** Connects; resolves when both sides can hear each other. */
  async connect(language) {
    const { ice_servers: iceServers } = await this.#server.ask("GET", "/api/calls/ice");
    this.#peer.setConfiguration({ iceServers });
    const gathered = this.#gathered();
    await this.#peer.setLocalDescription();
    await gathered;
    this.#offered = true;
    const { sdp } = this.#peer.localDescription;
    const offer = { type: "offer", sdp, language };
    const answer = await this.#server.ask("POST", "/api/calls/offer", offer);
    this.#callId = answer.call_id;
    this.#trickle();
    const connected = this.#connected();
    await this.#peer.setRemoteDescription({ type: answer.type, sdp: answer.sdp });
    await connected;
  }

  set muted(muted) {
    for (const track of this.#microphone.getAudioTracks()) track.enabled = !muted;
  }

  /** Sends a message to the assistant's side. */
  send(message) {
    if (this.#channel.readyState === "open") this.#channel.send(JSON.stringify(message));
  }

  /** Hangs up; the other side confirms with the end of the call. */
  hangUp() {
    if (this.#channel.readyState !== "open") return this.close();
    this.send({ type: "hang_up" });
    this.#after(FAREWELL_MS * 4, () => this.close());
  }

  /** Closes at once and releases the microphone. */
  close() {
    if (this.#over) return;
    this.#over = true;
    for (const timer of this.#timers) clearTimeout(timer);
    for (const track of this.#microphone.getTracks()) track.stop();
    this.#peer.close();
    this.dispatchEvent(new Event("closed"));
  }

  #heard({ receiver, track }) {
    receiver.jitterBufferTarget = 0; // play as soon as possible: this is a conversation
    this.dispatchEvent(new CustomEvent("voice", { detail: new MediaStream([track]) }));
  }

  #told({ data }) {
    const message = JSON.parse(data);
    this.dispatchEvent(new CustomEvent("message", { detail: message }));
    if (message.type === "call_ended") this.#after(FAREWELL_MS, () => this.close());
  }

  #stateChanged() {
    const state = this.#peer.connectionState;
    if (state === "failed") this.#lost();
    if (state === "disconnected") {
      this.#after(RECOVER_MS, () => {
        if (this.#peer.connectionState !== "connected") this.#lost();
      });
    }
  }

  #lost() {
    if (this.#over) return;
    this.dispatchEvent(new Event("lost"));
    this.close();
  }

  #after(ms, act) {
    this.#timers.add(setTimeout(act, ms));
  }

  #gathered() {
    return new Promise((resolve, reject) => {
      this.#peer.addEventListener("icecandidate", ({ candidate }) => {
        // The addresses of this machine come together; what servers tell of it follows later.
        if (candidate) this.#after(SETTLE_MS, resolve);
        if (this.#offered) this.#later(candidate);
      });
      this.#after(GATHER_MS, () => reject(new CallProblem(NO_NETWORK)));
    });
  }

  #later(candidate) {
    this.#found.push(candidate?.toJSON() ?? { candidate: "" });
    this.#trickle();
  }

  /** Sends the addresses that were found after the offer. */
  #trickle() {
    if (!this.#callId || this.#trickling || !this.#found.length) return;
    this.#trickling = true;
    this.#after(TRICKLE_MS, async () => {
      const candidates = this.#found.splice(0);
      const path = `/api/calls/${this.#callId}/candidates`;
      // One that is refused is one way less; the others may do.
      await this.#server.ask("PATCH", path, { candidates }).catch(() => {});
      this.#trickling = false;
      this.#trickle();
    });
  }

  #connected() {
    return new Promise((resolve, reject) => {
      this.#channel.addEventListener("open", resolve);
      this.addEventListener("closed", () => reject(new CallProblem("The call was not connected.")));
      this.#after(CONNECT_MS, () =>
        reject(
          new CallProblem(
            "No sound could be exchanged with the receptionist. " +
              "A firewall or VPN between this browser and its machine may block the call.",
          ),
        ),
      );
    });
  }
}

/** The receptionist's side, over HTTP. */
export class Server {
  #base;
  #token;

  /**
   * @param {string} base Its address; empty is where this page comes from.
   * @param {string} token Lets a page of another site call.
   */
  constructor(base = "", token = "") {
    this.#base = base;
    this.#token = token;
  }

  /** Asks and returns the answer; what is refused is a CallProblem. */
  async ask(method, path, body = undefined) {
    const headers = {};
    if (body !== undefined) headers["Content-Type"] = "application/json";
    if (this.#token) headers.Authorization = `Bearer ${this.#token}`;
    let response;
    try {
      const options = { method, headers, body: body && JSON.stringify(body) };
      response = await fetch(this.#base + path, options);
    } catch {
      throw new CallProblem("The receptionist does not answer. Check that it is running.");
    }
    const answer = await response.json().catch(() => ({}));
    if (response.ok) return answer;
    const refused = `The receptionist refused the call (${response.status}).`;
    throw new CallProblem(answer.detail ?? refused);
  }
}
