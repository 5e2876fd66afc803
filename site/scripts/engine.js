// A worker as a promise for each call. To cancel is to end it; the next call starts another one.

export class Cancelled extends Error {}

export function nothingWhenCancelled(error) {
  if (!(error instanceof Cancelled)) throw error;
}

export class Engine {
  constructor(script, { onProgress = () => {}, onLog = () => {} } = {}) {
    Object.assign(this, { script, onProgress, onLog, waiting: new Map(), count: 0, worker: null });
  }

  get running() {
    return this.worker !== null;
  }

  call(method, given = {}) {
    this.worker ??= this.open();
    const id = (this.count += 1);
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.worker.postMessage({ id, method, given });
    });
  }

  open() {
    const worker = new Worker(new URL(this.script, import.meta.url), { type: "module" });
    worker.onmessage = ({ data }) => this.receive(data);
    worker.onerror = (event) => this.fail(new Error(event.message ?? "The worker could not be started."));
    return worker;
  }

  receive(data) {
    if (data.progress) return this.onProgress(data.progress);
    if (data.log !== undefined) return this.onLog(data.log);
    const { resolve, reject } = this.waiting.get(data.id);
    this.waiting.delete(data.id);
    if (data.error) reject(Object.assign(new Error(data.error.message), { name: data.error.name }));
    else resolve(data.result);
  }

  cancel() {
    this.fail(new Cancelled());
  }

  fail(error) {
    this.worker?.terminate();
    this.worker = null;
    for (const { reject } of this.waiting.values()) reject(error);
    this.waiting.clear();
  }
}
