// Ticks the clocks of what is talked about; without it they say what they said when the page came.
"use strict";
const begun = Date.now();
const clocks = [...document.querySelectorAll("[data-seconds]")];
function tick() {
  for (const clock of clocks) {
    const seconds = Number(clock.dataset.seconds) + Math.floor((Date.now() - begun) / 1000);
    clock.textContent = `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, "0")} s`;
  }
}
if (clocks.length) setInterval(tick, 1000);
