// An Engine answers questions in a worker, one at a time. Of the questions of one kind that
// wait, only the newest is asked. A worker that crashes, or that does not answer in time,
// is replaced.

// memoryMost is how much memory, in bytes, a worker may keep: wasm never returns any.
const memoryMost = 1 << 29;

// startDeadline is how many milliseconds a worker may take to start.
const startDeadline = 30000;

// A Failure says why a question has no answer.
export class Failure extends Error {}

export class Engine {
  #waiting = new Map(); // kind to task, oldest first
  #running = null; // the task whose answer is awaited
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

  // start starts the worker if it does not run.
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
    this.#watch("has not started", startDeadline);
  }

  // ask returns the answer with its time, or null if a newer question of the same kind
  // has replaced this one. The promise is rejected with a Failure.
  ask(kind, question) {
    this.#waiting.get(kind)?.resolve(null);
    return new Promise((resolve, reject) => {
      this.#waiting.delete(kind); // it is not the oldest any more
      this.#waiting.set(kind, { kind, question, resolve, reject });
      if (this.#running?.kind === kind) this.#watch("has not answered", this.deadline / 5); // nobody waits for it
      this.start();
      this.#next();
    });
  }

  #next() {
    if (!this.#ready || this.#running || this.#waiting.size === 0) return;
    const [task] = this.#waiting.values();
    this.#waiting.delete(task.kind);
    this.#running = { ...task, from: performance.now() };
    this.#worker.postMessage({ question: task.question });
    this.#watch("has not answered", this.deadline);
  }

  // #watch stops the worker unless it sends a message within so many milliseconds of the
  // start of what it does.
  #watch(what, ms) {
    clearTimeout(this.#timer);
    const since = this.#running ? performance.now() - this.#running.from : 0;
    this.#timer = setTimeout(() => this.#end(`the compiler ${what} after ${ms / 1000} seconds and was stopped`), Math.max(0, ms - since));
  }

  #message(data) {
    if (data.crashed !== undefined) {
      this.#end(`the compiler has crashed, which is a bug: ${data.crashed}`);
      return;
    }
    if (data.failed !== undefined) {
      this.#end(`the compiler cannot be started in this browser: ${data.failed}`);
      return;
    }
    clearTimeout(this.#timer);
    if (data.ready) {
      this.#ready = true;
    } else {
      this.#running.resolve(data);
      this.#running = null;
      if (data.memory > memoryMost) this.#stop();
      if (this.#waiting.size > 0) this.start();
    }
    this.#next();
  }

  // #end stops a worker that cannot be used any more. What it was asked fails, and what waits
  // does, too, unless that has been replaced.
  #end(why) {
    this.#stop();
    const running = this.#running;
    this.#running = null;
    if (running && this.#waiting.has(running.kind)) {
      running.resolve(null);
    } else {
      running?.reject(new Failure(why));
      for (const task of this.#waiting.values()) task.reject(new Failure(why));
      this.#waiting.clear();
    }
    if (this.#waiting.size > 0) this.start();
  }

  #stop() {
    clearTimeout(this.#timer);
    this.#worker?.terminate();
    this.#worker = null;
    this.#ready = false;
  }
}
