// Mouse, wheel, fingers and keys on the stage. One finger scrolls the page unless the reader asks otherwise.
const REACH = { mouse: 12, touch: 24 }; // how far from a dot one may point, in pixels

function gestures(chart, chosen, announce) {
  const { stage } = chart;
  const inside = (event) => {
    const box = stage.getBoundingClientRect();
    return [event.clientX - box.left - stage.clientLeft, event.clientY - box.top - stage.clientTop];
  };
  let held = null; // where the mouse was pressed, and whether it has moved since
  let dragged = false;
  let kind = "mouse"; // of the last pointer: a click need not say

  stage.addEventListener("pointerdown", (event) => {
    dragged = false;
    kind = event.pointerType;
    if (kind === "touch" || event.button !== 0) return;
    held = { x: event.clientX, y: event.clientY };
    stage.setPointerCapture(event.pointerId);
  });
  stage.addEventListener("pointermove", (event) => {
    if (event.pointerType === "touch") return;
    if (!held) { point(event); return; }
    const [right, down] = [event.clientX - held.x, event.clientY - held.y];
    if (!dragged && Math.hypot(right, down) < 4) return; // a click may tremble
    dragged = true;
    stage.classList.add(PREFIX + "held");
    chart.move(right, down);
    held = { x: event.clientX, y: event.clientY };
  });
  const release = () => { held = null; stage.classList.remove(PREFIX + "held"); };
  stage.addEventListener("pointerup", release);
  stage.addEventListener("pointercancel", release);

  /** Name the dot under the mouse. */
  const tip = chart.add(chart.svg, "text", { class: PREFIX + "strong", "text-anchor": "middle" });
  const point = (event) => {
    const [row] = chart.around(...inside(event), 1, REACH.mouse);
    stage.classList.toggle(PREFIX + "over", row !== undefined);
    tip.textContent = row === undefined || chart.labels.placed.has(row) ? "" : chart.data.words[row];
    if (!tip.textContent) return;
    const [x, y] = chart.place(row);
    tip.setAttribute("x", between(40, x, chart.width - 40));
    tip.setAttribute("y", y > 30 ? y - 10 : y + 20);
  };
  stage.addEventListener("pointerleave", () => { tip.textContent = ""; });
  chart.after.push(() => { tip.textContent = ""; });

  stage.addEventListener("click", (event) => {
    if (dragged) return;
    const [row] = chart.around(...inside(event), 1, kind === "touch" ? REACH.touch : REACH.mouse);
    if (row === undefined) chosen.clear(); else chosen.take(row);
  });
  stage.addEventListener("dblclick", (event) => chart.zoom(2, ...inside(event), true));

  stage.addEventListener("wheel", (event) => {
    const pinch = event.ctrlKey || event.metaKey; // two fingers on a trackpad come as Ctrl and the wheel
    if (!pinch && document.activeElement !== stage) return;
    if (!pinch && event.deltaY > 0 && chart.seen.zoom === 1) return; // all is seen: let the page scroll
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 20 : 1;
    chart.zoom(2 ** between(-1, -event.deltaY * lines * (pinch ? 0.01 : 0.003), 1), ...inside(event));
  }, { passive: false });

  touch(chart, inside);
  keys(chart, chosen, announce);
}

function touch(chart, inside) {
  const { stage } = chart;
  let last = null;
  const grip = (touches) => {
    const points = [...touches].slice(0, 2).map(inside), [a, b = a] = points;
    return { x: (a[0] + b[0]) / 2, y: (a[1] + b[1]) / 2, apart: Math.hypot(a[0] - b[0], a[1] - b[1]), count: points.length };
  };
  const alone = () => stage.classList.contains(PREFIX + "finger");
  const begin = (event) => {
    last = event.targetTouches.length ? grip(event.targetTouches) : null;
    if (event.targetTouches.length > 1) event.preventDefault();
  };
  stage.addEventListener("touchstart", begin, { passive: false });
  stage.addEventListener("touchend", begin);
  stage.addEventListener("touchcancel", begin);
  stage.addEventListener("touchmove", (event) => {
    if (!last || !event.cancelable || (event.targetTouches.length < 2 && !alone())) return;
    event.preventDefault();
    const now = grip(event.targetTouches);
    if (now.count === last.count) {
      chart.move(now.x - last.x, now.y - last.y);
      if (now.count > 1 && last.apart) chart.zoom(now.apart / last.apart, now.x, now.y);
    }
    last = now;
  }, { passive: false });
}

function keys(chart, chosen, announce) {
  const step = (event) => (event.shiftKey ? 0.5 : 0.15) * Math.min(chart.width, chart.height);
  const moves = {
    ArrowLeft: (event) => chart.move(step(event), 0),
    ArrowRight: (event) => chart.move(-step(event), 0),
    ArrowUp: (event) => chart.move(0, step(event)),
    ArrowDown: (event) => chart.move(0, -step(event)),
    "+": () => chart.zoom(1.5),
    "=": () => chart.zoom(1.5),
    "-": () => chart.zoom(1 / 1.5),
    0: () => chart.go(chart.home),
    Home: () => chart.go(chart.home),
  };
  chart.stage.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") { chosen.clear(); return; }
    if (event.key === "Enter") {
      const [row] = chart.around(chart.width / 2, chart.height / 2, 1);
      if (row !== undefined) chosen.take(row);
    } else if (Object.hasOwn(moves, event.key)) {
      moves[event.key](event);
      announce();
    } else return;
    event.preventDefault();
  });
}
