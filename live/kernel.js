// The worker that Python runs in, seen from the page: started once, ended by Stop and started again.
const SLOW = 30_000; // milliseconds without a sign of life, after which a reader is told so

export class Kernel {
  constructor(cells, report) {
    this.cells = cells;
    this.report = report;
    this.queue = [];
    this.busy = false;
    this.start();
  }

  start() {
    this.ready = false;
    this.worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module", name: "Python" });
    this.worker.onmessage = ({ data }) => this[`on_${data.type}`](data);
    this.worker.onerror = (event) => {
      event.preventDefault();
      this.on_failed({ message: event.message || "the worker's script could not be loaded" });
    };
    this.report("Python is starting …");
    this.slow = setTimeout(() => this.report("Python is still starting; the connection may be slow …"), SLOW);
  }

  run(cell) {
    this.ask({ targets: [cell.number], afresh: false });
  }

  runAll() {
    this.ask({ targets: this.cells.map((cell) => cell.number), afresh: true });
  }

  ask(request) {
    if (this.dead) return this.restart(request);
    for (const target of request.targets) this.cells[target].waits();
    this.queue.push(request);
    this.next();
  }

  restart(request) {
    this.dead = false;
    this.start();
    this.ask(request);
  }

  next() {
    if (!this.ready || this.busy || !this.queue.length) return;
    this.busy = true;
    this.last = null; // the cell that ended last
    this.report("Python runs …");
    const sources = this.cells.map((cell) => cell.source());
    this.worker.postMessage({ ...this.queue[0], sources });
  }

  stop() {
    this.end();
    this.release("stopped");
    this.start();
    this.report("Stopped. What the cells had defined is gone; Run brings back what a cell needs.");
  }

  end() {
    clearTimeout(this.slow);
    this.worker.terminate();
    this.queue = [];
    this.busy = false;
  }

  release(text) {
    for (const cell of this.cells) if (cell.runButton.hidden) cell.rests(text);
  }

  // What the worker says.
  on_planned({ cells }) {
    for (const number of cells) this.cells[number].waits();
  }

  on_began({ cell }) {
    this.cells[cell].begins();
  }

  on_output({ cell, kind, content }) {
    this.cells[cell].outputs.add(kind, content);
  }

  on_fetching({ cell, name }) {
    this.cells[cell].says(`fetches ${name.split("/").pop()} …`);
  }

  on_ended({ cell, ...how }) {
    this.cells[cell].ends(how);
    this.last = this.cells[cell];
  }

  on_idle() {
    this.busy = false;
    const request = this.queue.shift();
    if (!this.queue.length) this.release("");
    const { last } = this; // an error keeps the cells after it from running
    const all = request?.targets.length > 1 && last?.node.dataset.ran !== "error";
    this.report(all || !last ? "All cells have run." : last.told());
    this.next();
  }

  on_ready() {
    clearTimeout(this.slow);
    this.ready = true;
    if (!this.queue.length) this.report("Python is ready.");
    this.next();
  }

  on_failed({ message }) {
    this.die(`Python could not be started: ${message}. Press Run to try again.`);
  }

  on_broken({ cell, message }) {
    this.die(`Python broke down: ${message}. Run starts it again.`, cell);
  }

  die(said, number) {
    const waiting = this.queue.flatMap(({ targets }) => targets);
    this.end();
    this.dead = true;
    this.release("");
    const told = number ?? waiting[0];
    if (told !== undefined) this.cells[told].fails(said);
    this.report(said);
  }
}
