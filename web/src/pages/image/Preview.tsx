import { useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';

import type { ImageView } from '../../api/client';
import { refreshImage } from '../../live/effects';

/** The picture as large as there is room, in its own shape from the first moment on. */
export function Preview({ image }: { image: ImageView }) {
  const cache = useQueryClient();
  const failed = useRef<string>(undefined);
  const { width = 4, height = 3 } = image.facts as { width?: number; height?: number };
  const link = image.links.preview ?? image.links.thumbnail;
  const expired = () => {
    if (failed.current === link) return;
    failed.current = link;
    void refreshImage(cache, image.id);
  };
  return (
    <figure className="preview" style={{ backgroundColor: image.palette[0]?.hex }}>
      <div style={{ aspectRatio: `${width} / ${height}` }}>
        {link && <img src={link} alt={image.metadata.decorative ? '' : image.metadata.altText} onError={expired} />}
      </div>
    </figure>
  );
}
