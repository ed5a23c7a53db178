// The search box: a text field with suggestions, by the pattern of the ARIA combobox.
const OFFERED = 8;

function search(chart, chosen, id) {
  const { words } = chart.data, plain = words.map((word) => word.toLowerCase());
  const box = chart.find("search"), input = box.querySelector("input"), list = box.querySelector("ul");
  let offered = [], active = -1;
  list.id = `${id}-list`;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Words that begin so");
  for (const [name, value] of Object.entries({
    role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id,
  })) input.setAttribute(name, value);

  const beginning = (text, count) => {
    const found = [];
    for (let row = 0; row < words.length && found.length < count; row++) {
      if (plain[row].startsWith(text)) found.push(row);
    }
    return found;
  };
  const exactly = (text) => {
    const as = words.indexOf(text);
    return as >= 0 ? as : plain.indexOf(text.toLowerCase());
  };

  const show = (rows) => {
    offered = rows;
    list.replaceChildren(...rows.map((row, i) => {
      const item = document.createElement("li");
      item.id = `${id}-${i}`;
      item.setAttribute("role", "option");
      item.textContent = words[row];
      item.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the focus
      item.addEventListener("click", () => find(row));
      return item;
    }));
    list.hidden = !rows.length;
    input.setAttribute("aria-expanded", String(rows.length > 0));
    mark(-1);
  };
  const mark = (to) => {
    active = to;
    [...list.children].forEach((item, i) => item.setAttribute("aria-selected", String(i === to)));
    if (to < 0) input.removeAttribute("aria-activedescendant");
    else input.setAttribute("aria-activedescendant", `${id}-${to}`);
  };
  const find = (row) => {
    input.value = words[row];
    show([]);
    if (navigator.maxTouchPoints) input.blur(); // the keyboard on the screen gives way to the map
    chosen.take(row, { go: true });
  };

  /** Say that a word is not there, and offer those that share its longest beginning. */
  const miss = (text) => {
    chosen.clear();
    let start = text.toLowerCase(), alike = [];
    while (start && !(alike = beginning(start, 5)).length) start = [...start].slice(0, -1).join("");
    const told = `“${text}” is not among the ${words.length.toLocaleString("en")} words of this map.`;
    chosen.say([alike.length ? `${told} These begin with “${start}”:` : told]);
    chosen.list(alike);
  };

  input.addEventListener("input", () => {
    const text = input.value.trim().toLowerCase();
    show(text ? beginning(text, OFFERED) : []);
  });
  input.addEventListener("blur", () => show([]));
  input.addEventListener("keydown", (event) => {
    const { key } = event, text = input.value.trim();
    if (event.isComposing) return;
    if ((key === "ArrowDown" || key === "ArrowUp") && text) {
      if (!offered.length) show(beginning(text.toLowerCase(), OFFERED));
      const down = key === "ArrowDown" ? 1 : -1, from = active < 0 && down < 0 ? 0 : active;
      if (offered.length) mark((from + down + offered.length) % offered.length);
    } else if (key === "Enter" && text) {
      const row = active >= 0 ? offered[active] : exactly(text);
      show([]);
      if (row >= 0) find(row); else miss(text);
    } else if (key === "Escape") {
      if (offered.length) show([]); else { input.value = ""; chosen.clear(); }
    } else return;
    event.preventDefault();
  });
}
