import { count, integer } from '../format';

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
  states: { waiting: 'Waiting', sending: 'Uploading', sent: 'Uploaded', failed: 'Failed', cancelled: 'Cancelled' },
  refused: {
    type: 'This is no image that Gloss reads. JPEG, PNG, WebP, GIF, TIFF, AVIF and HEIC can be uploaded.',
    size: (size: string, limit: string) => `The file has ${size}; up to ${limit} can be uploaded.`,
    empty: 'The file is empty.',
    quota: 'No uploads are left in this month.',
    broken: 'The file did not arrive. Try it again.',
  },
};
