// What the keyboard and a screen reader need to be told.
"use strict";
(() => {
  // What is wider or higher than its box scrolls within it, and while it does, the keyboard can reach it. A box is
  // measured when it has been laid out, when its size changes, and when something in it has been replaced; and all
  // are measured before one is changed: otherwise the page would be laid out anew for each. (The theme does this
  // for all boxes of a page at once, when it is loaded: tools/theme.py takes that out.)
  const BOXES = "pre, .cell_output > .output, .pst-scrollable-table-container, .formula, .unrolled-explorer-stage";
  const scrolls = (box) =>
    box.scrollWidth > box.clientWidth + 1 ||
    (box.scrollHeight > box.clientHeight + 1 && !box.matches(".formula, .unrolled-explorer-stage"));
  const sizes = new ResizeObserver((entries) => {
    const boxes = entries.map((entry) => entry.target);
    const found = boxes.map(scrolls);
    boxes.forEach((box, i) => {
      if (found[i] === (box.tabIndex === 0)) return;
      if (found[i]) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    });
  });
  const measure = (box) => {
    sizes.unobserve(box);
    sizes.observe(box);
  };
  const changed = (changes) => {
    const boxes = new Set();
    for (const { target } of changes) {
      const around = target.closest(BOXES);
      if (around) boxes.add(around);
      for (const box of target.querySelectorAll(BOXES)) boxes.add(box);
    }
    boxes.forEach(measure);
  };
  addEventListener("DOMContentLoaded", () => {
    const article = document.querySelector("#main-content");
    if (!article) return;
    article.querySelectorAll(BOXES).forEach(measure);
    new MutationObserver(changed).observe(article, { childList: true, subtree: true });
  });
  // The button that changes the colours says which the page has.
  const COLOURS = { light: "light", dark: "dark", auto: "as the system has them" };
  const name = () => {
    for (const button of document.querySelectorAll(".theme-switch-button")) {
      button.setAttribute("aria-label", `Colours: ${COLOURS[document.documentElement.dataset.mode]}`);
    }
  };
  new MutationObserver(name).observe(document.documentElement, { attributeFilter: ["data-mode"] });
  addEventListener("DOMContentLoaded", name);
  // How many pages a search has found is said as well as shown.
  const listen = (_, observer) => {
    const summary = document.querySelector("#search-results .search-summary");
    if (!summary) return;
    summary.setAttribute("role", "status");
    observer.disconnect();
  };
  if (location.pathname.endsWith("/search.html")) {
    new MutationObserver(listen).observe(document, { childList: true, subtree: true });
  }
})();
