import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import { useInfiniteQuery } from '@tanstack/react-query';

import { text } from '../../messages';
import { libraryQuery } from './queries';

export default function LibraryPage() {
  const { data } = useInfiniteQuery(libraryQuery({}));
  const images = data?.pages.flatMap((page) => page.images) ?? [];
  return (
    <ContentLayout header={<Header variant="h1">{text.library.title}</Header>}>
      <ul>
        {images.map((image) => (
          <li key={image.id}>
            {image.metadata.title || image.fileName} <em>{text.library.statuses[image.status]}</em>
          </li>
        ))}
      </ul>
    </ContentLayout>
  );
}
