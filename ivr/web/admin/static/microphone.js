// Records from the microphone into the form's file field, as a WAV file, and sends the form. Without it, files still work.
"use strict";
(function () {
  const button = document.getElementById("speak");
  const field = document.getElementById("sound");
  const state = document.getElementById("speak-state");
  const time = document.getElementById("speak-time");
  const most = 20;
  if (!button || !navigator.mediaDevices || !window.AudioWorkletNode || !window.DataTransfer) { return; }
  button.hidden = false;
  let stop = null;

  function wav(parts, rate) {
    const length = parts.reduce(function (sum, part) { return sum + part.length; }, 0);
    const view = new DataView(new ArrayBuffer(44 + 2 * length));
    function text(at, letters) { for (let i = 0; i < letters.length; i += 1) { view.setUint8(at + i, letters.charCodeAt(i)); } }
    text(0, "RIFF"); view.setUint32(4, 36 + 2 * length, true); text(8, "WAVEfmt ");
    view.setUint32(16, 16, true); view.setUint16(20, 1, true); view.setUint16(22, 1, true);
    view.setUint32(24, rate, true); view.setUint32(28, 2 * rate, true); view.setUint16(32, 2, true); view.setUint16(34, 16, true);
    text(36, "data"); view.setUint32(40, 2 * length, true);
    let at = 44;
    parts.forEach(function (part) {
      part.forEach(function (value) {
        view.setInt16(at, Math.max(-1, Math.min(1, value)) * 32767, true);
        at += 2;
      });
    });
    return new File([view.buffer], "spoken.wav", { type: "audio/wav" });
  }

  async function record() {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1 } });
    const context = new AudioContext();
    await context.audioWorklet.addModule(button.dataset.recorder);
    const node = new AudioWorkletNode(context, "recorder");
    const parts = [];
    let heard = 0;
    node.port.onmessage = function (event) {
      parts.push(event.data);
      heard += event.data.length;
      const seconds = Math.floor(heard / context.sampleRate);
      if (time.dataset.seconds !== String(seconds)) { time.dataset.seconds = seconds; time.textContent = seconds + " s"; }
    };
    context.createMediaStreamSource(stream).connect(node);
    const timer = window.setTimeout(function () { if (stop) { stop(); } }, most * 1000);
    stop = function () {
      stop = null;
      window.clearTimeout(timer);
      stream.getTracks().forEach(function (track) { track.stop(); });
      const chosen = new DataTransfer();
      chosen.items.add(wav(parts, context.sampleRate));
      context.close();
      field.files = chosen.files;
      document.getElementById("words").value = "";
      state.textContent = "Listening to it";
      document.getElementById("try").requestSubmit();
    };
    button.textContent = "Stop";
    state.textContent = "Recording, at most " + most + " seconds";
  }

  button.addEventListener("click", function () {
    if (stop) { stop(); return; }
    record().catch(function () { state.textContent = "The microphone cannot be used here."; });
  });
}());
