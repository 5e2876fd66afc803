// Python in a worker, from parts that any static host can send.

const url = (path) => new URL(`../${path}`, import.meta.url).href;

// What cannot be loaded at all: there is no network, and it was not kept.
async function reached(loading) {
  try {
    return await loading;
  } catch (error) {
    throw Object.assign(new Error(error.message), { name: "Unreachable" });
  }
}

// A part, uncompressed here when its host has not done so.
async function open(path, type) {
  const response = await reached(fetch(url(path)));
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  if (!path.endsWith(".gz")) return response;
  const stream = response.body.pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream, { headers: { "Content-Type": type } });
}

export const readPart = async (parts, name) => (await open(parts[name])).arrayBuffer();

async function importCompressed(path) {
  const script = await (await open(path, "text/javascript")).blob();
  return import(URL.createObjectURL(script.slice(0, script.size, "text/javascript")));
}

// Python fetches these by the names that it has for them.
function answerFetches(parts) {
  const answers = {
    "pyodide.asm.wasm": () => open(parts["pyodide.asm.wasm.gz"], "application/wasm"),
    "python_stdlib.zip": () => open(parts["python_stdlib.zip.gz"], "application/zip"),
  };
  const fetchOthers = globalThis.fetch;
  globalThis.fetch = (wanted, options) => {
    const answer = answers[String(wanted?.url ?? wanted).split("/").at(-1)];
    return answer ? answer() : fetchOthers(wanted, options);
  };
}

export async function startPython(parts, libraries) {
  answerFetches(parts);
  const [{ loadPyodide }, { default: createPyodideModule }, lock, ...archives] = await Promise.all([
    reached(import(url(parts["pyodide.mjs"]))),
    importCompressed(parts["pyodide.asm.mjs.gz"]),
    readPart(parts, "pyodide-lock.json"),
    ...libraries.map((name) => readPart(parts, name)),
  ]);
  const python = await loadPyodide({
    indexURL: url("parts/"),
    lockFileContents: new TextDecoder().decode(lock),
    createPyodideModule,
  });
  for (const archive of archives) unpack(python, archive, "xztar", "/packages");
  python.runPython("import sys; sys.path.insert(0, '/packages')");
  return python;
}

export function unpack(python, archive, format, folder) {
  python.unpackArchive(new Uint8Array(archive), format, { extractDir: folder });
}
