import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Popover from '@cloudscape-design/components/popover';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';

import { text } from '../../messages';

const messages = text.library.find;

/** Colors that people look for; any other one can be chosen beside them. */
const PRESETS = ['d13212', 'eb6f1d', 'f2c94c', '2e8b57', '12b5a6', '4682b4', '1d3f8f', '7c5cff', 'd45087', '8b5a2b', '1a1a1a', 'f5f5f0'];

interface Props {
  value: string | undefined;
  onChange: (hex: string | undefined) => void;
}

export function ColorFilter({ value, onChange }: Props) {
  const [own, setOwn] = useState(value ?? '4682b4');
  return (
    <Popover
      triggerType="custom"
      dismissButton={false}
      position="bottom"
      size="medium"
      header={messages.color}
      content={
        <SpaceBetween size="s">
          <div className="swatches">
            {PRESETS.map((hex) => (
              <button
                key={hex}
                type="button"
                className="swatch"
                aria-label={messages.colorOf(`#${hex}`)}
                aria-pressed={hex === value}
                style={{ backgroundColor: `#${hex}` }}
                onClick={() => onChange(hex)}
              />
            ))}
          </div>
          <label className="swatch-own">
            <input type="color" value={`#${own}`} onChange={(event) => setOwn(event.target.value.slice(1))} />
            <Box>{messages.ownColor}</Box>
          </label>
          <SpaceBetween direction="horizontal" size="xs">
            <Button onClick={() => onChange(own)}>{messages.applyColor}</Button>
            {value && (
              <Button variant="link" onClick={() => onChange(undefined)}>
                {messages.clearColor}
              </Button>
            )}
          </SpaceBetween>
        </SpaceBetween>
      }
    >
      <Button>
        <span className="swatch-dot" style={value ? { background: `#${value}` } : undefined} />
        {value ? messages.colorOf(`#${value}`) : messages.color}
      </Button>
    </Popover>
  );
}
