// An Engine answers questions in a worker, one at a time. A question that waits is
// replaced by a newer one of the same kind, whose answer makes its own useless. A worker that crashes, or
// that does not answer in time, is replaced.

// memoryMost is how much memory, in bytes, a worker may keep: what wasm has taken it never
// gives back.
const memoryMost = 1 << 29;

export class Failure extends Error {}

export class Engine {
  #waiting = new Map(); // kind to { question, resolve, reject }
  #running = null;
  #worker = null;
  #ready = false;
  #timer = 0;

  // source is the text of the worker, wasm the module as it takes it, and deadline how many
  // milliseconds an answer may take.
  constructor(source, wasm, deadline) {
    this.url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    this.wasm = wasm;
    this.deadline = deadline;
  }

  // start starts the worker, if it does not run, so that the first answer is faster.
  start() {
    if (this.#worker) return;
    const worker = new Worker(this.url);
    this.#worker = worker;
    this.#ready = false;
    worker.onmessage = ({ data }) => worker === this.#worker && this.#message(data);
    worker.onerror = (e) => {
      e.preventDefault();
      if (worker === this.#worker) this.#end(`the worker has failed: ${e.message || "it cannot be started"}`);
    };
    worker.postMessage({ start: this.wasm });
    this.#watch("has not started", Math.max(this.deadline, 20000));
  }

  // ask returns the answer with its time, or null if a newer question of the same kind has
  // replaced this one.
  ask(kind, question) {
    this.#waiting.get(kind)?.resolve(null);
    return new Promise((resolve, reject) => {
      this.#waiting.delete(kind); // the newest is last
      this.#waiting.set(kind, { question, resolve, reject });
      this.start();
      this.#next();
    });
  }

  #next() {
    if (!this.#ready || this.#running || this.#waiting.size === 0) return;
    const [kind, task] = this.#waiting.entries().next().value;
    this.#waiting.delete(kind);
    this.#running = task;
    this.#worker.postMessage({ question: task.question });
    this.#watch("has not answered", this.deadline);
  }

  #watch(what, ms) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#end(`the compiler ${what} after ${ms / 1000} seconds and was stopped`), ms);
  }

  #message(data) {
    if (data.crashed !== undefined) {
      this.#end(`the compiler has crashed, which is a bug: ${data.crashed}`);
      return;
    }
    clearTimeout(this.#timer);
    if (data.ready) {
      this.#ready = true;
    } else {
      const task = this.#running;
      this.#running = null;
      task.resolve(data);
      if (data.memory > memoryMost) this.#stop();
      if (this.#waiting.size > 0) this.start();
    }
    this.#next();
  }

  // #end replaces a worker that is of no use any more. What it was asked fails.
  #end(why) {
    this.#stop();
    const failed = this.#running ? [this.#running] : [...this.#waiting.values()];
    if (!this.#running) this.#waiting.clear(); // it did not even start
    this.#running = null;
    for (const task of failed) task.reject(new Failure(why));
    if (this.#waiting.size > 0) this.start();
  }

  #stop() {
    clearTimeout(this.#timer);
    this.#worker?.terminate();
    this.#worker = null;
    this.#ready = false;
  }
}
