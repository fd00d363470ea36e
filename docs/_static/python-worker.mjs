// A Python for one page: the page sends blocks, and each is answered with what it printed.
import { loadPyodide } from "./python/pyodide.mjs";

const here = new URL("./python/", import.meta.url);
const bytes = async (name) => {
  const answer = await fetch(new URL(name, here));
  if (!answer.ok) throw new Error(`${name}: ${answer.status} ${answer.statusText}`);
  return new Uint8Array(await answer.arrayBuffer());
};

async function start(module) {
  const files = JSON.parse(new TextDecoder().decode(await bytes("files.json")));
  const python = await loadPyodide({ indexURL: here.href });
  python.unpackArchive(await bytes(files.packages), "zip", { extractDir: "/packages" });
  python.runPython("import sys; sys.path.insert(0, '/packages')");
  for (const [path, name] of Object.entries(files.data)) {
    python.FS.mkdirTree(path.slice(0, path.lastIndexOf("/")));
    python.FS.writeFile(path, await bytes(name));
  }
  python.runPython(new TextDecoder().decode(await bytes("../runner.py")));
  python.globals.set("page", python.globals.get("namespace_of")(module));
  return python;
}

let started;
onmessage = async ({ data: { number, source, module } }) => {
  try {
    const python = await (started ??= start(module));
    python.globals.set("source", source);
    const answer = JSON.parse(python.runPython("answer(source, page)"));
    postMessage({ number, ...answer });
  } catch (error) {
    postMessage({ number, text: "", html: "", error: `Python did not start: ${error.message}` });
  }
};
