// Runs a WebAssembly program as a command: node tools/wasm/run.mjs FILE.wasm [ARGUMENTS...]
// Its standard streams and exit code are this process's. It sees no environment and no files.
import { readFile } from 'node:fs/promises';

// node warns that its WASI is experimental: true, and no news to who runs a test.
process.removeAllListeners('warning');
const { WASI } = await import('node:wasi');

const [file, ...rest] = process.argv.slice(2);
if (file === undefined) {
  console.error('usage: node tools/wasm/run.mjs FILE.wasm [ARGUMENTS...]');
  process.exit(2);
}

const wasi = new WASI({ version: 'preview1', args: [file, ...rest] });

try {
  const module = await WebAssembly.compile(await readFile(file));
  const instance = await WebAssembly.instantiate(module, wasi.getImportObject());
  process.exitCode = wasi.start(instance);
} catch (error) {
  console.error(`${file}: ${error.message}`);
  process.exit(error instanceof WebAssembly.RuntimeError ? 134 : 1); // a trap ends as an abort does
}
