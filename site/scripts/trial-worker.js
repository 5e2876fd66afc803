// The worker in which a rendered service runs.

import { startPython, unpack } from "./python.js";

let python;
let server;

async function start({ parts, zip, root }) {
  python = await startPython(parts, ["service.tar.xz"]);
  unpack(python, zip, "zip", "/");
  const log = { batched: (line) => postMessage({ log: line }) };
  python.setStdout(log);
  python.setStderr(log);
  server = python.pyimport("server").Server("/service", root);
  await server.start();
}

async function request({ method, path, headers, body }) {
  const content = python.toPy(new Uint8Array(body ?? []));
  const answer = await server.request(method, path, JSON.stringify(headers), content);
  const [status, said, sent] = answer.toJs();
  for (const proxy of [content, answer]) proxy.destroy();
  return { status, headers: JSON.parse(said), body: sent };
}

const methods = { start, request };

onmessage = async ({ data }) => {
  try {
    postMessage({ id: data.id, result: await methods[data.method](data.given) });
  } catch (error) {
    postMessage({ id: data.id, error: { name: error.name, message: error.message } });
  }
};
