// Python runs here, beside the page: it stays responsive, and an endless loop is ended by ending this worker.
import { loadPyodide } from "./pyodide/pyodide.mjs";

// Of an error from Python the last line says what it is; the others are ours.
const said = (error) => String(error.message || error).trim().split("\n").at(-1);

const here = (name) => new URL(name, import.meta.url).href;
const bytes = async (name) => (await fetch(here(name))).arrayBuffer();

// A file of the interpreter that does not come would leave it waiting for ever; so each failure is told.
const plainFetch = self.fetch;
self.fetch = async (...asked) => {
  const name = String(asked[0].url ?? asked[0]).split("/").pop();
  try {
    const answer = await plainFetch(...asked);
    if (answer.ok) return answer;
    throw new Error(`the server says ${answer.status}`);
  } catch (error) {
    postMessage({ type: "failed", message: `${name} could not be fetched (${said(error)})` });
    throw error;
  }
};

let session;
let cell = 0; // the one that is running

async function start() {
  const manifest = fetch(here("manifest.json")).then((answer) => answer.json());
  const book = bytes("python/book.zip");
  const python = await loadPyodide({
    indexURL: here("pyodide/"),
    lockFileURL: here("pyodide/pyodide-lock.json"),
    packages: (await manifest).packages,
    env: { MPLBACKEND: "module://live_cells.figures", MPLCONFIGDIR: "/tmp", HOME: "/home/pyodide" },
    stdin: () => {
      throw new Error("a page has no keyboard to read from");
    },
  });
  python.unpackArchive(await book, "zip", { extractDir: "/book" });
  python.registerJsModule("live_page", {
    send: (kind, content) => postMessage({ type: "output", cell, kind, content }),
    fetch: fetchNow,
    manifest: JSON.stringify(await manifest),
  });
  session = python.runPython("import sys\nsys.path.insert(0, '/book')\nfrom live_cells.page import session\nsession");
}

// A file, waited for: the cell that asks for it is in the middle of its work.
function fetchNow(name) {
  const request = new XMLHttpRequest();
  request.open("GET", here(`files/${name}`), false);
  request.responseType = "arraybuffer";
  postMessage({ type: "fetching", cell, name });
  request.send();
  if (request.status !== 200) throw new Error(`${name}: the server says ${request.status}`);
  return new Uint8Array(request.response);
}

// With "through", an error in a cell does not keep the next from running.
function run({ sources, targets, afresh, through }) {
  if (afresh) session.reset();
  for (const target of targets) {
    const order = afresh ? [target] : session.plan_json(JSON.stringify(sources), target);
    const numbers = afresh ? order : JSON.parse(order);
    postMessage({ type: "planned", cells: numbers });
    for (const number of numbers) {
      cell = number;
      postMessage({ type: "began", cell });
      const ended = JSON.parse(session.run_json(JSON.stringify(sources), number));
      postMessage({ type: "ended", cell, ...ended });
      if (!ended.ok && !through) {
        postMessage({ type: "idle" });
        return;
      }
    }
  }
  postMessage({ type: "idle" });
}

onmessage = ({ data }) => {
  try {
    run(data);
  } catch (error) {
    postMessage({ type: "broken", cell, message: said(error) });
  }
};

start().then(
  () => postMessage({ type: "ready" }),
  (error) => postMessage({ type: "failed", message: said(error) }),
);
