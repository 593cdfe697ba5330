import { count } from '../format';

export const library = {
  title: 'Library',
  statuses: {
    pending: 'Waiting for the file',
    queued: 'Queued',
    processing: 'Processing',
    retrying: 'Trying again soon',
    complete: 'Complete',
    failed: 'Failed',
    cancelled: 'Cancelled',
  },
  shown: (images: number, more: boolean) => (more ? `${images}+` : count(images, 'image', 'images')),
  empty: { title: 'No images yet', text: 'Drop image files or whole folders here, or choose some.' },
};
