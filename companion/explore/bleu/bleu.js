// BLEU of one sentence, by the formulas of companion/metrics: tokens are cut at white space.
const ORDERS = 4;
const VALUE = { floor: 0.1, "add-k": 1 };

const tokens = (text) => text.split(/\s+/).filter(Boolean);
const grams = (words, n) => words.slice(n - 1).map((_, i) => words.slice(i, i + n).join(" "));
const tally = (list) => list.reduce((counts, each) => counts.set(each, (counts.get(each) ?? 0) + 1), new Map());

/** Every n-gram of the translation: how often it stands there, and in the reference that has most of it. */
function counted(text, references, n) {
  const most = new Map();
  for (const reference of references) {
    for (const [gram, count] of tally(grams(reference, n))) most.set(gram, Math.max(count, most.get(gram) ?? 0));
  }
  return [...tally(grams(text, n))].map(([gram, count]) => {
    const there = most.get(gram) ?? 0;
    return { gram, count, most: there, clipped: Math.min(count, there) };
  });
}

const sum = (list) => list.reduce((a, b) => a + b, 0);

/** The reference length: the nearest one, of two as near the shorter. */
const nearest = (c, lengths) => lengths.reduce((best, length) => {
  const closer = Math.abs(length - c) - Math.abs(best - c);
  return closer < 0 || (closer === 0 && length < best) ? length : best;
});

function precisions(correct, total, smoothing) {
  if (!sum(correct)) return correct.map(() => 0);
  let share = 1;
  return correct.map((matches, n) => {
    if (smoothing === "add-k" && n > 0) return (matches + VALUE[smoothing]) / (total[n] + VALUE[smoothing]);
    if (!total[n]) return 0;
    if (matches) return matches / total[n];
    if (smoothing === "exp") return (share /= 2) / total[n];
    return smoothing === "floor" ? VALUE[smoothing] / total[n] : 0;
  });
}

function bleu(text, references, smoothing) {
  const tables = Array.from({ length: ORDERS }, (_, n) => counted(text, references, n + 1));
  const correct = tables.map((table) => sum(table.map((row) => row.clipped)));
  const total = tables.map((table) => sum(table.map((row) => row.count)));
  const c = text.length, r = nearest(c, references.map((reference) => reference.length));
  const penalty = c >= r ? 1 : c ? Math.exp(1 - r / c) : 0;
  const p = precisions(correct, total, smoothing);
  const orders = smoothing === "add-k" ? ORDERS : Math.max(1, total.filter(Boolean).length);
  const used = p.slice(0, orders);
  const mean = used.every(Boolean) ? Math.exp(sum(used.map(Math.log)) / orders) : 0;
  return { tables, correct, total, p, c, r, penalty, score: 100 * penalty * mean };
}

const cells = (tag, texts) => {
  const row = document.createElement("tr");
  row.append(...texts.map((text, i) => {
    const cell = document.createElement(i ? "td" : tag);
    if (!i) cell.setAttribute("scope", "row");
    cell.textContent = text;
    return cell;
  }));
  return row;
};

function start(root) {
  const find = (name) => root.querySelector(`.unrolled-bleu-${name}`);
  const [text, references] = root.querySelectorAll("textarea"), lower = root.querySelector("[type=checkbox]");
  const show = () => {
    const plain = (line) => tokens(lower.checked ? line.toLowerCase() : line);
    const right = references.value.split("\n").map(plain).filter((line) => line.length);
    const out = find("score");
    for (const name of ["orders", "counts"]) find(name).hidden = !right.length;
    if (!right.length) { out.textContent = "There is no reference to compare with."; return; }
    const made = bleu(plain(text.value), right, root.querySelector("select").value);
    out.textContent = `BLEU ${made.score.toFixed(2)}: c = ${made.c}, r = ${made.r}, `
      + `brevity penalty ${made.penalty.toFixed(4)}`;
    find("orders").tBodies[0].replaceChildren(...made.p.map((p, n) =>
      cells("th", [n + 1, made.correct[n], made.total[n], p.toFixed(4)])));
    const n = Number(root.querySelector("[type=radio]:checked").value);
    find("counts").tBodies[0].replaceChildren(...made.tables[n - 1].map((row) =>
      cells("th", [row.gram, row.count, row.most, row.clipped])));
  };
  root.dataset.ready = "";
  window.unrolledBleu = (window.unrolledBleu ?? 0) + 1;
  for (const choice of root.querySelectorAll("[type=radio]")) choice.name += window.unrolledBleu; // a group of its own
  find("note").remove();
  // Or JupyterLab takes a key for one of its shortcuts.
  root.addEventListener("focusin", ({ target }) => target.setAttribute("data-lm-suppress-shortcuts", "true"));
  for (const field of root.querySelectorAll("textarea, select, input")) {
    field.disabled = false;
    field.addEventListener("input", show);
  }
  show();
}

document.querySelectorAll(".unrolled-bleu:not([data-ready])").forEach(start);
