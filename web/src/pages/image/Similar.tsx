import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';

import { text } from '../../messages';
import { nameOf } from '../../ui/images';
import { Thumbnail } from '../../ui/Thumbnail';
import { similarQuery } from './queries';

const messages = text.image.similar;

export function Similar({ id }: { id: string }) {
  const { data: found } = useQuery(similarQuery(id));
  if (!found) return null;
  return (
    <Container header={<Header variant="h2">{messages.title}</Header>}>
      {found.hits.length === 0 && <Box color="text-body-secondary">{messages.none}</Box>}
      <ul className="similar">
        {found.hits.map(({ image }) => (
          <li key={image.id}>
            <Link to={`/images/${image.id}`}>
              <Thumbnail image={image} alt="" />
              {nameOf(image)}
            </Link>
          </li>
        ))}
      </ul>
    </Container>
  );
}
