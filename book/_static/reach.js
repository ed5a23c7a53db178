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
  addEventListener("load", update);
  addEventListener("resize", update);
})();
