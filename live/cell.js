// One cell of the page: its editor, its buttons, what it put out, and what was stored.
import { makeEditor } from "./editor.js";
import { Outputs } from "./outputs.js";

// What is hidden loses the focus; what stands in its place gets it.
function swap(hidden, shown) {
  const focused = document.activeElement === hidden;
  shown.hidden = false;
  hidden.hidden = true;
  if (focused) shown.focus({ preventScroll: true });
}

const LOCAL = "<code>make lab</code> on your computer runs all of it.";

function button(text, label, press) {
  const made = Object.assign(document.createElement("button"), { type: "button", textContent: text });
  made.setAttribute("aria-label", label);
  if (text === "Run") made.title = "Shift-Enter";
  made.addEventListener("click", press);
  return made;
}

export class Cell {
  constructor(node, number, kernel) {
    this.node = node;
    this.number = number;
    this.input = node.querySelector(".cell_input");
    this.stored = node.querySelector(":scope > .cell_output, :scope > details > .cell_output");
    this.original = this.input.querySelector("pre").textContent.replace(/\n$/, "");
    const name = `cell ${number + 1}`;
    this.title = `Cell ${number + 1}`;
    this.editor = makeEditor(this.original, `Code of ${name}`, {
      run: () => kernel.run(this),
      changed: () => this.note(),
    });
    this.box = document.createElement("div");
    this.box.className = "live-output";
    this.outputs = new Outputs(this.box, (figure) => this.described(figure));
    this.bar = document.createElement("div");
    this.bar.className = "live-tools";
    this.runButton = button("Run", `Run ${name}`, () => kernel.run(this));
    this.stopButton = button("Stop", `Stop ${name}`, () => kernel.stop());
    this.resetButton = button("Reset", `Reset ${name}`, () => this.reset());
    this.stopButton.hidden = true;
    this.status = document.createElement("span");
    this.status.className = "live-status";
    this.bar.append(this.runButton, this.stopButton, this.resetButton, this.status);
    this.left = document.createElement("p");
    this.left.className = "live-left";
    this.left.hidden = true;
    this.input.hidden = true;
    this.input.after(this.editor.dom);
    // Folded code keeps its editor inside; its buttons and what it puts out stand below.
    (this.input.closest("details") ?? this.editor.dom).after(this.bar, this.left, this.box);
    this.note();
    const needs = node.dataset.live;
    if (needs) this.tellLeftOut("none", [], [needs]);
  }

  source() {
    return this.editor.source();
  }

  note() {
    const asStored = !this.changed() && !this.shown;
    if (asStored && document.activeElement === this.resetButton) this.runButton.focus();
    this.resetButton.disabled = asStored;
  }

  changed() {
    return this.editor && this.source() !== this.original;
  }

  waits() {
    this.says("waits");
    swap(this.runButton, this.stopButton);
  }

  begins() {
    this.outputs.clear();
    this.left.hidden = true;
    this.shown = true;
    this.stored?.classList.add("live-old");
    this.waits();
    this.says("runs …");
    this.began = performance.now();
  }

  ends({ ok, how, left_out: lines, needs }) {
    const seconds = (performance.now() - this.began) / 1000;
    this.rests(how === "none" ? "" : ok ? `done in ${seconds.toFixed(1)} s` : "ended with an error");
    this.node.dataset.ran = ok ? how : "error";
    this.outputs.settle();
    if (lines.length) this.tellLeftOut(how, lines, needs);
  }

  rests(text) {
    this.says(text);
    swap(this.stopButton, this.runButton);
    this.note();
  }

  // In words what became of it: for those who do not see it.
  told() {
    const said = this.status.textContent || this.left.textContent;
    return `${this.title}: ${[said, this.outputs.gist()].filter(Boolean).join(". ")}`;
  }

  // What the figure of a number shows: the chapter says it of the figures that its own code draws.
  described(figure) {
    const stored = this.stored?.querySelectorAll("img:not(.unrolled-explorer img)")[figure];
    return (!this.changed() && stored?.alt) || "Figure that the changed code has drawn";
  }

  says(text) {
    this.status.textContent = text;
  }

  // What was left out, and where all of it runs; with nothing to show, what was stored comes back.
  tellLeftOut(how, lines, needs) {
    const empty = !this.box.hasChildNodes() && this.stored;
    if (how === "none" || empty) this.bringBack();
    const single = lines.length === 1 && lines[0][0] === lines[0][1];
    const spans = lines.map(([first, last]) => (first === last ? `${first}` : `${first}–${last}`));
    const what = `needs ${needs.join(" and ")}, which a page has not`;
    const below = this.shown ? "" : " What stands below is what was stored.";
    const said =
      how === "none"
        ? `This cell ${what}.`
        : `${single ? "Line" : "Lines"} ${spans.join(", ")} left out: ${single ? "it" : "they"} ${single ? what : what.slice(0, 4) + what.slice(5)}.`;
    this.left.innerHTML = `${said}${below} ${LOCAL}`;
    this.left.hidden = false;
  }

  fails(message) {
    this.begins();
    this.outputs.add("error", `${message}\n`);
    this.rests("");
    this.node.dataset.ran = "error";
  }

  bringBack() {
    this.outputs.clear();
    this.stored?.classList.remove("live-old");
    this.shown = false;
    this.note();
  }

  reset() {
    this.editor.replace(this.original);
    this.left.hidden = true;
    this.says("");
    delete this.node.dataset.ran;
    this.bringBack();
  }
}
