// Renews a part of the page every few seconds, without a reload. Without it, the whole page is loaded again now and then.
"use strict";
(function () {
  const place = document.querySelector("[data-renew]");
  if (!place) { return; }
  async function renew() {
    try {
      const answer = await fetch(place.dataset.renew, { redirect: "error" });
      if (answer.ok && !document.hidden) { place.innerHTML = await answer.text(); }
      place.classList.toggle("stale", !answer.ok);
    } catch (error) { place.classList.add("stale"); }
    window.setTimeout(renew, 5000);
  }
  window.setTimeout(renew, 5000);
}());
