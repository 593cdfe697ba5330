// The peers that Node has, in one process that stays warm. One question per line:
//
//   {"peer": name, "path": file, "keep": folder or null}  ->  {"ms": number, "palette": [[r, g, b], …]}
//
// The clock runs from the file's bytes in memory to the finished thumbnail, preview and palette.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { getPalette } from 'colorthief';
import { Vibrant } from 'node-vibrant/node';
import sharp from 'sharp';

const COLOURS = 5;
const PREVIEW = { side: 768, quality: 85 };
const THUMBNAIL = { side: 200, quality: 80 };

sharp.concurrency(1);
sharp.cache(false);

const fit = (image, { side }) =>
  image.resize({ width: side, height: side, fit: 'inside', withoutEnlargement: true });

const rendition = (data, wanted) =>
  fit(sharp(data).autoOrient(), wanted).flatten({ background: 'white' }).jpeg(wanted).toBuffer();

async function once(data) {
  const scaled = fit(sharp(data).autoOrient(), PREVIEW).flatten({ background: 'white' });
  const { data: pixels, info } = await scaled.raw().toBuffer({ resolveWithObject: true });
  const raw = { raw: { width: info.width, height: info.height, channels: info.channels } };
  const preview = await sharp(pixels, raw).jpeg(PREVIEW).toBuffer();
  const thumbnail = await fit(sharp(pixels, raw), THUMBNAIL).jpeg(THUMBNAIL).toBuffer();
  return { preview, thumbnail };
}

async function twice(data) {
  return { preview: await rendition(data, PREVIEW), thumbnail: await rendition(data, THUMBNAIL) };
}

async function colorthief(image) {
  const colours = (await getPalette(image, { colorCount: COLOURS })) ?? [];
  return colours.map((colour) => colour.array());
}

async function vibrant(image) {
  const swatches = Object.values(await Vibrant.from(image).getPalette()).filter(Boolean);
  swatches.sort((one, other) => other.population - one.population);
  return swatches.slice(0, COLOURS).map((swatch) => swatch.rgb.map(Math.round));
}

const PEERS = {
  sharp_colorthief: { renditions: once, palette: colorthief },
  sharp_vibrant: { renditions: twice, palette: vibrant },
};

async function answer({ peer, path, keep }) {
  const data = readFileSync(path);
  const begin = performance.now();
  const made = await PEERS[peer].renditions(data);
  const palette = await PEERS[peer].palette(made.thumbnail);
  const ms = performance.now() - begin;
  if (keep) for (const name in made) writeFileSync(join(keep, `${name}.jpg`), made[name]);
  return { ms, palette };
}

for await (const line of createInterface({ input: process.stdin })) {
  const told = await answer(JSON.parse(line)).catch((error) => ({ error: String(error) }));
  process.stdout.write(`${JSON.stringify(told)}\n`);
}
