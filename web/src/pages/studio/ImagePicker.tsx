import Button from '@cloudscape-design/components/button';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate } from 'react-router';

import { text } from '../../messages';
import { Empty } from '../../ui/Empty';
import { nameOf } from '../../ui/images';
import { Thumbnail } from '../../ui/Thumbnail';
import { libraryQuery } from '../library/queries';
import { toggled } from './draft';
import './studio.css';

const messages = text.studio.create;

interface Props {
  label: string;
  chosen: readonly string[];
  onChoose: (chosen: readonly string[]) => void;
}

/** Images of the library, of which a few are chosen. */
export function ImagePicker({ label, chosen, onChoose }: Props) {
  const navigate = useNavigate();
  const { data, isPending, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
    libraryQuery({ status: 'complete' }),
  );
  const images = data?.pages.flatMap((page) => page.images) ?? [];
  if (!isPending && !images.length) {
    const { title, text: explanation, action } = messages.noImages;
    return (
      <Empty title={title} explanation={explanation} action={<Button onClick={() => void navigate('/')}>{action}</Button>} />
    );
  }
  return (
    <div className="picker" role="group" aria-label={label} tabIndex={0}>
      {images.map((image) => (
        <label key={image.id} className="picker-image" title={nameOf(image)}>
          <input
            type="checkbox"
            checked={chosen.includes(image.id)}
            aria-label={messages.pick(nameOf(image))}
            onChange={() => onChoose(toggled(chosen, image.id))}
          />
          <Thumbnail image={image} alt="" />
        </label>
      ))}
      {hasNextPage && (
        <div className="picker-more">
          <Button formAction="none" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {messages.more}
          </Button>
        </div>
      )}
    </div>
  );
}
