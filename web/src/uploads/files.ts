/** Which files may be sent, and how a drop becomes files. */
import { text } from '../messages';
import { fileSize } from '../messages/format';

export const MAX_BYTES = 25 * 2 ** 20;

const TYPES: Readonly<Record<string, string>> = {
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  png: 'image/png',
  webp: 'image/webp',
  gif: 'image/gif',
  tif: 'image/tiff',
  tiff: 'image/tiff',
  avif: 'image/avif',
  heic: 'image/heic',
  heif: 'image/heif',
};
const ACCEPTED = new Set(Object.values(TYPES));

export const ACCEPT = [...ACCEPTED, ...Object.keys(TYPES).map((extension) => `.${extension}`)].join(',');

/** The media type that is announced. Browsers do not know all of them, so the name's ending decides then. */
export function contentType(file: Pick<File, 'name' | 'type'>): string {
  const extension = file.name.slice(file.name.lastIndexOf('.') + 1).toLowerCase();
  return ACCEPTED.has(file.type) ? file.type : (TYPES[extension] ?? file.type);
}

/** Why a file cannot be sent, in a sentence; `null` where it can. */
export function refusal(file: Pick<File, 'name' | 'type' | 'size'>): string | null {
  const { refused } = text.uploads;
  if (!ACCEPTED.has(contentType(file))) return refused.type;
  if (file.size > MAX_BYTES) return refused.size(fileSize(file.size), fileSize(MAX_BYTES));
  return file.size === 0 ? refused.empty : null;
}

/** All files of a drop, folders with everything below them; hidden files (`.DS_Store`) are left out. */
export async function droppedFiles(transfer: DataTransfer): Promise<File[]> {
  // The items are gone once this function waits for the first time.
  const taken = [...transfer.items].map((item) => ({ entry: item.webkitGetAsEntry(), file: item.getAsFile() }));
  // What is not from a disk, such as a picture out of another page, has no entry.
  const below = taken.map(({ entry, file }) => (entry ? filesBelow(entry) : Promise.resolve(file ? [file] : [])));
  return (await Promise.all(below)).flat().filter(isShown);
}

export const isShown = (file: File): boolean => !file.name.startsWith('.');

async function filesBelow(entry: FileSystemEntry): Promise<File[]> {
  if (isFile(entry)) return [await new Promise<File>((resolve, reject) => entry.file(resolve, reject))];
  if (!isFolder(entry)) return [];
  const children = await listed(entry.createReader());
  return (await Promise.all(children.map(filesBelow))).flat();
}

const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile;
const isFolder = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory;

/** A reader gives a hundred at a time, and nothing at the end. */
async function listed(reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> {
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return all;
    all.push(...some);
  }
}
