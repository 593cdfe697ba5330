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

export interface Dropped {
  files: File[];
  /** Names of files and folders that could not be read: taken away meanwhile, or not allowed. */
  unreadable: string[];
}

/** All files of a drop, folders with everything below them; hidden files (`.DS_Store`) are left out. */
export async function droppedFiles(transfer: Pick<DataTransfer, 'items'>): Promise<Dropped> {
  // The items are gone once this function waits for the first time.
  const taken = [...transfer.items].map((item) => ({ entry: item.webkitGetAsEntry(), file: item.getAsFile() }));
  // What is not from a disk, such as a picture out of another page, has no entry.
  const unreadable: string[] = [];
  const below = taken.map(({ entry, file }) =>
    entry ? filesBelow(entry, (name) => unreadable.push(name)) : Promise.resolve(file ? [file] : []),
  );
  return { files: (await Promise.all(below)).flat().filter(isShown), unreadable };
}

export const isShown = (file: File): boolean => !file.name.startsWith('.');

/** What cannot be read is told, and the rest goes on. */
async function filesBelow(entry: FileSystemEntry, onUnreadable: (name: string) => void): Promise<File[]> {
  try {
    if (isFile(entry)) return [await new Promise<File>((resolve, reject) => entry.file(resolve, reject))];
    if (!isFolder(entry)) return [];
    const children = await listed(entry.createReader());
    return (await Promise.all(children.map((child) => filesBelow(child, onUnreadable)))).flat();
  } catch {
    onUnreadable(entry.name);
    return [];
  }
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
