// The chart: what part of the map is seen, and how it is drawn. World units are the stored integers.
const PREFIX = "unrolled-map-";
const CLOSEST = 40; // zoom at which four or five words fill the stage
const EDGE = 0.04; // margin around the whole map, in longer sides

const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
const between = (low, value, high) => Math.min(Math.max(value, low), high);

class Chart {
  constructor(root) {
    this.root = root;
    this.data = JSON.parse(root.querySelector("[type='application/json']").textContent);
    this.stage = this.find("stage");
    this.svg = this.stage.querySelector("svg");
    this.dots = this.find("dots");
    this.find("names").remove();
    [this.ties, this.names, this.cross] = ["ties", "names", "cross"].map((name) =>
      this.add(this.svg, name === "cross" ? "path" : "g", { class: PREFIX + name }));
    const [wide, high] = this.data.size;
    this.home = { x: wide / 2, y: high / 2, zoom: 1 };
    this.seen = { ...this.home };
    this.group = null; // the one group that is shown alone
    this.after = []; // called after each drawing
    this.labels = new Labels(this);
    this.svg.removeAttribute("viewBox");
    new ResizeObserver(() => this.measure()).observe(this.stage);
    this.measure();
  }

  find(name) { return this.root.querySelector("." + PREFIX + name); }

  add(parent, tag, attributes, text = "") {
    const made = document.createElementNS(this.svg.namespaceURI, tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.textContent = text;
    return parent.appendChild(made);
  }

  x(row) { return this.data.at[2 * row]; }
  y(row) { return this.data.at[2 * row + 1]; }
  get scale() { return this.fit * this.seen.zoom; } // pixels a world unit

  measure() {
    this.width = this.stage.clientWidth;
    this.height = this.stage.clientHeight;
    const [wide, high] = this.data.size, edge = 2 * EDGE * Math.max(wide, high);
    this.fit = Math.min(this.width / (wide + edge), this.height / (high + edge));
    const [x, y] = [this.width / 2, this.height / 2];
    this.cross.setAttribute("d", `M${x - 9} ${y}h18M${x} ${y - 9}v18`);
    this.draw();
  }

  /** Where a word stands on the stage, in pixels. */
  place(row) {
    return [
      this.width / 2 + (this.x(row) - this.seen.x) * this.scale,
      this.height / 2 + (this.y(row) - this.seen.y) * this.scale,
    ];
  }

  /** Draw at the next frame, however often this is called before it. */
  redraw() {
    this.waiting ??= requestAnimationFrame(() => { this.waiting = null; this.draw(); });
  }

  draw() {
    if (!this.width) return; // not on the page yet, or folded away
    const { seen, scale } = this, [wide, high] = this.data.size;
    seen.x = between(0, seen.x, wide);
    seen.y = between(0, seen.y, high);
    this.shift = [this.width / 2 - seen.x * scale, this.height / 2 - seen.y * scale];
    const moved = `translate(${this.shift.map((v) => v.toFixed(2)).join(" ")})`;
    this.dot = between(2.8, Math.min(this.width, this.height) / 130, 4) + 1.3 * Math.log2(seen.zoom);
    this.dots.setAttribute("transform", `${moved} scale(${scale})`);
    this.dots.setAttribute("stroke-width", this.dot / scale);
    this.names.setAttribute("transform", moved);
    this.ties.setAttribute("transform", moved);
    this.labels.draw();
    for (const call of this.after) call();
  }

  /** Look elsewhere: at once, or on a way that takes half a second. */
  go(target, slowly = true) {
    cancelAnimationFrame(this.flight);
    const from = { ...this.seen }, to = { ...from, ...target };
    to.zoom = between(1, to.zoom, CLOSEST);
    this.goal = to;
    if (!slowly || calm()) { this.goal = null; this.seen = to; this.draw(); return; }
    const began = performance.now(), ratio = to.zoom / from.zoom;
    const step = (now) => {
      const part = between(0, (now - began) / 500, 1), t = part * part * (3 - 2 * part);
      const zoom = from.zoom * ratio ** t;
      // The point that both views have at one place stays there on the way.
      const u = Math.abs(ratio - 1) < 0.01 ? t : (1 - from.zoom / zoom) / (1 - 1 / ratio);
      this.seen = { zoom, x: from.x + u * (to.x - from.x), y: from.y + u * (to.y - from.y) };
      this.draw();
      if (part < 1) this.flight = requestAnimationFrame(step); else this.goal = null;
    };
    this.flight = requestAnimationFrame(step);
  }

  /** Go on from where a way under way would have ended, by parts of what is seen there. */
  step(right, down) {
    const { x, y, zoom } = this.goal ?? this.seen;
    const part = (0.25 * Math.min(this.width, this.height)) / (this.fit * zoom);
    this.go({ x: x + right * part, y: y + down * part, zoom });
  }

  halt() {
    cancelAnimationFrame(this.flight);
    this.goal = null;
  }

  /** Move what is seen by pixels. */
  move(right, down) {
    this.halt();
    this.seen.x -= right / this.scale;
    this.seen.y -= down / this.scale;
    this.redraw();
  }

  /** Zoom about a point of the stage, which stays where it is. */
  zoom(factor, x = this.width / 2, y = this.height / 2, slowly = false) {
    const from = (slowly && this.goal) || this.seen, zoom = between(1, from.zoom * factor, CLOSEST);
    const kept = (1 / from.zoom - 1 / zoom) / this.fit;
    const to = { zoom, x: from.x + (x - this.width / 2) * kept, y: from.y + (y - this.height / 2) * kept };
    if (slowly) { this.go(to); return; }
    this.halt();
    this.seen = to;
    this.redraw();
  }

  shows(row) { return this.group === null || this.data.colours[row] === this.group; }

  /** The rows nearest to a point of the stage, the nearest first. */
  around(x, y, count, reach = Infinity) {
    const found = [];
    this.data.words.forEach((word, row) => {
      const [right, down] = this.place(row), far = Math.hypot(right - x, down - y);
      if (far <= reach && this.shows(row)) found.push([far, row]);
    });
    return found.sort((a, b) => a[0] - b[0]).slice(0, count).map(([far, row]) => row);
  }

  /** The k rows that stand nearest to a word on the map. */
  beside(row, k) {
    const far = (other) => (this.x(other) - this.x(row)) ** 2 + (this.y(other) - this.y(row)) ** 2;
    const others = [...this.data.words.keys()].filter((other) => other !== row);
    return others.sort((a, b) => far(a) - far(b)).slice(0, k);
  }
}
