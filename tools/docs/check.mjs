// Run the blocks of all pages as a browser would: node check.mjs PYTHON RUNNER PACKAGES DATA... < pages
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [folder, runner, packages, ...data] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(`${folder}/pyodide.mjs`));
const answers = {};
for (const [page, { module, blocks }] of Object.entries(JSON.parse(readFileSync(0, "utf8")))) {
  const python = await loadPyodide({ indexURL: folder }); // each page has its own, as in a browser
  python.unpackArchive(new Uint8Array(readFileSync(packages)), "zip", { extractDir: "/packages" });
  python.runPython("import sys; sys.path.insert(0, '/packages')");
  for (const path of data) {
    python.FS.mkdirTree(path.slice(0, path.lastIndexOf("/")));
    python.FS.writeFile(path, new Uint8Array(readFileSync(path)));
  }
  python.runPython(readFileSync(runner, "utf8"));
  python.globals.set("page", python.globals.get("namespace_of")(module));
  answers[page] = blocks.map((source) => {
    python.globals.set("source", source);
    return JSON.parse(python.runPython("answer(source, page)"));
  });
}
console.log(JSON.stringify(answers));
