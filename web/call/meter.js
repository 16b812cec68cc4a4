// Shows how loud both sides are.

const FLOOR_DB = -60;

/** Follows the loudness of `stream` and draws it as the width of `bar`, until it is stopped. */
export function follow(context, stream, bar) {
  const source = context.createMediaStreamSource(stream);
  const analyser = context.createAnalyser();
  analyser.fftSize = 1024;
  source.connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  let frame = requestAnimationFrame(draw);
  let shown = 0;

  function draw() {
    analyser.getFloatTimeDomainData(samples);
    let power = 0;
    for (const sample of samples) power += sample * sample;
    const db = 10 * Math.log10(power / samples.length + 1e-12);
    const level = Math.min(1, Math.max(0, 1 - db / FLOOR_DB));
    shown = Math.max(level, shown * 0.9); // falls slower than it rises, as people expect
    bar.style.transform = `scaleX(${shown.toFixed(3)})`;
    frame = requestAnimationFrame(draw);
  }

  return function stop() {
    cancelAnimationFrame(frame);
    source.disconnect();
    bar.style.transform = "scaleX(0)";
  };
}
