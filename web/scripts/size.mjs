// What a browser loads before it shows anything: the entry and all that it imports statically, gzipped.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const LIMIT_KB = 350;
const dist = new URL('../dist/', import.meta.url);
const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', dist), 'utf8'));

function closure(name, seen = new Set()) {
  if (!seen.has(name)) {
    seen.add(name);
    for (const imported of manifest[name].imports ?? []) closure(imported, seen);
  }
  return seen;
}

const kilobytes = (file) => gzipSync(readFileSync(new URL(file, dist))).length / 1000;
const sum = (files) => files.reduce((total, file) => total + kilobytes(file), 0);

const initial = [...closure('index.html')];
const scripts = sum(initial.map((name) => manifest[name].file));
const styles = sum([...new Set(initial.flatMap((name) => manifest[name].css ?? []))]);
console.log(`Initial JavaScript ${scripts.toFixed(0)} kB of ${LIMIT_KB} kB, styles ${styles.toFixed(0)} kB (gzip)`);
process.exitCode = scripts < LIMIT_KB ? 0 : 1;
