// The caller's microphone, or silence when there is none.

import { CallProblem } from "./call.js";

const PROBLEMS = {
  NotAllowedError:
    "The microphone is blocked. Allow it for this page in the address bar, then call again.",
  NotFoundError: "No microphone was found. Connect one, then call again.",
  NotReadableError: "The microphone is in use by another program. Close it, then call again.",
};

/** Asks for the microphone; a refusal is told in words that help. */
export async function microphone() {
  if (!navigator.mediaDevices?.getUserMedia) {
    throw new CallProblem(
      "Browsers allow the microphone only on https:// pages and on this machine itself " +
        "(http://localhost). Open the page there to talk.",
    );
  }
  try {
    return await navigator.mediaDevices.getUserMedia({
      audio: {
        channelCount: 1,
        echoCancellation: true,
        noiseSuppression: true,
        autoGainControl: true,
      },
    });
  } catch (error) {
    throw new CallProblem(PROBLEMS[error.name] ?? `The microphone cannot be used (${error.message}).`);
  }
}

/** A silent track: a call that is only written still needs to send sound. */
export function silence(context) {
  return context.createMediaStreamDestination().stream;
}
