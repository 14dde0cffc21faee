// Keeps a progress bar up to date, and goes on when the work is done. Without it, the page has a link to look again.
"use strict";
(function () {
  const place = document.querySelector("[data-progress]");
  if (!place) { return; }
  const bar = place.querySelector("progress");
  const step = place.querySelector("[data-step]");
  async function look() {
    try {
      const answer = await fetch(place.dataset.progress, { headers: { Accept: "application/json" } });
      if (!answer.ok) { throw new Error(String(answer.status)); }
      const status = await answer.json();
      if (status.state !== "running") { window.location.reload(); return; }
      if (step.textContent !== status.step) { step.textContent = status.step; }
      if (status.total) { bar.max = status.total; bar.value = status.done; bar.textContent = status.done + " of " + status.total; }
      else { bar.removeAttribute("value"); }
    } catch (error) { step.textContent = "Waiting for the server"; }
    window.setTimeout(look, 700);
  }
  window.setTimeout(look, 300);
}());
