// Reads a question from standard input, writes the answer to standard output, both JSON:
//   {mermaid, highlighter: files; diagrams: sources; languages: names}
//   {diagrams: [the first words of the error, or null]; unknown: [languages]}
// The argument is the node_modules folder.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import vm from 'node:vm';

const question = JSON.parse(readFileSync(0, 'utf8'));
const run = (file, context) =>
  new vm.Script(readFileSync(file, 'utf8'), { filename: file }).runInContext(context);

process.stdout.write(
  JSON.stringify({
    diagrams: question.diagrams.length > 0 ? await parseAll(question.diagrams) : [],
    unknown: unknownOf(question.languages),
  }),
);

async function parseAll(sources) {
  // Mermaid cleans its texts by means of a document, also where it only parses.
  const { JSDOM } = createRequire(path.join(process.argv[2], 'any.js'))('jsdom');
  const page = new JSDOM('<!doctype html><body></body>', { runScripts: 'outside-only' });
  page.window.structuredClone = structuredClone;
  run(question.mermaid, page.getInternalVMContext());
  const errors = [];
  for (const source of sources) {
    try {
      await page.window.mermaid.parse(source);
      errors.push(null);
    } catch (error) {
      errors.push(error.message.split('\n').slice(0, 4).join(' / '));
    }
  }
  return errors;
}

function unknownOf(languages) {
  const context = vm.createContext({});
  run(question.highlighter, context);
  const { hljs } = context;
  return languages.filter((language) => !hljs.getLanguage(language));
}
