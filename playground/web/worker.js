// The worker runs the command's wasm and answers one question after the other. The first
// message has the module, compressed, in base64; each further one has a question. What ends
// the program is said by a message crashed, and why it cannot be started by one failed.

let output = ""; // what the program printed: the trace of a panic

async function start(base64) {
  globalThis.fs.writeSync = (_, bytes) => {
    output += new TextDecoder().decode(bytes);
    return bytes.length;
  };
  const bytes = Uint8Array.fromBase64?.(base64) ?? Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  const wasm = new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip")));
  const go = new globalThis.Go();
  go.exit = () => {}; // crashed says it
  const { instance } = await WebAssembly.instantiate(await wasm.arrayBuffer(), go.importObject);
  go.run(instance).then(() => crashed(output), (err) => crashed(output || String(err)));
  return instance.exports.mem;
}

function crashed(text) {
  postMessage({ crashed: text.trim() || "the program has ended" });
}

let memory;

onmessage = async ({ data }) => {
  if (data.start !== undefined) {
    try {
      memory = await start(data.start);
      postMessage({ ready: true });
    } catch (err) {
      postMessage({ failed: String(err) });
    }
    return;
  }
  try {
    const from = performance.now();
    const answer = globalThis.seccompile(JSON.stringify(data.question));
    if (typeof answer !== "string") return; // it has panicked: go.run says so
    postMessage({ answer: JSON.parse(answer), ms: performance.now() - from, memory: memory.buffer.byteLength });
  } catch (err) {
    crashed(output || String(err));
  }
};
