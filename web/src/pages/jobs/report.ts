import { api } from '../../api/client';
import { joined } from '../../api/csv';

/** What became of every image of a job, as CSV. */
export const readReport = (id: string): Promise<string> =>
  joined((cursor) =>
    api.GET('/jobs/{job_id}/report.csv', { params: { path: { job_id: id }, query: { cursor } }, parseAs: 'text' }),
  );
