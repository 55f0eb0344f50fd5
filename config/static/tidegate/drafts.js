// Drafts: nobody loses what they typed. A form marked data-keeps-draft="name" keeps what is typed in this
// browser until the server has it: on leaving, on a lost connection, on a session that ended. The draft is
// forgotten once the form was sent and another page came back, or when its reader signs out.
(() => {
  "use strict";
  const PREFIX = "tidegate-draft:";
  const SENT = "tidegate-sent";
  const OWN = new Set(["csrfmiddlewaretoken", "advice"]);
  const WAIT_MS = 300;

  const storage = (kind) => {
    try {
      return window[kind];
    } catch {
      return null; // Blocked by the browser: the form works, only without a draft.
    }
  };
  const local = storage("localStorage");
  const session = storage("sessionStorage");

  const keyOf = (form) => `${PREFIX}${form.dataset.reader}:${form.dataset.keepsDraft}`;

  const typed = (form) =>
    Object.fromEntries([...new FormData(form)].filter(([name]) => !OWN.has(name)));

  const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

  const fill = (form, values) => {
    for (const [name, value] of Object.entries(values)) {
      const field = form.elements.namedItem(name);
      if (field && "value" in field) field.value = value;
    }
    form.dispatchEvent(new Event("input", { bubbles: true }));
  };

  const forget = (key) => local?.removeItem(key);

  const offer = (form, draft, shown) => {
    const notice = document.createElement("p");
    const button = document.createElement("button");
    notice.className = "notice draft";
    notice.dataset.tone = "wait";
    notice.setAttribute("role", "status");
    const when = new Date(draft.at).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
    notice.append(`What you typed ${when} and did not save stands below. `, button);
    button.type = "button";
    button.className = "plain";
    button.textContent = "Discard it";
    button.addEventListener("click", () => {
      forget(keyOf(form));
      fill(form, shown);
      form.dataset.unsaved = "";
      notice.remove();
    });
    form.before(notice);
  };

  const keep = (form) => {
    const key = keyOf(form);
    const shown = typed(form);
    const draft = JSON.parse(local?.getItem(key) ?? "null");
    const back = "cameBack" in form.dataset; // It was sent to be looked at, and has what was typed.
    const fresh = !back && !document.querySelector("[role=alert]"); // Errors came back with it too.
    if (back) {
      local?.setItem(key, JSON.stringify({ at: Date.now(), values: shown }));
      form.dataset.unsaved = "yes";
    }
    if (fresh && draft && !same(draft.values, shown)) {
      fill(form, draft.values);
      form.dataset.unsaved = "yes";
      offer(form, draft, shown);
    }
    let timer;
    form.addEventListener("input", (event) => {
      if (event.target === form) return;
      form.dataset.unsaved = "yes";
      clearTimeout(timer);
      timer = setTimeout(() => {
        local?.setItem(key, JSON.stringify({ at: Date.now(), values: typed(form) }));
      }, WAIT_MS);
    });
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) return event.preventDefault(); // A second click files no second change.
      form.dataset.sent = "yes";
      clearTimeout(timer);
      local?.setItem(key, JSON.stringify({ at: Date.now(), values: typed(form) }));
      session?.setItem(SENT, key);
      form.dataset.unsaved = "";
    });
  };

  const forms = [...document.querySelectorAll("form[data-keeps-draft]")];
  const sent = session?.getItem(SENT);
  if (sent) {
    session.removeItem(SENT);
    const signedIn = document.querySelector("form[action$='/sign-out']");
    if (signedIn && !forms.some((form) => keyOf(form) === sent)) forget(sent);
  }
  forms.forEach(keep);

  document.addEventListener("submit", (event) => {
    if (!event.target.action?.endsWith("/sign-out")) return;
    for (const key of Object.keys(local ?? {})) if (key.startsWith(PREFIX)) forget(key);
    forms.forEach((form) => (form.dataset.unsaved = ""));
  });

  window.addEventListener("pageshow", () => forms.forEach((form) => delete form.dataset.sent));

  window.addEventListener("beforeunload", (event) => {
    if (forms.some((form) => form.dataset.unsaved === "yes")) event.preventDefault();
  });
})();
