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
