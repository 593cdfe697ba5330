import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';

import type { ImageView } from '../../api/client';
import { text } from '../../messages';
import { fileSize, integer, moment } from '../../messages/format';

const messages = text.image.facts;

/** What the file says of itself. */
export function Facts({ image }: { image: ImageView }) {
  return (
    <Container header={<Header variant="h2">{messages.title}</Header>}>
      <KeyValuePairs columns={2} items={facts(image)} />
    </Container>
  );
}

function facts({ fileName, size, createdAt, updatedAt, facts, camera }: ImageView): { label: string; value: string }[] {
  const { format, width, height, frames, takenAt } = facts as { format?: string; width?: number; height?: number; frames?: number; takenAt?: string };
  const all: [string, string | undefined][] = [
    [messages.fileName, fileName],
    [messages.format, format?.toUpperCase()],
    [messages.size, fileSize(size)],
    [messages.dimensions, width && height ? messages.pixels(integer(width), integer(height)) : undefined],
    [messages.frames, frames && frames > 1 ? integer(frames) : undefined],
    [messages.takenAt, takenAt?.replace('T', ' ')],
    [messages.camera, Object.values(camera).filter(isSaid).join(', ')],
    [messages.uploaded, moment(createdAt)],
    [messages.changed, moment(updatedAt)],
  ];
  return all.flatMap(([label, value]) => (value ? [{ label, value }] : []));
}

const isSaid = (value: unknown): value is string | number => typeof value === 'string' || typeof value === 'number';
