// Runs beside the sound: hands the microphone's samples to the page.
"use strict";
registerProcessor("recorder", class extends AudioWorkletProcessor {
  process(inputs) {
    const samples = inputs[0] && inputs[0][0];
    if (samples) { this.port.postMessage(samples.slice()); }
    return true;
  }
});
