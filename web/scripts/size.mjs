// What a browser loads before somebody can do anything, gzipped: the entry, and the page that they see first with all
// that it imports statically. There are two such pages, for whom is signed in and for whom is not.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const LIMIT_KB = 350;
const FIRST_PAGES = {
  'the library': ['index.html', 'src/app/Session.tsx', 'src/pages/library/LibraryPage.tsx'],
  'sign-in': ['index.html', 'src/auth/AuthPage.tsx'],
};
const dist = new URL('../dist/', import.meta.url);
const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', dist), 'utf8'));

function closure(name, seen = new Set()) {
  if (!manifest[name]) throw new Error(`${name} is no module of the build`);
  if (!seen.has(name)) {
    seen.add(name);
    for (const imported of manifest[name].imports ?? []) closure(imported, seen);
  }
  return seen;
}

const kilobytes = (file) => gzipSync(readFileSync(new URL(file, dist))).length / 1000;
const sum = (files) => [...new Set(files)].reduce((total, file) => total + kilobytes(file), 0);

for (const [page, names] of Object.entries(FIRST_PAGES)) {
  const loaded = [...names.reduce((seen, name) => closure(name, seen), new Set())];
  const scripts = sum(loaded.map((name) => manifest[name].file));
  const styles = sum(loaded.flatMap((name) => manifest[name].css ?? []));
  console.log(`Initial JavaScript of ${page}: ${scripts.toFixed(0)} kB of ${LIMIT_KB} kB, styles ${styles.toFixed(0)} kB (gzip)`);
  if (scripts >= LIMIT_KB) process.exitCode = 1;
}
