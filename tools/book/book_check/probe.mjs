// Reads a question from standard input, writes the answer to standard output, both JSON:
//   {mermaid, highlighter: files; diagrams: sources; languages: names}
//   {diagrams: [the first words of the error, or null]; unknown: [languages]}
// The argument is the node_modules folder.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import vm from 'node:vm';

const require = createRequire(path.join(process.argv[2], 'any.js'));
const { JSDOM } = require('jsdom');

const question = JSON.parse(readFileSync(0, 'utf8'));
const page = new JSDOM('<!doctype html><body></body>', { runScripts: 'outside-only' });
page.window.structuredClone = structuredClone;
const run = (file) =>
  new vm.Script(readFileSync(file, 'utf8'), { filename: file }).runInContext(page.getInternalVMContext());
run(question.mermaid);
run(question.highlighter);

const diagrams = [];
for (const source of question.diagrams) {
  try {
    await page.window.mermaid.parse(source);
    diagrams.push(null);
  } catch (error) {
    diagrams.push(error.message.split('\n').slice(0, 4).join(' / '));
  }
}
const unknown = question.languages.filter((language) => !page.window.hljs.getLanguage(language));
process.stdout.write(JSON.stringify({ diagrams, unknown }));
