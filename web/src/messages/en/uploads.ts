import { count, integer, list } from '../format';

const NAMED = 3;

export const uploads = {
  title: 'Uploads',
  progress: (done: number, all: number) => `${integer(done)} of ${count(all, 'file', 'files')}`,
  done: (sent: number) => `${count(sent, 'file', 'files')} uploaded`,
  failed: (failed: number) => `${count(failed, 'file', 'files')} could not be uploaded`,
  more: (hidden: number) => `and ${count(hidden, 'more file', 'more files')}`,
  cancel: (name: string) => `Cancel ${name}`,
  cancelAll: 'Cancel all',
  retryAll: 'Try failed ones again',
  close: 'Close uploads',
  collapse: 'Hide the list',
  expand: 'Show the list',
  unreadable: (names: readonly string[]) => {
    const others = names.length - NAMED;
    const named = [...names.slice(0, NAMED), ...(others > 0 ? [count(others, 'other', 'others')] : [])];
    return `Your browser could not read ${list(named)}. Everything else is being uploaded.`;
  },
  unseen: 'The list of uploads could not be loaded. The uploads go on.',
  states: { waiting: 'Waiting', sending: 'Uploading', sent: 'Uploaded', failed: 'Failed', cancelled: 'Cancelled' },
  refused: {
    type: 'Gloss cannot read this file. You can upload JPEG, PNG, WebP, GIF, TIFF, AVIF and HEIC images.',
    size: (size: string, limit: string) => `The file is too large: ${size}, and the limit is ${limit}.`,
    empty: 'The file is empty.',
    quota: 'You have no uploads left this month.',
    broken: 'The file did not arrive. Try again.',
  },
};
