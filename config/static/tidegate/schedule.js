// Where the drawing of a schedule is wider than the screen, begin at now instead of at its left edge.
(() => {
  "use strict";
  for (const drawing of document.querySelectorAll(".drawing")) {
    const now = drawing.querySelector("path.now");
    if (!now || drawing.scrollWidth <= drawing.clientWidth) continue;
    const offset = now.getBoundingClientRect().left - drawing.getBoundingClientRect().left;
    drawing.scrollLeft = offset - drawing.clientWidth / 2;
  }
})();
