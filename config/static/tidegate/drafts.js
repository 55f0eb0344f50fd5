// Drafts: nobody loses what they typed. A form marked data-keeps-draft asks before the page is left with
// words in it that the server has not seen; a draft saved in the background clears the question.
(() => {
  "use strict";
  const unsaved = new Set();
  const kept = (target) => target instanceof Element && target.closest("form[data-keeps-draft]");

  document.addEventListener("input", (event) => {
    const form = kept(event.target);
    if (form) unsaved.add(form);
  });

  document.addEventListener("submit", (event) => unsaved.delete(event.target));

  document.addEventListener("draft-saved", () => unsaved.clear());

  window.addEventListener("beforeunload", (event) => {
    if (unsaved.size > 0) event.preventDefault();
  });
})();
