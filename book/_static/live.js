// "Run this page": a chapter whose cells can run in the page gets a button. Nothing is fetched before it is pressed.
"use strict";
(() => {
  const ADDRESS = new URL("../live/page.js", document.currentScript.src).href;
  const SHEET = new URL("../live/live.css", document.currentScript.src).href;

  // What keeps this browser from running Python, in words; nothing if it can.
  const obstacle = () => {
    if (location.protocol === "file:") {
      return (
        "This page was opened as a file, and browsers let no file start Python. Serve the book's folder instead: " +
        "run “python -m http.server” in it and open the address that it names."
      );
    }
    let modules = false;
    const asked = { get type() { return (modules = true), "module"; } };
    try {
      new Worker("data:text/javascript,", asked).terminate();
    } catch {
      modules = false;
    }
    if (!modules || typeof WebAssembly !== "object" || !("noModule" in HTMLScriptElement.prototype)) {
      return "This browser is too old to run Python in a page: Chrome 89, Firefox 114 and Safari 16.4 or newer can.";
    }
    return "";
  };

  const begin = async (bar, nodes, first) => {
    const status = bar.querySelector(".live-status");
    const said = obstacle();
    const tell = (text) => {
      status.textContent = text;
      const cell = first && first.querySelector(".live-here .live-status");
      if (cell) cell.textContent = text;
    };
    if (said) return tell(said);
    for (const button of document.querySelectorAll(".live-start")) button.disabled = true;
    tell("Python is on its way …");
    try {
      const { makeLive } = await import(ADDRESS);
      const sheet = Object.assign(document.createElement("link"), { rel: "stylesheet", href: SHEET });
      document.head.append(sheet);
      for (const started of document.querySelectorAll(".live-start, .live-here")) started.remove();
      const live = makeLive(nodes, bar);
      window.unrolledLive = live;
      if (first) {
        const cell = live.cells[nodes.indexOf(first)];
        cell.editor.focus();
      } else {
        live.kernel.runAll();
      }
    } catch (error) {
      for (const button of document.querySelectorAll(".live-start")) button.disabled = false;
      tell(`The part of the page that runs cells could not be fetched (${error.message}). Try again.`);
    }
  };

  const button = (text, press) => {
    const made = Object.assign(document.createElement("button"), { type: "button", textContent: text });
    made.className = "live-start";
    made.addEventListener("click", press);
    return made;
  };

  const status = () => {
    const made = document.createElement("span");
    made.className = "live-status";
    made.setAttribute("role", "status");
    return made;
  };

  addEventListener("DOMContentLoaded", () => {
    const nodes = [...document.querySelectorAll("article div.cell[data-live]")];
    const title = document.querySelector("article h1");
    if (!nodes.length || !title) return;
    const bar = document.createElement("div");
    bar.className = "live-bar";
    const note = document.createElement("span");
    note.textContent = "NumPy runs in the page, nothing to install.";
    note.className = "live-start";
    bar.append(button("Run this page", () => begin(bar, nodes)), status(), note);
    title.after(bar);
    for (const node of nodes) {
      if (!/^check\(/m.test(node.querySelector(".cell_input pre").textContent)) continue;
      const here = document.createElement("div");
      here.className = "live-here";
      here.append(button("Try it here", () => begin(bar, nodes, node)), status());
      node.append(here);
    }
  });
})();
