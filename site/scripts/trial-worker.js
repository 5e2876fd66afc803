// The worker in which a rendered service runs.

import { startPython, unpack } from "./python.js";

let server;

async function start({ parts, zip, root }) {
  const python = await startPython(parts, ["service.tar.xz"]);
  unpack(python, zip, "zip", "/");
  const log = { batched: (line) => postMessage({ log: line }) };
  python.setStdout(log);
  python.setStderr(log);
  server = python.pyimport("server").Server("/service", root);
  await server.start();
}

async function request({ method, path, headers, body }) {
  const answer = await server.request(method, path, JSON.stringify(headers), new Uint8Array(body ?? []));
  const [status, said, content] = [answer.get(0), answer.get(1), answer.get(2)];
  const found = { status, headers: JSON.parse(said), body: content.slice ? content.toJs() : content };
  content.destroy?.();
  answer.destroy();
  return found;
}

const methods = { start, request };

onmessage = async ({ data }) => {
  try {
    postMessage({ id: data.id, result: await methods[data.method](data.given) });
  } catch (error) {
    postMessage({ id: data.id, error: { name: error.name, message: error.message } });
  }
};
