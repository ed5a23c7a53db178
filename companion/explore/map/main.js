// Make every map on the page that is still a picture a map that moves.
function start(root, id) {
  root.dataset.ready = "";
  const chart = new Chart(root), chosen = new Chosen(chart), hint = chart.find("hint"), { stage } = chart;
  chart.find("note").remove();
  // Or JupyterLab takes a key for one of its shortcuts: it asks what has the focus, and nothing around that.
  root.addEventListener("focusin", ({ target }) => target.setAttribute("data-lm-suppress-shortcuts", "true"));
  for (const name of ["search", "tools", "hint"]) chart.find(name).hidden = false;
  root.classList.toggle(PREFIX + "touched", navigator.maxTouchPoints > 0);
  hint.id = `${id}-hint`;
  stage.setAttribute("role", "application");
  stage.setAttribute("aria-roledescription", "map");
  stage.setAttribute("aria-describedby", hint.id);

  const zoom = root.querySelector("output");
  chart.after.push(() => { zoom.textContent = `${chart.seen.zoom.toFixed(1).replace(/\.0$/, "")}×`; });

  let soon;
  /** Say what stands in the middle, once the map has come to rest. */
  const announce = () => {
    clearTimeout(soon);
    soon = setTimeout(() => {
      const words = chart.around(chart.width / 2, chart.height / 2, 3).map((row) => chart.data.words[row]);
      chart.find("said").textContent = `Zoom ${zoom.textContent} In the middle: ${words.join(", ")}.`;
    }, 700);
  };

  tools(chart, announce);
  legend(chart);
  gestures(chart, chosen, announce);
  search(chart, chosen, id);
  chart.measure();
  if (chart.data.start >= 0) chosen.take(chart.data.start, { say: false });
}

function tools(chart, announce) {
  const does = {
    left: () => chart.step(-1, 0), right: () => chart.step(1, 0),
    up: () => chart.step(0, -1), down: () => chart.step(0, 1),
    in: () => chart.zoom(1.6, undefined, undefined, true),
    out: () => chart.zoom(1 / 1.6, undefined, undefined, true),
    whole: () => chart.go(chart.home),
  };
  for (const button of chart.find("tools").querySelectorAll("button")) {
    button.addEventListener("click", () => {
      if (button.dataset.tool !== "finger") { does[button.dataset.tool](); announce(); return; }
      const on = chart.stage.classList.toggle(PREFIX + "finger");
      button.setAttribute("aria-pressed", String(on));
    });
  }
}

function legend(chart) {
  const buttons = chart.root.querySelectorAll("[data-group]");
  for (const button of buttons) {
    button.disabled = false;
    button.addEventListener("click", () => {
      const group = Number(button.dataset.group);
      chart.group = chart.group === group ? null : group;
      for (const other of buttons) {
        other.setAttribute("aria-pressed", String(Number(other.dataset.group) === chart.group));
      }
      [...chart.dots.children].forEach((path, i) =>
        path.classList.toggle(PREFIX + "off", chart.group !== null && i !== chart.group));
      chart.labels.arranged = null;
      chart.redraw();
    });
  }
}

for (const root of document.querySelectorAll(".unrolled-map:not([data-ready])")) {
  window.unrolledMaps = (window.unrolledMaps ?? 0) + 1;
  start(root, `unrolled-map-${window.unrolledMaps}`);
}
