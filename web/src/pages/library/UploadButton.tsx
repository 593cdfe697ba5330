import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import { useRef } from 'react';

import { text } from '../../messages';
import { ACCEPT, isShown } from '../../uploads/files';
import { useUploads } from '../../uploads/UploadsProvider';

const messages = text.library.upload;

export function UploadButton() {
  const uploads = useUploads();
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement | null>(null);
  const add = (input: HTMLInputElement) => {
    uploads.add([...(input.files ?? [])].filter(isShown));
    // The same files may be chosen again.
    input.value = '';
  };
  return (
    <>
      <ButtonDropdown
        variant="primary"
        mainAction={{ text: messages.files, iconName: 'upload', onClick: () => files.current?.click() }}
        ariaLabel={messages.files}
        items={[{ id: 'folder', text: messages.folder, iconName: 'folder' }]}
        onItemClick={() => folder.current?.click()}
      />
      <input ref={files} type="file" multiple accept={ACCEPT} hidden onChange={(event) => add(event.target)} />
      <input
        ref={(input) => {
          folder.current = input;
          // React has no type for it.
          if (input) input.webkitdirectory = true;
        }}
        type="file"
        hidden
        onChange={(event) => add(event.target)}
      />
    </>
  );
}
