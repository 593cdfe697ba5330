import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import { useNavigate } from 'react-router';

import type { Schemas } from '../../api/client';
import { text } from '../../messages';
import { percent } from '../../messages/format';
import { useNotices } from '../../ui/notices';

const messages = text.image.palette;

/** The main colors: a click copies one, the button beside it finds images that have it. */
export function Palette({ swatches }: { swatches: readonly Schemas['SwatchView'][] }) {
  const navigate = useNavigate();
  const notices = useNotices();
  const copy = async (hex: string) => {
    try {
      await navigator.clipboard.writeText(hex);
      notices.success(messages.copied(hex));
    } catch {
      notices.warning(text.common.copyFailed);
    }
  };
  return (
    <Container header={<Header variant="h2">{messages.title}</Header>}>
      <ul className="palette">
        {swatches.map(({ hex, name, share }) => (
          <li key={hex}>
            <button
              type="button"
              className="palette-color"
              style={{ backgroundColor: hex }}
              aria-label={messages.copy(hex, name)}
              title={messages.copy(hex, name)}
              onClick={() => void copy(hex)}
            />
            <span>
              {hex}
              <small>
                {name}, {percent(share)}
              </small>
            </span>
            <Button
              variant="icon"
              iconName="search"
              ariaLabel={messages.find(hex)}
              onClick={() => void navigate(`/?color=${hex.slice(1)}`)}
            />
          </li>
        ))}
      </ul>
    </Container>
  );
}
