// What every page is asked in the browser. Each function gives a list of faults in words; an empty list is a good page.
window.sekisho = (() => {
  "use strict";
  const seen = (node) => node.checkVisibility({ visibilityProperty: true }) && node.getClientRects().length > 0;
  const hidden = (node) => !!node.closest(".visually-hidden, .skip");
  const named = (node) => {
    const text = (node.innerText || node.value || node.name || "").trim().replace(/\s+/g, " ").slice(0, 40);
    return `<${node.tagName.toLowerCase()}${node.className ? "." + String(node.className).split(" ").join(".") : ""}> ${text}`;
  };
  const controls = () => Array.from(document.querySelectorAll("a[href], button, input, select, textarea, summary, iframe, [tabindex]"))
    .filter((node) => seen(node) && !node.disabled && node.type !== "hidden" && !node.matches("fieldset:disabled *"));

  /** Words, headings, and that every deed is a plain form or link. */
  const built = (language) => {
    const faults = [];
    if (document.documentElement.lang !== language) faults.push(`the page says it is in ${document.documentElement.lang}`);
    if (document.title.trim().length < 3) faults.push("no title");
    const heads = document.querySelectorAll("h1");
    if (heads.length !== 1) faults.push(`${heads.length} headings of the first level`);
    const first = document.querySelector("a[href], button, input, select, textarea");
    const target = first && first.matches(".skip") && document.querySelector(first.getAttribute("href"));
    if (!target || target.tagName !== "MAIN") faults.push("the first link does not skip to the main part");
    for (const button of document.querySelectorAll("button, input[type=submit]")) {
      const form = button.form;
      if (!form) faults.push(`does nothing without JavaScript: ${named(button)}`);
      else if (form.method === "post" && !form.querySelector("[name=csrf]") && document.querySelector(".leave")) faults.push(`no token: ${named(button)}`);
    }
    for (const form of document.forms) {
      const submit = Array.from(form.elements).some((one) => one.type === "submit");
      if (!submit) faults.push(`a form without a button: ${form.action}`);
    }
    for (const link of document.querySelectorAll("a")) {
      const to = link.getAttribute("href") || "";
      if (!to || to === "#" || /^javascript:/i.test(to)) faults.push(`leads nowhere: ${named(link)}`);
    }
    for (const node of document.querySelectorAll("*")) {
      for (const attribute of node.attributes) if (/^on/.test(attribute.name)) faults.push(`a handler in the page: ${named(node)}`);
    }
    for (const node of document.querySelectorAll("[tabindex]")) if (node.tabIndex > 0) faults.push(`its own tab order: ${named(node)}`);
    const ids = new Set();
    for (const node of document.querySelectorAll("[id]")) { if (ids.has(node.id)) faults.push(`twice the id ${node.id}`); ids.add(node.id); }
    return faults;
  };

  /** Nothing wider than the screen, nothing cut, targets large enough for a thumb. */
  const fits = (phone) => {
    const faults = [];
    const wide = document.documentElement.scrollWidth;
    if (wide > window.innerWidth) {
      const who = Array.from(document.querySelectorAll("main *, header *, footer *")).filter((node) => seen(node) && node.getBoundingClientRect().right > window.innerWidth + 1 && !node.closest(".wide"));
      faults.push(`${wide} wide on ${window.innerWidth}: ${who.slice(-2).map(named).join(", ")}`);
    }
    if (!phone) return faults;
    for (const box of document.querySelectorAll(".wide")) if (seen(box) && box.scrollWidth > box.clientWidth) faults.push(`a table is to be moved sideways: ${named(box)}`);
    for (const node of controls()) {
      if (hidden(node) || node.matches("iframe")) continue;
      const label = node.matches("input[type=checkbox], input[type=radio]") && node.closest("label");
      const box = (label || node).getBoundingClientRect();
      const inText = node.matches("a") && getComputedStyle(node).display === "inline" && node.closest("p, li, dd, td");
      if (!inText && (box.width < 24 || box.height < 24)) faults.push(`smaller than 24 px (${box.width.toFixed()}×${box.height.toFixed()}): ${named(node)}`);
      if (node.matches(".primary, .deeds button, .deeds .button") && box.height < 44) faults.push(`lower than 44 px (${box.height.toFixed()}): ${named(node)}`);
    }
    return faults;
  };

  /** Sends a form as a page of ours does; the answer comes in the place of this page. */
  const send = (action, fields) => {
    const form = document.createElement("form");
    form.method = "post";
    form.action = action;
    for (const [name, value] of JSON.parse(fields)) {
      const field = document.createElement("input");
      [field.type, field.name, field.value] = ["hidden", name, value];
      form.append(field);
    }
    window.left = true;
    document.body.append(form);
    form.submit();
  };

  /** The answer is there. */
  const arrived = () => !window.left && document.readyState === "complete";

  /** It is what was asked for; what is folded away is opened, so that it is looked at like the rest. */
  const opened = (path, status) => {
    const faults = [];
    const entry = performance.getEntriesByType("navigation")[0];
    if (String(entry.responseStatus) !== status) faults.push(`the answer was ${entry.responseStatus}`);
    if (location.pathname + location.search !== path) faults.push(`it led to ${location.pathname}`);
    for (const folded of document.querySelectorAll("details")) folded.open = true;
    return faults;
  };

  /** What the page and everything it loads weigh. */
  const weight = () => {
    const parts = performance.getEntriesByType("navigation").concat(performance.getEntriesByType("resource"));
    return parts.reduce((sum, one) => sum + one.encodedBodySize + 300, 0);
  };

  /** Remembers where the focus goes, and whether one sees it there. */
  const watch = () => {
    window.met = new Set();
    window.unseen = [];
    document.addEventListener("focusin", (event) => {
      if (window.met.has(event.target)) return;
      window.met.add(event.target);
      const style = getComputedStyle(event.target);
      const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
      if (!outlined) window.unseen.push(named(event.target));
    });
    // What a frame shows has stops of its own that cannot be counted from here.
    return controls().length + 40 * document.querySelectorAll("iframe").length;
  };

  /** What the tabulator did not reach. Of a group of radio buttons one is enough. */
  const reached = () => {
    const faults = window.unseen.map((name) => `the focus is not seen on ${name}`);
    const groups = new Set();
    for (const node of window.met) if (node.type === "radio") groups.add(`${node.form && node.form.action} ${node.name}`);
    for (const node of controls()) {
      const group = node.type === "radio" && groups.has(`${node.form && node.form.action} ${node.name}`);
      if (!window.met.has(node) && !group && node.tabIndex >= 0 && !node.matches("iframe")) faults.push(`not reached by keyboard: ${named(node)}`);
    }
    return faults;
  };

  /** axe-core: WCAG 2.0, 2.1 and 2.2, A and AA. */
  const examine = async (rules) => {
    const only = rules ? { type: "rule", values: rules } : { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] };
    const found = await axe.run(document, { runOnly: only, resultTypes: ["violations"], iframes: false });
    return found.violations.flatMap((rule) => rule.nodes.map((node) =>
      `axe ${rule.id}: ${node.target.join(" ")} ${(node.any[0] || node.all[0] || node.none[0] || { message: rule.help }).message}`));
  };

  return { send, arrived, opened, built, fits, weight, watch, reached, examine };
})();
