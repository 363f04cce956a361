// What lists do more with JavaScript. For staff: "/" goes to the search field, rows go by arrow keys, and the list of
// decisions stays fresh while nobody is reading in it. For subscribers keys count only while the focus is on a row, so
// that arrows scroll as ever and nobody's speech is taken for a command (WCAG 2.1.4): arrows go on, "x" chooses.
(() => {
  "use strict";
  const field = document.querySelector("[data-find]");
  const staff = document.body.classList.contains("staff");
  const rows = () => Array.from(document.querySelectorAll("[data-rows] a[data-row]")).filter((row) => row.getClientRects().length > 0);
  document.addEventListener("keydown", (event) => {
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
    if (event.key === "/" && !typing && field) {
      event.preventDefault();
      field.focus();
      field.select();
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && (!typing || event.target === field)) {
      const all = rows();
      if (all.length === 0) return;
      const at = all.indexOf(document.activeElement);
      if (!staff && at < 0) return;
      const next = event.key === "ArrowDown" ? Math.min(at + 1, all.length - 1) : Math.max(at - 1, 0);
      event.preventDefault();
      all[next].focus();
    } else if (event.key === "x" && !event.ctrlKey && !event.metaKey && event.target.matches("a[data-row]")) {
      const box = event.target.closest("li")?.querySelector("input[type=checkbox]");
      if (box) box.click();
    }
  });
  const live = document.querySelector("[data-live]");
  if (!live) return;
  setInterval(async () => {
    if (document.hidden || live.contains(document.activeElement) || String(getSelection())) return;
    try {
      const answer = await fetch(location.href, { credentials: "same-origin" });
      if (!answer.ok || answer.redirected) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector("[data-live]");
      if (fresh) live.replaceChildren(...fresh.childNodes);
    } catch { /* the next round tries again */ }
  }, 5000);
})();
