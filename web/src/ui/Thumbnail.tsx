import { useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';

import type { ImageView } from '../api/client';
import { refreshImage } from '../live/effects';
import './thumbnail.css';

interface Props {
  image: ImageView;
  /** What it says to who does not see it; empty beside a text that says it already. */
  alt: string;
  kind?: 'thumbnail' | 'preview';
}

/** The picture in a box of a fixed shape, on its main color, so that nothing moves when it arrives. */
export function Thumbnail({ image, alt, kind = 'thumbnail' }: Props) {
  const cache = useQueryClient();
  const failed = useRef<string>(undefined);
  const link = image.links[kind];
  const expired = () => {
    if (failed.current === link) return;
    failed.current = link;
    void refreshImage(cache, image.id);
  };
  return (
    <div className="thumbnail" style={{ backgroundColor: image.palette[0]?.hex }}>
      {link && <img src={link} alt={alt} loading="lazy" decoding="async" onError={expired} />}
    </div>
  );
}
