// Makes the cells of a page live; book/_static/live.js brings this in when a reader asks for it.
import { Cell } from "./cell.js";
import { KEYS } from "./editor.js";
import { Kernel } from "./kernel.js";

// Called once, with the nodes of the cells and the bar that stands above the chapter.
export function makeLive(nodes, bar) {
  const status = bar.querySelector(".live-status");
  const cells = [];
  const report = (text) => {
    status.textContent = text;
  };
  const kernel = { run: (cell) => real.run(cell), stop: () => real.stop() };
  nodes.forEach((node, number) => cells.push(new Cell(node, number, kernel)));
  const real = new Kernel(cells, report);
  const keys = Object.assign(document.createElement("span"), { id: KEYS, className: "live-keys" });
  keys.textContent = "Shift-Enter runs a cell, Tab leaves it, Ctrl-] and Ctrl-[ indent.";
  status.after(keys);
  const tool = (text, press) => {
    const made = Object.assign(document.createElement("button"), { type: "button", textContent: text });
    made.addEventListener("click", press);
    status.before(made);
    return made;
  };
  const all = tool("Run all cells", () => real.runAll());
  tool("Stop", () => real.stop());
  tool("Reset", () => {
    real.stop();
    for (const cell of cells) cell.reset();
    report("Everything is as it was stored.");
  });
  if (document.activeElement === document.body) all.focus({ preventScroll: true }); // the button pressed is gone
  return { cells, kernel: real };
}
