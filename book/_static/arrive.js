// A long page answers before all of it is set: arrive.css lets what is far from the window wait. Once the page
// has been loaded, the pieces that wait are set, a few at a time, whenever there is nothing else to do or half a
// second has passed: soon the whole page stands, as long as it is, with nothing left to jump when it is scrolled,
// searched or linked to.
"use strict";
(() => {
  const PIECES = "article section :is(section, section > dl.py, .pst-scrollable-table-container)";
  const ELEMENTS = 400; // that are set at once: some ten milliseconds' work
  const whenIdle = (step) => {
    if (self.requestIdleCallback) requestIdleCallback(step, { timeout: 500 });
    else setTimeout(step);
  };
  addEventListener("load", () => {
    const waiting = [...document.querySelectorAll(PIECES)].reverse();
    const next = () => {
      for (let elements = 0; waiting.length && elements < ELEMENTS; ) {
        const piece = waiting.pop();
        piece.classList.add("arrived");
        elements += piece.getElementsByTagName("*").length;
      }
      if (waiting.length) requestAnimationFrame(() => whenIdle(next));
    };
    whenIdle(next);
  });
})();
