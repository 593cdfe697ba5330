import { describe, expect, it } from 'vitest';

import { contentType, droppedFiles, MAX_BYTES, refusal } from './files';

const named = (name: string) => new File(['x'], name, { type: 'image/jpeg' });

/** An entry of a disk; without a file it cannot be read. */
const onDisk = (name: string, file: File | null = named(name)): FileSystemFileEntry =>
  ({
    name,
    isFile: true,
    isDirectory: false,
    file: (resolve: FileCallback, reject: ErrorCallback) => (file ? resolve(file) : reject(new DOMException('gone'))),
  }) as unknown as FileSystemFileEntry;

/** A folder that is read `atOnce` entries at a time, as browsers do; null for one that cannot be read. */
const folder = (name: string, entries: readonly FileSystemEntry[] | null, atOnce = 100): FileSystemDirectoryEntry =>
  ({
    name,
    isFile: false,
    isDirectory: true,
    createReader: () => {
      const left = [...(entries ?? [])];
      return {
        readEntries: (resolve: FileSystemEntriesCallback, reject: ErrorCallback) =>
          entries ? resolve(left.splice(0, atOnce)) : reject(new DOMException('not allowed')),
      };
    },
  }) as unknown as FileSystemDirectoryEntry;

const dropped = (...entries: (FileSystemEntry | File)[]) =>
  droppedFiles({
    items: entries.map((entry) => ({
      webkitGetAsEntry: () => (entry instanceof File ? null : entry),
      getAsFile: () => (entry instanceof File ? entry : null),
    })) as unknown as DataTransferItemList,
  });

const names = (files: readonly File[]) => files.map(({ name }) => name);

describe('droppedFiles', () => {
  it('takes folders with all below them, however many entries a reader gives at a time', async () => {
    const inner = folder('inner', Array.from({ length: 5 }, (_, index) => onDisk(`${index}.jpg`)), 2);
    const { files, unreadable } = await dropped(onDisk('top.jpg'), folder('outer', [inner, onDisk('deep.jpg')]));
    expect(names(files)).toEqual(['top.jpg', '0.jpg', '1.jpg', '2.jpg', '3.jpg', '4.jpg', 'deep.jpg']);
    expect(unreadable).toEqual([]);
  });

  it('leaves hidden files out, and takes pictures that come from no disk', async () => {
    expect(names((await dropped(onDisk('.DS_Store'), named('copied.png'))).files)).toEqual(['copied.png']);
  });

  it('goes on without what cannot be read, and names it', async () => {
    const { files, unreadable } = await dropped(folder('a', [onDisk('gone.jpg', null), onDisk('b.jpg')]), folder('locked', null));
    expect(names(files)).toEqual(['b.jpg']);
    expect(unreadable.sort()).toEqual(['gone.jpg', 'locked']);
  });
});

describe('refusal', () => {
  const file = (name: string, type: string, size: number) => ({ name, type, size });

  it('is for what is no image, too large or empty', () => {
    expect(refusal(file('notes.txt', 'text/plain', 5))).toContain('JPEG');
    expect(refusal(file('a.jpg', 'image/jpeg', MAX_BYTES + 1))).toContain('26.2 MB');
    expect(refusal(file('a.jpg', 'image/jpeg', 0))).toBe('The file is empty.');
    expect(refusal(file('a.jpg', 'image/jpeg', MAX_BYTES))).toBeNull();
  });

  it('goes by the ending where the browser does not know the type', () => {
    expect(contentType(file('scan.HEIC', '', 1))).toBe('image/heic');
    expect(contentType(file('photo', 'image/webp', 1))).toBe('image/webp');
  });
});
