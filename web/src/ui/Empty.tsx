import Box from '@cloudscape-design/components/box';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { ReactNode } from 'react';

interface Props {
  title: string;
  explanation?: string;
  action?: ReactNode;
}

/** What stands where there is nothing yet, and what to do about it. */
export function Empty({ title, explanation, action }: Props) {
  return (
    <Box textAlign="center" padding={{ vertical: 'xl' }} color="inherit">
      <SpaceBetween size="m">
        <div>
          <Box variant="strong">{title}</Box>
          {explanation && (
            <Box variant="p" color="text-body-secondary">
              {explanation}
            </Box>
          )}
        </div>
        {action}
      </SpaceBetween>
    </Box>
  );
}
