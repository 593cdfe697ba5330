import { queryOptions, useQuery } from '@tanstack/react-query';

import { api, data } from '../../api/client';
import { ApiError } from '../../api/errors';
import { keys } from '../../api/queries';
import { text } from '../../messages';
import { InnerLink } from '../../ui/InnerLink';
import './jobs.css';

const imageQuery = (id: string) =>
  queryOptions({
    queryKey: keys.image(id),
    queryFn: ({ signal }) => data(api.GET('/images/{image_id}', { params: { path: { image_id: id } }, signal })),
  });

/** Picture and title of an image of which a list has only the id. */
export function ImageName({ id }: { id: string }) {
  const { data: image, error } = useQuery(imageQuery(id));
  if (error instanceof ApiError && error.status === 404) return <>{text.jobs.items.gone}</>;
  const link = image?.links.thumbnail;
  return (
    <div className="image-name">
      <div className="image-name-picture" style={{ backgroundColor: image?.palette[0]?.hex }}>
        {link && <img src={link} alt="" loading="lazy" decoding="async" />}
      </div>
      <InnerLink href={`/images/${id}`}>{image ? image.metadata.title || image.fileName : '…'}</InnerLink>
    </div>
  );
}
