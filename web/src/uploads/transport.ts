import { api, data, once } from '../api/client';
import { contentType } from './files';
import type { Form, Transport } from './uploads';

export const transport: Transport = {
  async start(files) {
    const body = { files: files.map((file) => ({ name: file.name, contentType: contentType(file), size: file.size })) };
    return (await data(api.POST('/uploads', { params: { header: once() }, body }))).uploads;
  },
  send,
  cancel: (id) => data(api.DELETE('/uploads/{upload_id}', { params: { path: { upload_id: id } } })),
};

/** With XMLHttpRequest, for `fetch` does not tell how far a request body is. */
function send(form: Form, file: File, progress: (sent: number) => void, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', form.url);
    request.upload.onprogress = ({ loaded }) => progress(Math.min(loaded, file.size));
    request.onload = () => {
      if (request.status < 300) resolve();
      else reject(new Error(`S3 answered ${request.status}`));
    };
    request.onerror = () => reject(new Error('S3 cannot be reached'));
    request.onabort = () => reject(new Error('cancelled'));
    signal.addEventListener('abort', () => request.abort());
    const body = new FormData();
    for (const [name, value] of Object.entries(form.fields)) body.append(name, value);
    body.append('file', file);
    request.send(body);
  });
}
