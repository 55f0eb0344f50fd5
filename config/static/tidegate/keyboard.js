// The keyboard: "/" searches, "n" starts a change, "g" and a letter goes to a place, "?" shows the list.
// Every key only follows a link, presses a button or focuses a field that is on the page anyway.
(() => {
  "use strict";
  const PATIENCE_MS = 1200;
  let prefixedAt = 0;

  const isTyping = (target) =>
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

  const follow = (keys) => {
    const found = document.querySelector(`[data-keys="${CSS.escape(keys)}"]`);
    if (found?.matches("input, textarea")) found.focus();
    else found?.click();
    if (found?.matches("summary")) found.parentElement.querySelector("textarea, input:not([type=hidden])")?.focus();
    return Boolean(found);
  };

  const press = (key) => {
    if (Date.now() - prefixedAt < PATIENCE_MS) {
      prefixedAt = 0;
      return follow(`g ${key}`);
    }
    if (key === "g") {
      prefixedAt = Date.now();
      return true;
    }
    if (key === "/") {
      document.getElementById("search")?.focus();
      return true;
    }
    if (key === "?") {
      document.getElementById("shortcuts")?.togglePopover();
      return true;
    }
    return follow(key);
  };

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && event.target.id === "search") event.target.blur();
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || isTyping(event.target)) return;
    if (press(event.key)) event.preventDefault();
  });
})();
