// Give each block that can run here a Run button. Python is loaded at the first click.
const blocks = [...document.querySelectorAll("[data-run]")].map((element) => ({
  element,
  source: withoutPrompts(element.querySelector("pre").textContent),
  hasRun: false,
}));
const module = document.documentElement.dataset.module ?? "";
let worker;
let waiting = new Map();

function withoutPrompts(text) {
  const lines = text.split("\n");
  if (!lines.some((line) => line.startsWith(">>> "))) return text.trimEnd();
  const code = lines.filter((line) => /^(>>>|\.\.\.)( |$)/.test(line));
  return code.map((line) => line.slice(4)).join("\n").trimEnd();
}

function ask(source) {
  if (!worker) {
    worker = new Worker(new URL("./python-worker.mjs", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }) => {
      waiting.get(data.number)?.(data);
      waiting.delete(data.number);
    };
    worker.onerror = (event) => stop(`Python did not start: ${event.message ?? "no worker"}`);
  }
  const number = Math.random();
  return new Promise((resolve) => {
    waiting.set(number, resolve);
    worker.postMessage({ number, source, module });
  });
}

function stop(error) {
  worker?.terminate();
  worker = undefined;
  for (const block of blocks) block.hasRun = false;
  for (const resolve of waiting.values()) resolve({ text: "", html: "", error });
  waiting = new Map();
}

async function run(block) {
  block.button.textContent = "Stop";
  block.output.hidden = false;
  block.output.replaceChildren("Python starts…");
  let answer;
  for (const earlier of blocks.slice(0, blocks.indexOf(block))) {
    if (earlier.hasRun) continue;
    answer = await ask(earlier.editor?.value ?? earlier.source);
    if (answer.error) break;
    earlier.hasRun = true;
  }
  if (!answer?.error) answer = await ask(block.editor.value);
  block.hasRun = !answer.error;
  show(block.output, answer);
  block.button.textContent = "Run";
}

function show(output, { text, html, error }) {
  output.replaceChildren();
  const add = (name, content) => {
    const part = output.appendChild(document.createElement("pre"));
    part.className = name;
    part.textContent = content;
  };
  if (text) add("printed", text);
  if (html) {
    // In a frame of its own: what a value shows cannot reach the page.
    const frame = output.appendChild(document.createElement("iframe"));
    frame.setAttribute("sandbox", "");
    frame.title = "the value as a notebook shows it";
    frame.srcdoc = html;
  }
  if (error) add("error", error);
  if (!text && !html && !error) add("printed", "(nothing printed)");
}

function edit(block) {
  const editor = document.createElement("textarea");
  editor.value = block.source;
  editor.rows = block.source.split("\n").length;
  editor.spellcheck = false;
  editor.setAttribute("aria-label", "the code of this example, to be edited");
  editor.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) block.button.click();
  });
  block.editor = editor;
  block.element.querySelector(".highlight").replaceWith(editor);
}

if (typeof WebAssembly === "object" && typeof Worker === "function") {
  for (const block of blocks) {
    block.button = document.createElement("button");
    block.button.type = "button";
    block.button.className = "run";
    block.button.textContent = "Run";
    block.output = document.createElement("div");
    block.output.className = "run-output";
    block.output.setAttribute("role", "status");
    block.output.hidden = true;
    block.element.append(block.button, block.output);
    block.button.addEventListener("click", () => {
      if (block.button.textContent === "Stop") return stop("stopped; the page starts anew");
      if (!block.editor) edit(block);
      run(block);
    });
  }
}
