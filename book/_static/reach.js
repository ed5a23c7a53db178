// What the keyboard and a screen reader need to be told.
// A wide formula scrolls within itself. While it does, the keyboard can reach it.
"use strict";
(() => {
  const update = () => {
    for (const box of document.querySelectorAll(".formula, .unrolled-explorer-stage")) {
      if (box.scrollWidth > box.clientWidth + 1) {
        box.tabIndex = 0;
      } else {
        box.removeAttribute("tabindex");
      }
    }
  };
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
  addEventListener("load", update);
  addEventListener("resize", update);
})();
