// Names beside their dots, as many as have room: the chosen first, then the commonest. None covers another.
const LINE = 16; // height of a name in pixels
const CELL = 64; // names are compared with those in the same cells only
const SIZE = 13; // of the letters
const ROOM = 3400; // square pixels of map for each name, when the whole is seen

// Where a name may stand: right of its dot, left, above, below; at its corners, if it is one of the chosen.
const SPOTS = [[1, 0], [-1, 0], [0, -1], [0, 1], [0.9, -1], [0.9, 1], [-0.9, -1], [-0.9, 1]];

class Labels {
  constructor(chart) {
    this.chart = chart;
    this.first = new Map(); // rows that are named before all others, the chosen word in front, with their class
    this.nodes = new Map(); // row -> its text, where it is drawn
    this.pen = document.createElement("canvas").getContext("2d");
    this.wide = new Map(); // row -> width of its name
    // A face may be fetched only now that a text in it is drawn.
    document.fonts.addEventListener("loadingdone", () => { this.wide.clear(); this.arranged = null; chart.redraw(); });
  }

  /** Name these rows before all others; a map of row -> class. */
  put(first) {
    this.first = first;
    this.arranged = null;
    this.nodes.forEach((node) => node.remove());
    this.nodes.clear();
  }

  draw() {
    const { chart } = this;
    if (this.arranged !== chart.scale) this.arrange();
    const [right, down] = chart.shift;
    for (const [row, { x, y }] of this.placed) {
      const outside = x + right < -150 || x + right > chart.width + 150
        || y + down < -LINE || y + down > chart.height + LINE;
      if (outside) { this.nodes.get(row)?.remove(); this.nodes.delete(row); continue; }
      const node = this.nodes.get(row) ?? this.write(row);
      node.setAttribute("x", x.toFixed(1));
      node.setAttribute("y", y.toFixed(1));
    }
    for (const [row, node] of this.nodes) {
      if (!this.placed.has(row)) { node.remove(); this.nodes.delete(row); }
    }
  }

  write(row) {
    const node = this.chart.add(this.chart.names, "text", { "text-anchor": "middle" }, this.chart.data.words[row]);
    const strong = this.first.get(row);
    if (strong) node.setAttribute("class", PREFIX + strong);
    this.nodes.set(row, node);
    return node;
  }

  /** Decide for this zoom, for the whole map: what is named does not change when the map is moved. */
  arrange() {
    const { chart } = this, { words, size } = chart.data, named = new Set(this.first.keys());
    this.arranged = chart.scale;
    this.placed = new Map();
    this.cells = new Map();
    let left = Math.max(12, (chart.width * chart.height * chart.seen.zoom ** 1.7) / ROOM);
    const [word, ...near] = named;
    if (word !== undefined) this.place(word, SPOTS) || this.place(word, SPOTS.slice(0, 1), true);
    for (const row of near) this.keepClear(row);
    for (const row of near) this.place(row, SPOTS);
    for (let row = 0; row < words.length && left > 0; row++) {
      if (!named.has(row) && chart.shows(row) && this.place(row, SPOTS.slice(0, 4))) left--;
    }
  }

  /** Put a name where it has room, or at the first place all the same; say whether it stands. */
  place(row, spots, always = false) {
    const { chart } = this, x = chart.x(row) * chart.scale, y = chart.y(row) * chart.scale;
    const away = 4 + chart.dot / 2, wide = this.width(row);
    const boxes = spots.map(([right, down]) => {
      const middle = x + right * (away + wide / 2), base = y + 4.5 + down * (away + 6);
      return [middle - wide / 2 - 3, base - LINE + 3, middle + wide / 2 + 3, base + 4];
    });
    const box = boxes.find((spot) => always || (this.within(spot) && !this.taken(spot)));
    if (!box) return false;
    this.take(box);
    this.placed.set(row, { x: (box[0] + box[2]) / 2, y: box[3] - 4 });
    return true;
  }

  /** Let no name cover the dot of a neighbour. */
  keepClear(row) {
    const { chart } = this, x = chart.x(row) * chart.scale, y = chart.y(row) * chart.scale, r = chart.dot / 2;
    this.take([x - r, y - r, x + r, y + r]);
  }

  take(box) {
    for (const cell of this.under(box)) {
      if (!this.cells.has(cell)) this.cells.set(cell, []);
      this.cells.get(cell).push(box);
    }
  }

  /** Whether all of a name is on the stage when the whole map is. */
  within([left, , right]) {
    const { chart } = this, middle = (chart.data.size[0] / 2) * chart.scale;
    const half = (chart.width / 2) * chart.seen.zoom;
    return left >= middle - half && right <= middle + half;
  }

  *under([left, top, right, bottom]) {
    for (let i = Math.floor(left / CELL); i <= right / CELL; i++) {
      for (let j = Math.floor(top / CELL); j <= bottom / CELL; j++) yield i * 65536 + j;
    }
  }

  taken(box) {
    for (const cell of this.under(box)) {
      for (const other of this.cells.get(cell) ?? []) {
        if (box[0] < other[2] && other[0] < box[2] && box[1] < other[3] && other[1] < box[3]) return true;
      }
    }
    return false;
  }

  width(row) {
    if (!this.wide.size) this.pen.font = `${SIZE}px ${getComputedStyle(this.chart.root).fontFamily}`;
    if (!this.wide.has(row)) this.wide.set(row, this.pen.measureText(this.chart.data.words[row]).width);
    return this.wide.get(row) * ({ word: 1.3, strong: 1.08 }[this.first.get(row)] ?? 1); // larger, bolder
  }
}
