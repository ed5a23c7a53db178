// The word that is chosen: its name, its neighbours in the space, and what the map has made of them.
class Chosen {
  constructor(chart) {
    this.chart = chart;
    this.row = null;
    this.near = [];
    this.apart = new Set(); // neighbours in the space that are none on the map
    chart.after.push(() => this.draw());
  }

  /** Choose a word; `go` moves the map so that it stands in the middle. */
  take(row, { go = false, slowly = true, say = true } = {}) {
    const { data } = this.chart;
    this.row = row;
    this.near = data.near.slice(row * data.k, (row + 1) * data.k);
    const beside = new Set(this.chart.beside(row, data.k));
    this.apart = new Set(this.near.filter((other) => !beside.has(other)));
    this.chart.labels.put(new Map([[row, "word"], ...this.near.map((other) => [other, "strong"])]));
    this.build();
    this.tell(say);
    if (go) this.chart.go({ x: this.chart.x(row), y: this.chart.y(row), zoom: this.close(row) }, slowly);
    else this.chart.redraw();
  }

  clear() {
    this.row = null;
    this.near = [];
    this.chart.labels.put(new Map());
    this.build();
    this.say([]);
    this.list([]);
    this.kept("");
    this.chart.redraw();
  }

  /** So near that the middle one of its neighbours is well inside the stage; no further off than now. */
  close(row) {
    const { chart } = this;
    const far = this.near.map((other) => Math.hypot(chart.x(other) - chart.x(row), chart.y(other) - chart.y(row)));
    const middle = far.sort((a, b) => a - b)[far.length >> 1] ?? 0;
    const half = Math.min(chart.width, chart.height) / 2;
    const wanted = (0.6 * half) / Math.max(middle * chart.fit, 1);
    return Math.max(chart.seen.zoom, between(2, wanted, 9));
  }

  /** Lines to the neighbours, their dots over all others, a ring around the word. */
  build() {
    const { chart } = this, { colours } = chart.data;
    chart.ties.replaceChildren();
    chart.dots.classList.toggle(PREFIX + "behind", this.row !== null);
    if (this.row === null) return;
    for (const other of this.near) {
      chart.add(chart.ties, "line", this.apart.has(other) ? { class: PREFIX + "apart" } : {});
    }
    for (const row of [...this.near, this.row]) {
      chart.add(chart.ties, "path", { class: PREFIX + colours[row] });
    }
    chart.add(chart.ties, "circle", {});
  }

  draw() {
    const { chart } = this;
    if (this.row === null) return;
    const at = (row) => [chart.x(row) * chart.scale, chart.y(row) * chart.scale].map((v) => v.toFixed(1));
    const [x, y] = at(this.row), parts = [...chart.ties.children];
    this.near.forEach((other, i) => {
      const [right, down] = at(other);
      for (const [name, value] of Object.entries({ x1: x, y1: y, x2: right, y2: down })) {
        parts[i].setAttribute(name, value);
      }
    });
    [...this.near, this.row].forEach((row, i) => {
      const dot = parts[this.near.length + i];
      dot.setAttribute("d", `M${at(row).join(" ")}h0`);
      dot.setAttribute("stroke-width", chart.dot + 2);
    });
    const ring = parts.at(-1);
    for (const [name, value] of Object.entries({ cx: x, cy: y, r: chart.dot / 2 + 4 })) ring.setAttribute(name, value);
  }

  tell(aloud) {
    const { words, titles, colours, space, k } = this.chart.data, group = titles[colours[this.row] - 1];
    const word = document.createElement("b"), heard = document.createElement("span");
    word.textContent = words[this.row];
    const told = (group ? ` (${group}).` : ".") + (k ? ` Nearest to it in ${space}:` : "");
    heard.textContent = this.near.map((row) => words[row]).join(", ");
    this.say([word, told, heard], aloud);
    this.list(this.near);
    this.kept(k ? this.share(k) : "");
  }

  share(k) {
    const lost = this.apart.size;
    if (!lost) return `The map keeps them all: they are the ${k} nearest to it here too.`;
    const dashed = "The others (dashed) it has set apart.";
    if (lost === k) return `The map has set them all apart (dashed): the ${k} nearest to it here are others.`;
    return `The map keeps ${k - lost} of the ${k} among the ${k} nearest to it here. ${dashed}`;
  }

  /** Put a text where everybody reads it and a screen reader says it. */
  say(parts, aloud = true) {
    const told = this.chart.find("told");
    told.setAttribute("aria-live", aloud ? "polite" : "off");
    told.replaceChildren(...parts);
  }

  kept(text) {
    const kept = this.chart.find("kept");
    kept.textContent = text;
    kept.hidden = !text;
  }

  /** Offer these words as buttons. */
  list(rows) {
    const list = this.chart.find("near"), { words } = this.chart.data;
    list.hidden = !rows.length;
    list.replaceChildren(...rows.map((row) => {
      const item = document.createElement("li"), button = document.createElement("button");
      button.type = "button";
      button.textContent = words[row];
      if (this.apart.has(row) && this.near.includes(row)) button.className = PREFIX + "apart";
      button.addEventListener("click", () => {
        this.take(row, { go: true });
        this.chart.find("near").querySelector("button")?.focus({ preventScroll: true });
      });
      item.append(button);
      return item;
    }));
  }
}
