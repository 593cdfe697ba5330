import { useQuery } from '@tanstack/react-query';

import { ApiError } from '../../api/errors';
import { text } from '../../messages';
import { nameOf } from '../../ui/images';
import { InnerLink } from '../../ui/InnerLink';
import { Thumbnail } from '../../ui/Thumbnail';
import { imageQuery } from '../image/queries';
import './jobs.css';

/** Picture and title of an image of which a list has only the id. */
export function ImageName({ id }: { id: string }) {
  const { data: image, error } = useQuery(imageQuery(id));
  if (error instanceof ApiError && error.status === 404) return <>{text.jobs.items.gone}</>;
  return (
    <div className="image-name">
      <div className="image-name-picture">{image && <Thumbnail image={image} alt="" />}</div>
      <InnerLink href={`/images/${id}`}>{image ? nameOf(image) : '…'}</InnerLink>
    </div>
  );
}
