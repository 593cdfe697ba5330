import { useEffect, useState } from 'react';

import { text } from '../messages';
import { useNotices } from '../ui/notices';
import { droppedFiles } from './files';
import { useUploads } from './UploadsProvider';

const carriesFiles = (event: DragEvent): event is DragEvent & { dataTransfer: DataTransfer } =>
  event.dataTransfer?.types.includes('Files') ?? false;

/** Files and folders may be dropped anywhere; otherwise the browser would open them in the console's place. */
export function DropZone() {
  const uploads = useUploads();
  const { warning } = useNotices();
  const [isOver, setIsOver] = useState(false);
  useEffect(() => {
    const over = (event: DragEvent) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      setIsOver(true);
    };
    const leave = (event: DragEvent) => {
      if (!event.relatedTarget) setIsOver(false);
    };
    const drop = (event: DragEvent) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      setIsOver(false);
      void droppedFiles(event.dataTransfer).then(({ files, unreadable }) => {
        uploads.add(files);
        if (unreadable.length > 0) warning(text.uploads.unreadable(unreadable));
      });
    };
    document.addEventListener('dragover', over);
    document.addEventListener('dragleave', leave);
    document.addEventListener('drop', drop);
    return () => {
      document.removeEventListener('dragover', over);
      document.removeEventListener('dragleave', leave);
      document.removeEventListener('drop', drop);
    };
  }, [uploads, warning]);
  return isOver && <div className="drop">{text.library.upload.drop}</div>;
}
